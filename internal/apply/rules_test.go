package apply_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/xks-remediator/xks-remediator/internal/apply"
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

var sameRules = []cmp.Option{cmpopts.EquateComparable(netip.Prefix{}), cmpopts.EquateEmpty()}

func TestARuleIsAddedAndTakenBack(t *testing.T) {
	t.Parallel()
	b := newBench(t, network.Options{HealthPort: 8443})
	b.close()
	in := b.open()
	out := plan.AuthorizeEgress{Group: path.SecurityGroupID(b.ref.BalancerGroup.ID), Missing: flow.Of(flow.Box{
		Protocol: flow.TCP, Src: host(b.ref.Nodes[0]), Dst: host(b.ref.Targets[0]), Ports: flow.Port(9443),
	})}
	for _, i := range b.ref.Nodes {
		out.Carriers = append(out.Carriers, path.InterfaceID(i.ID))
	}
	tests := map[string]struct {
		action plan.Action
		group  *network.SecurityGroup
		egress bool
		want   []string // source or destination and port of what is added
	}{
		"inbound":  {in, b.ref.ProxyGroup, false, []string{"10.0.1.7/32 443-443", "10.0.2.7/32 443-443"}},
		"outbound": {out, b.ref.BalancerGroup, true, []string{"10.0.11.20/32 9443-9443"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			before := b.rules(tt.group, tt.egress)
			b.holds(t, "before", tt.action, nil)
			done := b.mustApply(t, tt.action)
			b.holds(t, "after", tt.action, plan.ErrAlreadyHolds)

			var added []string
			for _, r := range b.rules(tt.group, tt.egress) {
				if r.Description == mark.String() {
					added = append(added, fmt.Sprintf("%v %d-%d", r.CIDR, r.FromPort, r.ToPort))
				}
			}
			if diff := cmp.Diff(tt.want, added); diff != "" {
				t.Errorf("added under our mark (-want +got):\n%s", diff)
			}
			if len(done.RuleIDs) != len(tt.want) || !strings.HasPrefix(done.RuleIDs[0], "sgr-") || !strings.Contains(done.Detail, done.RuleIDs[0]) {
				t.Errorf("got rule IDs %v, detail %q", done.RuleIDs, done.Detail)
			}
			if ids := ruleIDs(done.Inverse); !slices.Equal(ids, done.RuleIDs) {
				t.Errorf("the undo names %v, want %v", ids, done.RuleIDs)
			}
			if !apply.Mine(b.look(t, tt.action), tt.action, mark) {
				t.Error("a look does not show that it is ours")
			}

			b.holds(t, "before the undo", done.Inverse, nil)
			b.mustApply(t, done.Inverse)
			b.holds(t, "after the undo", done.Inverse, plan.ErrAlreadyHolds)
			if diff := cmp.Diff(before, b.rules(tt.group, tt.egress), sameRules...); diff != "" {
				t.Errorf("the undo left something else (-before +after):\n%s", diff)
			}
		})
	}
}

func ruleIDs(inverse plan.Action) []string {
	var ids []path.SecurityGroupRule
	switch inverse := inverse.(type) {
	case plan.RevokeIngress:
		ids = inverse.RuleIDs
	case plan.RevokeEgress:
		ids = inverse.RuleIDs
	}
	var all []string
	for _, id := range ids {
		all = append(all, string(id))
	}
	return all
}

// Somebody replaced our rules by equal ones of their own: the undo, which knows ours by
// their IDs, leaves theirs alone.
func TestAnUndoByIDLeavesEqualRulesOfOthers(t *testing.T) {
	t.Parallel()
	b := newBench(t, network.Options{})
	b.close()
	done := b.mustApply(t, b.open())
	b.sim.Do(func(w *network.World) {
		for _, r := range w.Revoke(b.ref.ProxyGroup, func(r network.Rule) bool { return r.Description == mark.String() }) {
			r.ID, r.Description = "", "theirs"
			w.Authorize(b.ref.ProxyGroup, false, r)
		}
	})
	before := b.rules(b.ref.ProxyGroup, false)
	if _, err := b.Apply(t.Context(), done.Inverse, mark); !errors.Is(err, plan.ErrAlreadyHolds) {
		t.Errorf("got %v, want %v", err, plan.ErrAlreadyHolds)
	}
	if diff := cmp.Diff(before, b.rules(b.ref.ProxyGroup, false), sameRules...); diff != "" || len(before) != 2 {
		t.Errorf("their rules (-before +after):\n%s", diff)
	}
}

