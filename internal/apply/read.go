package apply

import (
	"context"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

// Read returns what an action changes as it is now, and what its precondition and its
// opt-in tag are judged by, and nothing else: of a rule the group and the interfaces that
// carry it, of an endpoint service its settings and tags and, for a principal, its allow
// list, of a key store its state and its endpoint service. What does not exist is left out.
// It is an error if any of it cannot be read.
func (a *Applier) Read(ctx context.Context, action plan.Action) (path.Snapshot, error) {
	now := path.Snapshot{Schema: 1, Taken: time.Now(), Region: a.region}
	var err error
	switch action := action.(type) {
	case plan.AuthorizeIngress:
		err = a.readGroup(ctx, &now, action.Group)
	case plan.RevokeIngress:
		err = a.readGroup(ctx, &now, action.Group)
	case plan.AuthorizeEgress:
		err = a.readGroup(ctx, &now, action.Group)
	case plan.RevokeEgress:
		err = a.readGroup(ctx, &now, action.Group)
	case plan.AddPrincipal:
		err = a.readAllowList(ctx, &now, action.Service)
	case plan.RemovePrincipal:
		err = a.readAllowList(ctx, &now, action.Service)
	case plan.RestartVerification:
		err = a.readService(ctx, &now, action.Service)
	case plan.DisconnectKeyStore:
		err = a.readKeyStore(ctx, &now, action.KeyStore)
	case plan.ConnectKeyStore:
		err = a.readKeyStore(ctx, &now, action.KeyStore)
	default:
		err = never(action)
	}
	return now, err
}
