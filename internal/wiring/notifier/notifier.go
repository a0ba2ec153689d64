// Package notifier puts the handler of functions/notify together with what it runs on. It
// holds no decision, and of AWS its tree holds SNS and the memory of what was told.
package notifier

import (
	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/dynamo"
	"github.com/xks-remediator/xks-remediator/internal/notify"
	"github.com/xks-remediator/xks-remediator/internal/topic"
)

// New wires functions/notify; a rehearsal does so too.
func New(env boot.Env[notify.Config]) *notify.Handler {
	c := env.Config
	return &notify.Handler{
		Told:      dynamo.NewTold(env.AWS, c.Table, c.Retention()),
		Publisher: topic.New(env.AWS, c.Topic), Metrics: env.Metrics, Log: env.Log, Now: env.Now, NewID: env.NewID,
	}
}
