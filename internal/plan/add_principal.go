package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// AddPrincipal puts Principal on the allow list of an endpoint service.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpointServicePermissions.html
type AddPrincipal struct {
	Service   path.ServiceID `json:"service"`
	Principal string         `json:"principal"` // cks.kms.<region>.amazonaws.com
}

// Kind returns KindAddPrincipal.
func (a AddPrincipal) Kind() Kind { return KindAddPrincipal }

// Resource returns the endpoint service's ID.
func (a AddPrincipal) Resource() path.ARN { return path.ARN(a.Service) }

// Summary says who is let in.
func (a AddPrincipal) Summary() string {
	return fmt.Sprintf("allow principal %s to connect to endpoint service %s", a.Principal, a.Service)
}

// Commands returns the modify command.
func (a AddPrincipal) Commands() [][]string {
	return [][]string{modifyPermissions(a.Service, "--add-allowed-principals", a.Principal)}
}

// Inverse removes the same principal.
func (a AddPrincipal) Inverse() (Action, string) { return RemovePrincipal(a), "" }

// Precondition returns ErrAlreadyHolds where the principal, or everybody, is allowed, and
// ErrStale where the service is not there.
func (a AddPrincipal) Precondition(now path.Snapshot) error {
	svc, err := service(now, a.Service)
	if err != nil {
		return err
	}
	if allows(svc, a.Principal) || slices.ContainsFunc(svc.Principals, everybody) {
		return ErrAlreadyHolds
	}
	return nil
}

func allows(svc path.EndpointService, principal string) bool {
	return slices.ContainsFunc(svc.Principals, func(p path.AllowedPrincipal) bool { return p.Principal == principal })
}

func everybody(p path.AllowedPrincipal) bool {
	return p.Principal == "*" || strings.EqualFold(p.Type, "All")
}

// service returns the endpoint service that now holds, or ErrStale where it is another.
func service(now path.Snapshot, id path.ServiceID) (path.EndpointService, error) {
	if now.Service == nil || now.Service.ID != id {
		return path.EndpointService{}, fmt.Errorf("%w: endpoint service %s is not there", ErrStale, id)
	}
	return *now.Service, nil
}

func modifyPermissions(id path.ServiceID, option, principal string) []string {
	return []string{"aws", "ec2", "modify-vpc-endpoint-service-permissions", "--service-id", string(id), option, principal}
}
