package ec2

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

type allowedPrincipal struct {
	PrincipalType string `xml:"principalType"`
	Principal     string `xml:"principal"`
	PermissionID  string `xml:"servicePermissionId"`
	ServiceID     string `xml:"serviceId"`
}

// allowed describes an entry of a service's allow list. Its ID depends on what it says,
// so that it lasts.
func allowed(s *network.EndpointService, principal string) allowedPrincipal {
	return allowedPrincipal{principalType(principal), principal, "vpce-svc-perm-" + strings.TrimPrefix(s.ID, "vpce-svc-")[:8] + digest(principal), s.ID}
}

// principalType says what a principal is, as EC2 does.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllowedPrincipal.html
func principalType(p string) string {
	switch {
	case p == "*":
		return "All"
	case strings.HasSuffix(p, ".amazonaws.com"):
		return "Service"
	case strings.HasSuffix(p, ":root"):
		return "Account"
	case strings.Contains(p, ":user/"):
		return "User"
	case strings.Contains(p, ":role/"):
		return "Role"
	}
	return "OrganizationUnit"
}

type describePermissionsInput struct {
	listing
	ServiceID string `query:"ServiceId"`
}

type describePermissionsOutput struct {
	Principals []allowedPrincipal `xml:"allowedPrincipals"`
	NextToken  string
}

func (a api) serviceResource(in describePermissionsInput) []engine.Resource {
	return a.serviceByID(in.ServiceID)
}

func (a api) serviceByID(id string) []engine.Resource {
	r := engine.Resource{ARN: a.ARN("ec2", "vpc-endpoint-service/"+id)}
	if s := a.Services[id]; s != nil {
		r.Tags = s.Tags
	}
	return []engine.Resource{r}
}

func (a api) describePermissions(_ *engine.Call, in describePermissionsInput) (any, error) {
	s, err := a.own(in.ServiceID)
	if err != nil {
		return nil, err
	}
	var entries []allowedPrincipal
	for _, p := range s.Principals {
		entries = append(entries, allowed(s, p))
	}
	slices.SortFunc(entries, func(x, y allowedPrincipal) int { return strings.Compare(x.Principal, y.Principal) })
	entries, next, err := list(a, in.listing, entries, serve.Fields[allowedPrincipal]{
		"principal":      serve.One(func(p allowedPrincipal) string { return p.Principal }),
		"principal-type": serve.One(func(p allowedPrincipal) string { return p.PrincipalType }),
	}, nil)
	return &describePermissionsOutput{entries, next}, err
}

// own returns this account's endpoint service with an ID.
func (a api) own(id string) (*network.EndpointService, error) {
	s, err := get(a.Services, id, aService)
	if err == nil && s.Owner != a.Account {
		_, err = get(map[string]*network.EndpointService{}, id, aService)
	}
	return s, err
}

type modifyPermissionsInput struct {
	dryable
	ServiceID string   `query:"ServiceId"`
	Add       []string `query:"AddAllowedPrincipals"`
	Remove    []string `query:"RemoveAllowedPrincipals"`
}

type modifyPermissionsOutput struct {
	Added  []allowedPrincipal `xml:"addedPrincipalSet"`
	Return bool               `xml:"return"`
}

func (a api) modifiedPermissions(in modifyPermissionsInput) []engine.Resource {
	return a.serviceByID(in.ServiceID)
}

// modifyPermissions edits the allow list. Connections that were accepted stay.
// https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html
func (a api) modifyPermissions(c *engine.Call, in modifyPermissionsInput) (any, error) {
	c.Trail.RequestParameters = map[string]any{"ModifyVpcEndpointServicePermissionsRequest": map[string]any{
		"ServiceId": in.ServiceID, "AddAllowedPrincipals": in.Add, "RemoveAllowedPrincipals": in.Remove,
	}}
	s, err := a.own(in.ServiceID)
	if err != nil {
		return nil, err
	}
	for _, p := range in.Add {
		if p != "*" && !strings.HasPrefix(p, "arn:aws:") && !strings.HasSuffix(p, ".amazonaws.com") {
			return nil, fail("InvalidPrincipal", "Invalid principal: '%s'", p)
		}
	}
	out := modifyPermissionsOutput{Return: true}
	for _, p := range in.Add {
		if !slices.Contains(s.Principals, p) {
			s.Principals = append(s.Principals, p)
			out.Added = append(out.Added, allowed(s, p))
		}
	}
	s.Principals = slices.DeleteFunc(s.Principals, func(p string) bool { return slices.Contains(in.Remove, p) })
	return &out, nil
}
