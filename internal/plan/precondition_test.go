package plan_test

import (
	"errors"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

func TestPreconditionsOfRules(t *testing.T) {
	t.Parallel()
	missing := tcp("10.0.1.7/32", "10.0.1.9/32", 443).Union(tcp("10.0.2.7/32", "10.0.2.9/32", 443))
	carriers := []path.InterfaceID{"eni-10.0.1.10", "eni-10.0.1.9", "eni-10.0.2.10", "eni-10.0.2.9"}
	add := plan.AuthorizeIngress{Group: pathtest.ProxyGroup, Missing: missing, Carriers: carriers}
	out := plan.AuthorizeEgress{Group: pathtest.LoadBalancerGroup, Missing: missing, Carriers: []path.InterfaceID{pathtest.NodeA, pathtest.NodeB}}
	undo, _ := add.Inverse()
	closed := pathtest.Ingress(pathtest.ProxyGroup)
	rules := func(r ...path.Rule) pathtest.Edit { return pathtest.Ingress(pathtest.ProxyGroup, r...) }
	both := []path.Rule{pathtest.TCP("10.0.1.7/32", 443), pathtest.TCP("10.0.2.7/32", 443)}
	tests := map[string]struct {
		action plan.Action
		edit   pathtest.Edit
		want   error
	}{
		"nothing is open":                        {add, closed, nil},
		"both are open":                          {add, rules(both...), plan.ErrAlreadyHolds},
		"both are open as part of a range":       {add, rules(pathtest.TCP("10.0.0.0/16", 443)), plan.ErrAlreadyHolds},
		"everything is open":                     {add, rules(path.Rule{Protocol: "-1", FromPort: -1, ToPort: -1, Prefix: both[0].Prefix}, both[1]), plan.ErrAlreadyHolds},
		"open by protocol number":                {add, rules(path.Rule{Protocol: "6", FromPort: 443, ToPort: 443, Prefix: both[0].Prefix}, both[1]), plan.ErrAlreadyHolds},
		"a range of ports around it":             {add, rules(path.Rule{Protocol: "tcp", FromPort: 440, ToPort: 443, Prefix: both[0].Prefix}, both[1]), plan.ErrAlreadyHolds},
		"ports that end below":                   {add, rules(path.Rule{Protocol: "tcp", FromPort: 1, ToPort: 442, Prefix: both[0].Prefix}), nil},
		"another protocol":                       {add, rules(path.Rule{Protocol: "udp", FromPort: 443, ToPort: 443, Prefix: both[0].Prefix}), nil},
		"part of it is open":                     {add, rules(both[0]), plan.ErrStale},
		"the group is gone":                      {add, func(s *path.Snapshot) { s.SecurityGroups = nil }, plan.ErrStale},
		"another interface carries it by now":    {add, pathtest.All(closed, pathtest.OtherInterface("eni-new", "10.0.1.77", pathtest.ProxyGroup)), plan.ErrStale},
		"one of the interfaces is gone":          {add, pathtest.All(closed, func(s *path.Snapshot) { s.Interfaces = s.Interfaces[:3] }), nil},
		"outbound: nothing is open":              {out, pathtest.Egress(pathtest.LoadBalancerGroup), nil},
		"outbound: it is open":                   {out, pathtest.Unchanged, plan.ErrAlreadyHolds},
		"outbound: only inbound rules are there": {out, pathtest.All(pathtest.Egress(pathtest.LoadBalancerGroup), pathtest.Ingress(pathtest.LoadBalancerGroup, both...)), nil},
		"undo: both are there":                   {undo, rules(both...), nil},
		"undo: beside others":                    {undo, rules(append(both, pathtest.TCP("10.9.0.0/16", 443))...), nil},
		"undo: none is there":                    {undo, rules(pathtest.TCP("10.0.0.0/16", 443)), plan.ErrAlreadyHolds},
		"undo: one is there":                     {undo, rules(both[1]), plan.ErrStale},
		"undo: the group is gone":                {undo, func(s *path.Snapshot) { s.SecurityGroups = nil }, plan.ErrStale},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.action.Precondition(pathtest.With(tt.edit)); !errors.Is(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestPreconditionsOfTheRest(t *testing.T) {
	t.Parallel()
	const id = pathtest.ServiceID
	add := plan.AddPrincipal{Service: id, Principal: pathtest.Principal}
	remove := plan.RemovePrincipal(add)
	restart := plan.RestartVerification{Service: id}
	disconnect := plan.DisconnectKeyStore{KeyStore: pathtest.KeyStoreID, Code: "INTERNAL_ERROR"}
	connect := plan.ConnectKeyStore{KeyStore: pathtest.KeyStoreID}
	accept := plan.AcceptConnections{Service: id, Endpoints: []string{"vpce-1", "vpce-2"}}
	off := plan.EnforcementOff{LoadBalancer: pathtest.LoadBalancerARN, Groups: []path.SecurityGroupID{pathtest.LoadBalancerGroup}}
	waiting := pathtest.Connection("vpce-1", "777788889999", "PendingAcceptance")
	tests := map[string]struct {
		action plan.Action
		edit   pathtest.Edit
		want   error
	}{
		"the principal is missing":       {add, pathtest.RemovePrincipal, nil},
		"the principal is there":         {add, pathtest.Unchanged, plan.ErrAlreadyHolds},
		"everybody is allowed":           {add, pathtest.All(pathtest.RemovePrincipal, pathtest.Allow("All", "*")), plan.ErrAlreadyHolds},
		"another principal is there":     {add, pathtest.All(pathtest.RemovePrincipal, pathtest.Allow("Service", "cks.kms.eu-central-1.amazonaws.com")), nil},
		"the service is gone":            {add, pathtest.NoService, plan.ErrStale},
		"it is another service":          {add, pathtest.Service(func(e *path.EndpointService) { e.ID = "vpce-svc-other" }), plan.ErrStale},
		"remove: it is there":            {remove, pathtest.Unchanged, nil},
		"remove: it is not there":        {remove, pathtest.RemovePrincipal, plan.ErrAlreadyHolds},
		"remove: only everybody is":      {remove, pathtest.All(pathtest.RemovePrincipal, pathtest.Allow("All", "*")), plan.ErrAlreadyHolds},
		"remove: the service is gone":    {remove, pathtest.NoService, plan.ErrStale},
		"verification failed":            {restart, pathtest.PrivateDnsState("failed"), nil},
		"verification is pending":        {restart, pathtest.PrivateDnsState("pendingVerification"), nil},
		"verified":                       {restart, pathtest.Unchanged, plan.ErrAlreadyHolds},
		"no private DNS name":            {restart, pathtest.All(pathtest.PrivateDnsState(""), pathtest.PrivateDnsName("")), plan.ErrStale},
		"restart: the service is gone":   {restart, pathtest.NoService, plan.ErrStale},
		"FAILED with the code":           {disconnect, pathtest.State("FAILED", "INTERNAL_ERROR"), nil},
		"FAILED with another code":       {disconnect, pathtest.State("FAILED", "NETWORK_ERRORS"), plan.ErrStale},
		"disconnect: CONNECTED":          {disconnect, pathtest.State("CONNECTED", ""), plan.ErrStale},
		"disconnect: CONNECTING":         {disconnect, pathtest.State("CONNECTING", ""), plan.ErrStale},
		"disconnect: somebody else did":  {disconnect, pathtest.State("DISCONNECTED", ""), plan.ErrStale},
		"disconnect: somebody is at it":  {disconnect, pathtest.State("DISCONNECTING", ""), plan.ErrStale},
		"disconnect: no such key store":  {disconnect, pathtest.NoKeyStore, plan.ErrStale},
		"connect: DISCONNECTED":          {connect, pathtest.State("DISCONNECTED", ""), nil},
		"connect: DISCONNECTING":         {connect, pathtest.State("DISCONNECTING", ""), plan.ErrNotYet},
		"connect: CONNECTING":            {connect, pathtest.State("CONNECTING", ""), plan.ErrAlreadyHolds},
		"connect: CONNECTED":             {connect, pathtest.State("CONNECTED", ""), plan.ErrAlreadyHolds},
		"connect: FAILED":                {connect, pathtest.State("FAILED", "INTERNAL_ERROR"), plan.ErrStale},
		"connect: a state to come":       {connect, pathtest.State("RESTING", ""), plan.ErrStale},
		"connect: another key store":     {connect, pathtest.KeyStore(func(k *path.KeyStore) { k.ID = "cks-other" }), plan.ErrStale},
		"both wait":                      {accept, pathtest.All(waiting, pathtest.Connection("vpce-2", "7", "pendingAcceptance")), nil},
		"one waits":                      {accept, pathtest.All(waiting, pathtest.Connection("vpce-2", "7", "available")), plan.ErrStale},
		"one is gone":                    {accept, waiting, plan.ErrStale},
		"both are accepted":              {accept, pathtest.All(pathtest.Connection("vpce-1", "7", "available"), pathtest.Connection("vpce-2", "7", "pending")), plan.ErrAlreadyHolds},
		"one was rejected":               {accept, pathtest.All(waiting, pathtest.Connection("vpce-2", "7", "rejected")), plan.ErrStale},
		"acceptance is required":         {plan.SetAcceptanceOff{Service: id}, pathtest.RequireAcceptance, nil},
		"acceptance is not required":     {plan.SetAcceptanceOff{Service: id}, pathtest.Unchanged, plan.ErrAlreadyHolds},
		"acceptance of a service gone":   {plan.SetAcceptanceOff{Service: id}, pathtest.NoService, plan.ErrStale},
		"acceptance on, and off now":     {plan.SetAcceptanceOn{Service: id}, pathtest.Unchanged, nil},
		"acceptance on, and on now":      {plan.SetAcceptanceOn{Service: id}, pathtest.RequireAcceptance, plan.ErrAlreadyHolds},
		"one zone":                       {plan.RefreshZones{Service: id}, pathtest.Service(func(e *path.EndpointService) { e.Zones, e.ZoneIDs = e.Zones[:1], e.ZoneIDs[:1] }), nil},
		"two zones":                      {plan.RefreshZones{Service: id}, pathtest.Unchanged, plan.ErrAlreadyHolds},
		"zones of a service gone":        {plan.RefreshZones{Service: id}, pathtest.NoService, plan.ErrStale},
		"enforcement is on":              {off, pathtest.Enforce, nil},
		"enforcement is off":             {off, pathtest.Unchanged, plan.ErrAlreadyHolds},
		"other groups by now":            {off, pathtest.All(pathtest.Enforce, pathtest.LoadBalancer(func(lb *path.LoadBalancer) { lb.SecurityGroups = append(lb.SecurityGroups, "sg-new") })), plan.ErrStale},
		"no load balancer":               {off, func(s *path.Snapshot) { s.LoadBalancers = nil }, plan.ErrStale},
		"enforcement to be on, and off":  {plan.EnforcementOn(off), pathtest.Unchanged, nil},
		"enforcement to be on, and is":   {plan.EnforcementOn(off), pathtest.Enforce, plan.ErrAlreadyHolds},
		"an instruction is never judged": {plan.Instruct{On: "x"}, pathtest.NoKeyStore, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.action.Precondition(pathtest.With(tt.edit)); !errors.Is(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestPreconditionsOfCrossZone(t *testing.T) {
	t.Parallel()
	on, off := plan.CrossZoneOn{LoadBalancer: pathtest.LoadBalancerARN}, plan.CrossZoneOff{LoadBalancer: pathtest.LoadBalancerARN}
	own := plan.CrossZoneOn{TargetGroup: pathtest.TargetGroupARN}
	group := func(value string) pathtest.Edit {
		return pathtest.TargetGroup(func(g *path.TargetGroup) { g.CrossZone = value })
	}
	tests := map[string]struct {
		action plan.Action
		edit   pathtest.Edit
		want   error
	}{
		"it is off":                          {on, pathtest.CrossZone(false), nil},
		"it is on":                           {on, pathtest.CrossZone(true), plan.ErrAlreadyHolds},
		"the load balancer is gone":          {on, func(s *path.Snapshot) { s.LoadBalancers = nil }, plan.ErrStale},
		"undo: it is on":                     {off, pathtest.CrossZone(true), nil},
		"undo: it is off":                    {off, pathtest.CrossZone(false), plan.ErrAlreadyHolds},
		"of the target group, it is off":     {own, group("false"), nil},
		"of the target group, it is on":      {own, group("TRUE"), plan.ErrAlreadyHolds},
		"of the target group, which follows": {own, group("use_load_balancer_configuration"), plan.ErrStale},
		"of the target group, which is gone": {own, func(s *path.Snapshot) { s.TargetGroups = nil }, plan.ErrStale},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.action.Precondition(pathtest.With(tt.edit)); !errors.Is(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
