// Package route53 serves, over the simulated world, the operations of Amazon Route 53 on hosted
// zones and their record sets.
package route53

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

// api answers Route 53's calls over one world.
type api struct{ *network.World }

// Service returns Amazon Route 53 over w.
func Service(w *network.World) *engine.Service {
	a := api{w}
	return &engine.Service{
		Name: "route53", IAMPrefix: "route53", Protocol: engine.RESTXML, Version: "2013-04-01", Route: route, Global: true,
		Operations: map[string]engine.Operation{
			"ListHostedZones":          serve.Reads(nil, a.listZones),
			"ListHostedZonesByName":    serve.Reads(nil, a.listZonesByName),
			"GetHostedZone":            serve.Reads(zoneResource[getIn], a.getZone),
			"ListResourceRecordSets":   serve.Reads(zoneResource[setsIn], a.listSets),
			"ChangeResourceRecordSets": serve.Writes(zoneResource[changeIn], a.changeSets),
			"GetChange":                serve.Reads(changeResource, a.getChange),
		},
	}
}

// route reads method and path.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_Operations_Amazon_Route_53.html
func route(method, path string) (string, map[string]string) {
	rest, ok := strings.CutPrefix(path, "/2013-04-01/")
	if !ok {
		return "", nil
	}
	parts := strings.Split(strings.TrimSuffix(rest, "/"), "/")
	switch shape := fmt.Sprintf("%s %s %d", method, parts[0], len(parts)); {
	case shape == http.MethodGet+" hostedzone 1":
		return "ListHostedZones", nil
	case shape == http.MethodGet+" hostedzonesbyname 1":
		return "ListHostedZonesByName", nil
	case shape == http.MethodGet+" hostedzone 2":
		return "GetHostedZone", map[string]string{"Id": parts[1]}
	case shape == http.MethodGet+" hostedzone 3" && parts[2] == "rrset":
		return "ListResourceRecordSets", map[string]string{"Id": parts[1]}
	case shape == http.MethodPost+" hostedzone 3" && parts[2] == "rrset":
		return "ChangeResourceRecordSets", map[string]string{"Id": parts[1]}
	case shape == http.MethodGet+" change 2":
		return "GetChange", map[string]string{"Id": parts[1]}
	}
	return "", nil
}

// A zoned call names a hosted zone.
type zoned interface{ zone() string }

func zoneResource[In zoned](in In) []engine.Resource {
	return []engine.Resource{{ARN: "arn:aws:route53:::hostedzone/" + in.zone()}}
}

func changeResource(in getChangeIn) []engine.Resource {
	return []engine.Resource{{ARN: "arn:aws:route53:::change/" + in.ID}}
}

// find returns the hosted zone with an ID.
func (a api) find(id string) (*network.HostedZone, error) {
	if z := a.HostedZones[id]; z != nil {
		return z, nil
	}
	return nil, &engine.Error{Code: "NoSuchHostedZone", Status: http.StatusNotFound, Message: "No hosted zone found with ID: " + id}
}

func invalid(format string, args ...any) error {
	return &engine.Error{Code: "InvalidInput", Message: fmt.Sprintf(format, args...)}
}
