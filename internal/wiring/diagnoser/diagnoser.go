// Package diagnoser puts the handler of functions/diagnose together with what it runs on.
// It holds no decision, and nothing that can write to a customer resource is in its tree.
package diagnoser

import (
	"github.com/xks-remediator/xks-remediator/internal/boot"
	"github.com/xks-remediator/xks-remediator/internal/bus"
	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/collect"
	"github.com/xks-remediator/xks-remediator/internal/diagnose"
	"github.com/xks-remediator/xks-remediator/internal/dynamo"
	"github.com/xks-remediator/xks-remediator/internal/publicdns"
	"github.com/xks-remediator/xks-remediator/internal/topic"
)

// New wires functions/diagnose; a rehearsal does so too.
func New(env boot.Env[diagnose.Config]) *diagnose.Handler {
	c := env.Config
	look := collect.Options{Account: c.Account, Partition: c.Partition, Region: c.Region, CanaryKeys: c.CanaryKeys, ProbeFunction: c.ProbeFunction,
		OwnerRoles: c.OwnerRoles, OwnerExternalID: c.OwnerExternal, Now: env.Now}
	if len(c.DnsResolvers) > 0 {
		look.PublicDNS = publicdns.New(publicdns.Options{Resolvers: diagnose.Addresses(c.DnsResolvers)})
	}
	return &diagnose.Handler{
		Reader: reader{collect.New(env.AWS, look)},
		Store:  dynamo.New(env.AWS, c.Table), Bus: bus.New(env.AWS, c.Bus, c.RecheckQueue),
		Topic: topic.New(env.AWS, c.Topic), Metrics: env.Metrics, Log: env.Log, Config: c,
		Checks: check.Catalogue(), Now: env.Now, NewID: env.NewID,
	}
}
