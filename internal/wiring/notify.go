package wiring

import (
	"time"

	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/dynamo"
	"github.com/xks-remediator/xks-remediator/internal/notify"
	"github.com/xks-remediator/xks-remediator/internal/topic"
)

// Notify wires functions/notify.
func Notify(env boot.Env[notify.Config]) *notify.Handler {
	c := env.Config
	return &notify.Handler{
		Told:      dynamo.NewTold(env.AWS, c.Table, time.Duration(c.RetentionDays)*24*time.Hour),
		Publisher: topic.New(env.AWS, c.Topic), Metrics: env.Metrics, Log: env.Log, Now: env.Now, NewID: newID(env.Now),
	}
}