// An undo without rule IDs, as after a lost answer, takes out exactly equal rules.
func TestARuleIsTakenBackWithoutItsID(t *testing.T) {
	t.Parallel()
	b := newBench(t, network.Options{})
	b.close()
	before := b.rules(b.ref.ProxyGroup, false)
	b.mustApply(t, b.open())
	inverse, _ := b.open().Inverse()
	b.mustApply(t, inverse)
	if diff := cmp.Diff(before, b.rules(b.ref.ProxyGroup, false), sameRules...); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	if _, err := b.Apply(t.Context(), inverse, mark); !errors.Is(err, plan.ErrAlreadyHolds) {
		t.Errorf("once more: got %v, want %v", err, plan.ErrAlreadyHolds)
	}
}

func TestARuleThatIsThereIsNotAddedAgain(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		mark   apply.Mark
		revoke string // address whose rule is taken out again before the second call
		want   error
	}{
		"by the same step":          {mark: mark},
		"by another step":           {mark: apply.Mark{Incident: mark.Incident, Step: "2-authorize-ingress"}, want: plan.ErrAlreadyHolds},
		"half of it, by the same":   {mark: mark, revoke: "10.0.1.7", want: plan.ErrStale},
		"half of it, by another":    {mark: apply.Mark{Incident: "other", Step: "1"}, revoke: "10.0.1.7", want: plan.ErrStale},
		"the other half, by others": {mark: apply.Mark{Incident: "other", Step: "1"}, revoke: "10.0.2.7", want: plan.ErrStale},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, network.Options{})
			b.close()
			b.mustApply(t, b.open())
			b.sim.Do(func(w *network.World) {
				w.Revoke(b.ref.ProxyGroup, func(r network.Rule) bool { return r.CIDR.Addr().String() == tt.revoke })
			})
			before := b.rules(b.ref.ProxyGroup, false)
			done, err := b.Apply(t.Context(), b.open(), tt.mark)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if (done.Inverse == nil) != (tt.want != nil) {
				t.Errorf("got inverse %v beside error %v", done.Inverse, err)
			}
			if diff := cmp.Diff(before, b.rules(b.ref.ProxyGroup, false), sameRules...); diff != "" {
				t.Errorf("rules (-before +after):\n%s", diff)
			}
		})
	}
}

// The answer of the first attempt is lost, the SDK tries again, and AWS answers that the
// rule is there: it is ours.
func TestADuplicateOnTheSecondAttemptIsSuccess(t *testing.T) {
	t.Parallel()
	b := newBench(t, network.Options{})
	b.close()
	b.spoil("AuthorizeSecurityGroupIngress", 1, engine.Fault{Drop: true})
	done := b.mustApply(t, b.open())
	if n := b.calls("AuthorizeSecurityGroupIngress"); n != 2 {
		t.Errorf("got %d calls, want 2", n)
	}
	if done.Inverse == nil {
		t.Error("there is no inverse")
	}
	b.holds(t, "after", b.open(), plan.ErrAlreadyHolds)
}

func TestALookTellsWhatALostAnswerDid(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]engine.Fault{"it happened": {Drop: true}, "it did not": {Lose: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, network.Options{})
			b.close()
			// Every attempt is lost; where the first had an effect, so are the refusals of the others.
			b.spoil("AuthorizeSecurityGroupIngress", always, fault)
			_, err := b.Apply(t.Context(), b.open(), mark)
			if !errors.Is(err, apply.ErrUnknownOutcome) || apply.OutcomeOf(err) != apply.Unclear {
				t.Fatalf("got %v (%v), want %v", err, apply.OutcomeOf(err), apply.ErrUnknownOutcome)
			}
			if got := apply.Mine(b.look(t, b.open()), b.open(), mark); got != fault.Drop {
				t.Errorf("ours: got %v, want %v", got, fault.Drop)
			}
		})
	}
}

func TestRulesThatAreTooWideAreNotSent(t *testing.T) {
	t.Parallel()
	b := newBench(t, network.Options{})
	box := flow.Box{Protocol: flow.TCP, Src: host(b.ref.Nodes[0]), Dst: host(b.ref.Targets[0]), Ports: flow.Port(443)}
	everywhere, everyPort, udp := box, box, box
	everywhere.Src = netip.MustParsePrefix("0.0.0.0/0")
	everyPort.Ports = flow.AllPorts
	udp.Protocol = 17
	for name, a := range map[string]plan.Action{
		"nothing":       plan.AuthorizeIngress{Group: "sg-1"},
		"every address": plan.AuthorizeIngress{Group: "sg-1", Missing: flow.Of(everywhere)},
		"every port":    plan.AuthorizeIngress{Group: "sg-1", Missing: flow.Of(everyPort)},
		"outbound":      plan.AuthorizeEgress{Group: "sg-1", Missing: flow.Of(udp)},
	} {
		if _, err := b.Apply(t.Context(), a, mark); !errors.Is(err, plan.ErrTooWide) || apply.OutcomeOf(err) != apply.Refused {
			t.Errorf("%s: got %v, want %v", name, err, plan.ErrTooWide)
		}
	}
	if n := len(b.sim.Calls()); n != 0 {
		t.Errorf("%d calls were made", n)
	}
	if none := (plan.AuthorizeIngress{Group: "sg-1"}); apply.Mine(path.Snapshot{}, none, mark) {
		t.Error("an action that adds nothing is said to be ours")
	}
}

