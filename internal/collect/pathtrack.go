package collect

import (
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

// pathTrack is the way from the key store to its targets' security groups.
func (s *survey) pathTrack(stores []path.KeyStore, gap *path.Gap) track {
	given := stores != nil || gap != nil
	var list answer[[]path.KeyStore]
	readStores := func() []read {
		if given {
			list = answer[[]path.KeyStore]{value: stores}
			return nil
		}
		return []read{ask(s.Reader, &list, keyStoreQuestion(), s.keyStores)}
	}
	choose := func() []read {
		if list.err != nil {
			g := list.gap(list.err)
			gap = &g
		}
		s.choose(list.value, gap)
		return nil
	}
	t := track{readStores, choose}
	t = append(t, s.serviceSteps()...)
	t = append(t, s.balancerSteps()...)
	t = append(t, s.targetSteps()...)
	return append(t, s.groupSteps()...)
}

// choose finds the subject among the key stores, and with it the endpoint service to ask for.
func (s *survey) choose(stores []path.KeyStore, gap *path.Gap) {
	s.out.KeyStores = stores
	if gap != nil {
		s.gap(*gap)
	}
	switch s.out.Subject.Kind {
	case path.KeyStoreSubject:
		if gap != nil {
			s.blocked(*gap, behind(path.KeyStorePart)...)
			return
		}
		for _, k := range stores {
			if string(k.ID) == s.out.Subject.ID {
				s.out.KeyStore = &k
			}
		}
		if k := s.out.KeyStore; k != nil && k.External && k.Connectivity == "VPC_ENDPOINT_SERVICE" {
			s.asked = serviceOf(k.ServiceName, k.ServiceOwner)
		}
	case path.ServiceSubject:
		name := s.out.Requested.ServiceName
		if name == "" {
			name = "com.amazonaws.vpce." + s.region + "." + s.out.Subject.ID
		}
		s.asked = serviceOf(name, s.out.Requested.ServiceOwner)
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
