package plan

import (
	"fmt"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// RefreshZones makes an endpoint service take over the Availability Zones of its load
// balancer: enabling a zone there does not enable it here.
// https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html
type RefreshZones struct {
	Service path.ServiceID `json:"service"`
}

// Kind returns KindRefreshZones.
func (a RefreshZones) Kind() Kind { return KindRefreshZones }

// Resource returns the endpoint service's ID.
func (a RefreshZones) Resource() path.ARN { return path.ARN(a.Service) }

// Summary says what is taken over.
func (a RefreshZones) Summary() string {
	return fmt.Sprintf("make endpoint service %s take over its load balancer's Availability Zones", a.Service)
}

// Commands returns the modify command, which names no setting at all.
func (a RefreshZones) Commands() [][]string { return [][]string{modifyService(a.Service)} }

// Inverse returns none.
func (a RefreshZones) Inverse() (Action, string) {
	return nil, "a zone cannot be taken away while VPC endpoints are connected"
}

// Precondition returns ErrAlreadyHolds where the service has two zones.
func (a RefreshZones) Precondition(now path.Snapshot) error {
	svc, err := service(now, a.Service)
	if err == nil && max(distinct(svc.Zones), distinct(svc.ZoneIDs)) > 1 {
		return ErrAlreadyHolds
	}
	return err
}

func distinct(names []string) int {
	return len(slices.Compact(slices.Sorted(slices.Values(names))))
}
