package plan

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// OptedIn returns nil where the resource that a changes carries the tag key=value in now,
// and ErrNotOptedIn where it does not, is not there, or belongs to another account. A key
// store cannot carry tags: the tag of its endpoint service counts. What is never applied
// is never opted in, and without a key nothing is.
func OptedIn(now path.Snapshot, a Action, key, value string) error {
	tags, on := tagsOf(now, a)
	if seen, ok := tags[key]; !ok || key == "" || seen != value {
		return fmt.Errorf("%w %s=%s: %s", ErrNotOptedIn, key, value, on)
	}
	return nil
}

// tagsOf returns the tags that count for an action, and what carries them.
func tagsOf(now path.Snapshot, a Action) (tags map[string]string, on path.ARN) {
	switch a := a.(type) {
	case AuthorizeIngress:
		return groupTags(now, a.Group)
	case RevokeIngress:
		return groupTags(now, a.Group)
	case AuthorizeEgress:
		return groupTags(now, a.Group)
	case RevokeEgress:
		return groupTags(now, a.Group)
	case AddPrincipal:
		return serviceTags(now, a.Service)
	case RemovePrincipal:
		return serviceTags(now, a.Service)
	case RestartVerification:
		return serviceTags(now, a.Service)
	case DisconnectKeyStore:
		return keyStoreTags(now, a.KeyStore)
	case ConnectKeyStore:
		return keyStoreTags(now, a.KeyStore)
	}
	return nil, a.Resource()
}

func groupTags(now path.Snapshot, id path.SecurityGroupID) (map[string]string, path.ARN) {
	g, _ := group(now, id)
	return g.Tags, path.ARN(id)
}

func serviceTags(now path.Snapshot, id path.ServiceID) (map[string]string, path.ARN) {
	if svc, err := service(now, id); err == nil && svc.Owned {
		return svc.Tags, path.ARN(id)
	}
	return nil, path.ARN(id)
}

func keyStoreTags(now path.Snapshot, id path.KeyStoreID) (map[string]string, path.ARN) {
	ks, err := keyStore(now, id)
	if err != nil || now.Service == nil || now.Service.Name != ks.ServiceName {
		return nil, path.ARN(id)
	}
	return serviceTags(now, now.Service.ID)
}