func TestAGroupIsReadWithAllThatCarryIt(t *testing.T) {
	t.Parallel()
	b := newBench(t, network.Options{Targets: 8, SharedGroup: 2}) // more than a page of three
	now := b.look(t, b.open())
	if len(now.Interfaces) != 10 {
		t.Errorf("got %d interfaces, want 8 targets and 2 others", len(now.Interfaces))
	}
	if err := plan.OptedIn(now, b.open(), "xks-remediator", "enabled"); err != nil {
		t.Errorf("opted in: %v", err)
	}
	b.sim.Do(func(w *network.World) { delete(b.ref.ProxyGroup.Tags, "xks-remediator") })
	if err := plan.OptedIn(b.look(t, b.open()), b.open(), "xks-remediator", "enabled"); !errors.Is(err, plan.ErrNotOptedIn) {
		t.Errorf("the tag was taken away: got %v", err)
	}
	gone := b.open()
	gone.Group = "sg-0123456789abcdef0"
	b.holds(t, "no such group", gone, plan.ErrStale)
	for n, want := range map[string]bool{"default": true, "defaults": false} {
		b.sim.Do(func(w *network.World) { b.ref.ProxyGroup.Name = n })
		if got := b.look(t, b.open()).SecurityGroups[0].Default; got != want {
			t.Errorf("group %q is a default group: got %v", n, got)
		}
	}
}

// A group's rules are taken apart: whatever names the source, one rule each.
func TestEveryKindOfRuleIsRead(t *testing.T) {
	t.Parallel()
	b := newBench(t, network.Options{})
	b.sim.Do(func(w *network.World) {
		w.Revoke(b.ref.ProxyGroup, func(r network.Rule) bool { return !r.Egress })
		w.Authorize(b.ref.ProxyGroup, false,
			network.Rule{Protocol: "tcp", FromPort: 443, ToPort: 443, Group: b.ref.BalancerGroup.ID, Description: "by group"},
			network.Rule{Protocol: "-1", CIDR: host(b.ref.Nodes[0])},
			network.Rule{Protocol: "tcp", FromPort: 1, ToPort: 2, CIDR: host(b.ref.Nodes[1])})
	})
	got := b.look(t, b.open()).SecurityGroups[0].Ingress
	slices.SortFunc(got, func(a, b path.Rule) int { return a.FromPort - b.FromPort })
	want := []path.Rule{
		{Protocol: "-1", FromPort: -1, ToPort: -1, Prefix: host(b.ref.Nodes[0])},
		{Protocol: "tcp", FromPort: 1, ToPort: 2, Prefix: host(b.ref.Nodes[1])},
		{Protocol: "tcp", FromPort: 443, ToPort: 443, Group: path.SecurityGroupID(b.ref.BalancerGroup.ID), Description: "by group"},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The printed command, typed, makes the same rules, but for the description.
func TestTheCommandDoesTheSame(t *testing.T) {
	t.Parallel()
	b := newBench(t, network.Options{})
	b.close()
	command := b.open().Commands()[0]
	var permissions []types.IpPermission
	if err := json.Unmarshal([]byte(command[len(command)-1]), &permissions); err != nil {
		t.Fatal(err)
	}
	if _, err := ec2.NewFromConfig(b.cfg).AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: aws.String(command[slices.Index(command, "--group-id")+1]), IpPermissions: permissions,
	}); err != nil {
		t.Fatal(err)
	}
	b.holds(t, "typed", b.open(), plan.ErrAlreadyHolds)
	typed := b.rules(b.ref.ProxyGroup, false)
	b.close()
	b.mustApply(t, b.open())
	if diff := cmp.Diff(typed, b.rules(b.ref.ProxyGroup, false), append(sameRules, cmpopts.IgnoreFields(network.Rule{}, "Description"))...); diff != "" {
		t.Errorf("rules (-typed +applied):\n%s", diff)
	}
}
