package plan_test

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

const balancerZones check.ID = "load-balancer.two-zones"

// oneZone leaves the load balancer its first zone, and the endpoint service too.
func oneZone(s *path.Snapshot) {
	s.LoadBalancers[0].Zones = s.LoadBalancers[0].Zones[:1]
	s.Service.Zones, s.Service.ZoneIDs = s.Service.Zones[:1], s.Service.ZoneIDs[:1]
}

func TestTheSecondZoneOfALoadBalancer(t *testing.T) {
	t.Parallel()
	const set, refresh = "set-subnets approval", "refresh-zones approval"
	subnet := func(id path.SubnetID, zone string, free int) pathtest.Edit {
		return func(s *path.Snapshot) {
			s.Subnets = append(s.Subnets, path.Subnet{ID: id, VPC: pathtest.VPC, CIDR: netip.MustParsePrefix("10.0.9.0/24"), Zone: zone, Free: free})
		}
	}
	public := func(s *path.Snapshot) {
		s.RouteTables = append(s.RouteTables, path.RouteTable{ID: "rtb-2", VPC: pathtest.VPC, Subnets: []path.SubnetID{pathtest.SubnetB},
			Routes: []path.Route{{CIDR: netip.MustParsePrefix("0.0.0.0/0"), Target: "igw-1", State: "active"}}})
	}
	full := func(s *path.Snapshot) { s.Subnets[1].Free = 7 }
	tests := map[string]struct {
		edit   pathtest.Edit
		shape  []string
		subnet path.SubnetID
	}{
		"the VPC has a private subnet in another zone": {pathtest.Unchanged, []string{set, refresh}, pathtest.SubnetB},
		"the service has both zones already":           {pathtest.Service(func(e *path.EndpointService) { e.Zones = []string{pathtest.ZoneA, pathtest.ZoneB} }), []string{set}, pathtest.SubnetB},
		"the other subnet is public":                   {public, []string{"instruct manual", refresh}, ""},
		"the other subnet is full but for 7 addresses": {full, []string{"instruct manual", refresh}, ""},
		"the other subnet is another VPC's":            {func(s *path.Snapshot) { s.Subnets[1].VPC = "vpc-2" }, []string{"instruct manual", refresh}, ""},
		"another subnet of the same zone":              {pathtest.All(func(s *path.Snapshot) { s.Subnets = s.Subnets[:1] }, subnet("subnet-c", pathtest.ZoneA, 99)), []string{"instruct manual", refresh}, ""},
		"route tables were not read":                   {pathtest.Blind(path.RouteTablesPart), []string{"instruct manual", refresh}, ""},
		"a zone with targets before one without":       {subnet("subnet-c", "us-west-2c", 250), []string{set, refresh}, pathtest.SubnetB},
		"the emptier of two":                           {subnet("subnet-c", pathtest.ZoneB, 250), []string{set, refresh}, "subnet-c"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pathtest.With(oneZone, tt.edit)
			for _, causes := range [][]check.ID{{balancerZones}, {balancerZones, zones}} {
				var found []check.Finding
				for _, id := range causes {
					found = append(found, fail(id, map[check.ID]path.ARN{balancerZones: pathtest.LoadBalancerARN, zones: pathtest.ServiceARN}[id]))
				}
				got := plan.Make(found, s, tagged())
				if diff := cmp.Diff(tt.shape, shape(got)); diff != "" {
					t.Errorf("%v (-want +got):\n%s", causes, diff)
				}
				for _, step := range got.Steps {
					if a, ok := step.Action.(plan.SetSubnets); ok && (a.Subnet != tt.subnet || step.Why == "") {
						t.Errorf("got subnet %s because %q, want %s", a.Subnet, step.Why, tt.subnet)
					}
				}
			}
		})
	}
}

func TestSetSubnetsKeepsEveryPresentSubnetAsItIs(t *testing.T) {
	t.Parallel()
	present := []path.Zone{{Name: pathtest.ZoneA, Subnet: pathtest.SubnetA, Address: netip.MustParseAddr("10.0.1.7")}}
	a := plan.SetSubnets{LoadBalancer: "arn:lb", Present: present, Subnet: pathtest.SubnetB, Zone: pathtest.ZoneB}
	want := []string{"aws", "elbv2", "set-subnets", "--load-balancer-arn", "arn:lb", "--subnet-mappings", "SubnetId=subnet-a,PrivateIPv4Address=10.0.1.7", "SubnetId=subnet-b"}
	if got := a.Commands()[0]; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSetSubnetsIsForTheSubnetsThatItWasPlannedOn(t *testing.T) {
	t.Parallel()
	planned := pathtest.With(oneZone).LoadBalancers[0]
	a := plan.SetSubnets{LoadBalancer: planned.ARN, Present: planned.Zones, Subnet: pathtest.SubnetB, Zone: pathtest.ZoneB}
	tests := map[string]struct {
		edit pathtest.Edit
		want error
	}{
		"as planned":                {oneZone, nil},
		"in the zone by now":        {pathtest.Unchanged, plan.ErrAlreadyHolds},
		"in yet another zone":       {pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Zones[1] = path.Zone{Name: "us-west-2c", Subnet: "subnet-c"} }), plan.ErrStale},
		"in another subnet":         {pathtest.All(oneZone, pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.Zones[0].Subnet = "subnet-c" })), plan.ErrStale},
		"the load balancer is gone": {func(s *path.Snapshot) { s.LoadBalancers = nil }, plan.ErrStale},
	}
	for name, tt := range tests {
		if got := a.Precondition(pathtest.With(tt.edit)); !errors.Is(got, tt.want) || (tt.want == nil) != (got == nil) {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}
