// Package remediator puts the handler of functions/remediate, the only writer, together with
// what it runs on. It holds no decision.
package remediator

import (
	"github.com/xks-remediator/xks-remediator/internal/apply"
	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/bus"
	"github.com/xks-remediator/xks-remediator/internal/dynamo"
	"github.com/xks-remediator/xks-remediator/internal/remediate"
)

// New wires functions/remediate; a rehearsal does so too.
func New(env boot.Env[remediate.Config]) *remediate.Handler {
	c := env.Config
	return &remediate.Handler{
		Writer: writer{apply.New(env.AWS)}, Store: dynamo.New(env.AWS, c.Table),
		Bus: bus.New(env.AWS, c.Bus, c.RecheckQueue), Metrics: env.Metrics, Log: env.Log,
		Config: c, Now: env.Now, NewID: env.NewID,
	}
}
