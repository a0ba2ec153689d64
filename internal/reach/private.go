package reach

import (
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Private reports whether a subnet has no route to an internet gateway; known is false where
// its route table is not in the snapshot.
// https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html
func Private(s path.Snapshot, n path.Subnet) (private, known bool) {
	var main *path.RouteTable
	for i := range s.RouteTables {
		t := &s.RouteTables[i]
		if slices.Contains(t.Subnets, n.ID) {
			return !toInternet(*t), true
		}
		if t.Main && t.VPC == n.VPC {
			main = t
		}
	}
	if main == nil {
		return false, false
	}
	return !toInternet(*main), true
}

func toInternet(t path.RouteTable) bool {
	return slices.ContainsFunc(t.Routes, func(r path.Route) bool { return strings.HasPrefix(r.Target, "igw-") })
}
