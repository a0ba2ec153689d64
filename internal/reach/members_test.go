package reach_test

import (
	"slices"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/reach"
)

func TestWhoElseCarriesAGroup(t *testing.T) {
	t.Parallel()
	shared := pathtest.All(
		pathtest.OtherInterface("eni-y", "10.0.1.21", pathtest.ProxyGroup, pathtest.LoadBalancerGroup),
		pathtest.OtherInterface("eni-x", "10.0.1.20", pathtest.ProxyGroup),
	)
	tests := map[string]struct {
		edit              pathtest.Edit
		targets, balancer []path.InterfaceID
	}{
		"nobody":                 {pathtest.Unchanged, nil, nil},
		"others, in order of ID": {shared, []path.InterfaceID{"eni-x", "eni-y"}, []path.InterfaceID{"eni-y"}},
		"a node among the targets' group": {
			pathtest.Interface(pathtest.NodeA, func(n *path.NetworkInterface) { n.SecurityGroups = []path.SecurityGroupID{pathtest.ProxyGroup} }),
			[]path.InterfaceID{pathtest.NodeA}, nil,
		},
		"a target that is no longer registered": {pathtest.KeepTargets(3), []path.InterfaceID{"eni-10.0.2.10"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pathtest.With(tt.edit)
			if got := reach.NonTargets(s).With(pathtest.ProxyGroup); !slices.Equal(got, tt.targets) {
				t.Errorf("NonTargets %v, want %v", got, tt.targets)
			}
			if got := reach.NonNodes(s).With(pathtest.LoadBalancerGroup); !slices.Equal(got, tt.balancer) {
				t.Errorf("NonNodes %v, want %v", got, tt.balancer)
			}
		})
	}
}

func TestGroupForAMissingRule(t *testing.T) {
	t.Parallel()
	isDefault := func(id path.SecurityGroupID) pathtest.Edit {
		return pathtest.Group(id, func(g *path.SecurityGroup) { g.Default = true })
	}
	sharedOne := pathtest.All(pathtest.AddGroup("sg-1"), pathtest.AddGroup("sg-2"), pathtest.OtherInterface("eni-x", "10.0.1.20", "sg-1"))
	tests := map[string]struct {
		edit   pathtest.Edit
		groups []path.SecurityGroupID
		want   path.SecurityGroupID
	}{
		"no group":                      {pathtest.Unchanged, nil, ""},
		"the only one":                  {pathtest.Unchanged, []path.SecurityGroupID{"sg-proxy"}, "sg-proxy"},
		"the first of two":              {pathtest.All(pathtest.AddGroup("sg-1"), pathtest.AddGroup("sg-2")), []path.SecurityGroupID{"sg-1", "sg-2"}, "sg-1"},
		"not the one that others carry": {sharedOne, []path.SecurityGroupID{"sg-1", "sg-2"}, "sg-2"},
		"not a default group":           {pathtest.All(pathtest.AddGroup("sg-1"), pathtest.AddGroup("sg-2"), isDefault("sg-1")), []path.SecurityGroupID{"sg-1", "sg-2"}, "sg-2"},
		"the first where none is fit":   {pathtest.All(sharedOne, isDefault("sg-2")), []path.SecurityGroupID{"sg-1", "sg-2"}, "sg-1"},
		"not one that was not read":     {pathtest.AddGroup("sg-2"), []path.SecurityGroupID{"sg-hidden", "sg-2"}, "sg-2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := reach.NonTargets(pathtest.With(tt.edit)).GroupFor(tt.groups); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
