package collect

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// asked is the endpoint service that the subject points at; a zero one where there is none
// to look for.
type asked struct {
	id    path.ServiceID
	name  string // com.amazonaws.vpce.<region>.vpce-svc-…
	owner string // account ID, where it is known
}

// pathTracks is the way from the key store to its targets' security groups. Where the subject
// is an endpoint service, its way does not wait for the key stores.
func (s *survey) pathTracks(stores []path.KeyStore, gap *path.Gap) []track {
	first := s.storeSteps(stores, gap)
	rest := s.fromService()
	if s.out.Subject.Kind != path.ServiceSubject {
		return []track{append(first, rest...)}
	}
	name := s.out.Requested.ServiceName
	if name == "" {
		name = "com.amazonaws.vpce." + s.region + "." + s.out.Subject.ID
	}
	s.asked = serviceOf(name, s.out.Requested.ServiceOwner)
	return []track{first, rest}
}

// fromService are the steps from the endpoint service on. What is behind it is read here, or
// by its owner's role.
func (s *survey) fromService() []step {
	behind := s.here(slices.Concat(s.balancerSteps(), s.targetSteps(), s.groupSteps()))
	return append(s.serviceSteps(), behind...)
}

// storeSteps read the key stores, unless they are given, and find the subject among them.
func (s *survey) storeSteps(stores []path.KeyStore, gap *path.Gap) []step {
	var list answer[[]path.KeyStore]
	readStores := func() []read {
		if stores != nil || gap != nil {
			return nil
		}
		return []read{ask(s.Reader, &list, keyStoreQuestion(), s.keyStores)}
	}
	takeStores := func() []read {
		if list.asked {
			stores = list.value
		}
		if list.err != nil {
			g := list.gap(list.err)
			gap = &g
		}
		s.choose(stores, gap)
		return nil
	}
	return []step{readStores, takeStores}
}

// choose finds the subject among the key stores, and with it the endpoint service to ask for.
func (s *survey) choose(stores []path.KeyStore, gap *path.Gap) {
	if gap != nil {
		s.gap(*gap)
		if s.out.Subject.Kind == path.KeyStoreSubject {
			s.blocked(*gap, behind(path.KeyStorePart)...)
		}
		return
	}
	s.out.KeyStores = stores
	if s.out.Subject.Kind != path.KeyStoreSubject {
		return
	}
	for _, k := range stores {
		if string(k.ID) == s.out.Subject.ID {
			s.out.KeyStore = &k
		}
	}
	if k := s.out.KeyStore; k != nil && k.Connectivity == "VPC_ENDPOINT_SERVICE" {
		s.asked = serviceOf(k.ServiceName, k.ServiceOwner)
	}
}

// serviceOf takes a service's name apart. A name without an ID in it is no endpoint service's,
// so there is nothing to look for.
func serviceOf(name, owner string) asked {
	last := name[strings.LastIndex(name, ".")+1:]
	if !strings.HasPrefix(last, "vpce-svc-") {
		return asked{}
	}
	return asked{id: path.ServiceID(last), name: name, owner: owner}
}
