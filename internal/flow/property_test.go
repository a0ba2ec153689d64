package flow_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/flow/flowtest"
)

// The three laws on which a finding and its fix rest.
func TestMissingIsWhatIsRequiredAndNotAllowed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		required, allowed := flowtest.Set().Draw(t, "required"), flowtest.Set().Draw(t, "allowed")
		missing := required.Minus(allowed)
		if !allowed.Union(missing).Contains(required) {
			t.Errorf("allowed ∪ missing lacks %v", required.Minus(allowed.Union(missing)))
		}
		if !required.Contains(missing) {
			t.Errorf("missing holds more than is required: %v", missing.Minus(required))
		}
		if both := missing.Intersect(allowed); !both.IsZero() {
			t.Errorf("missing and allowed share %v", both)
		}
	})
}

// The oracle asks about each flow of a small universe, one at a time.
func TestOperationsAgreeWithAskingAboutEveryFlow(t *testing.T) {
	t.Parallel()
	universe := flowtest.Universe()
	rapid.Check(t, func(t *rapid.T) {
		a, b := flowtest.Boxes().Draw(t, "a"), flowtest.Boxes().Draw(t, "b")
		s, u := flow.Of(a...), flow.Of(b...)
		of, union, minus, intersect := s.Boxes(), s.Union(u).Boxes(), s.Minus(u).Boxes(), s.Intersect(u).Boxes()
		without := s.Without(b...).Boxes()
		contains := true
		for _, f := range universe {
			inA, inB := f.In(a), f.In(b)
			contains = contains && (inA || !inB)
			for name, op := range map[string]struct{ got, want bool }{
				"Of":        {f.In(of), inA},
				"Union":     {f.In(union), inA || inB},
				"Minus":     {f.In(minus), inA && !inB},
				"Without":   {f.In(without), inA && !inB},
				"Intersect": {f.In(intersect), inA && inB},
			} {
				if op.got != op.want {
					t.Fatalf("%s holds %v: %v, want %v", name, f, op.got, op.want)
				}
			}
		}
		if got := s.Contains(u); got != contains {
			t.Errorf("Contains is %v, want %v", got, contains)
		}
	})
}

func TestFormDependsOnTheFlowsAlone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		boxes := flowtest.Boxes().Draw(t, "boxes")
		want := flow.Of(boxes...)
		other := flow.Set{}
		for _, b := range rapid.Permutation(boxes).Draw(t, "permutation") {
			other = other.Union(flow.Of(b))
		}
		cut := flowtest.Set().Draw(t, "cut")
		other = other.Minus(cut).Union(want.Intersect(cut))
		if !other.Equal(want) {
			t.Fatalf("the same flows in another form: %v, want %v", other, want)
		}
		a, errA := json.Marshal(want)
		b, errB := json.Marshal(other)
		if errA != nil || errB != nil || !slices.Equal(a, b) {
			t.Errorf("JSON %s, want %s (%v, %v)", b, a, errB, errA)
		}
	})
}

// Where nothing or all of a set is left out it takes a short way, and likewise where a set has one
// destination: the form must be that of the long one.
func TestShortWaysKeepTheForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		set, holes := flowtest.Set().Draw(t, "set"), flowtest.Boxes().Draw(t, "holes")
		many := slices.Clone(holes) // with others that touch nothing, but are too many to be compared one by one
		for port := range uint16(300) {
			many = append(many, flow.Box{Protocol: 99, Src: netip.MustParsePrefix("10.0.0.0/8"), Dst: netip.MustParsePrefix("10.0.0.0/8"), Ports: flow.Port(port)})
		}
		if got, want := set.Without(holes...), set.Without(many...); !got.Equal(want) {
			t.Errorf("without %v: %v, want %v", holes, got, want)
		}
		box := flowtest.Box().Draw(t, "box")
		if got, want := flow.Of(box), flow.Of(box, box); !got.Equal(want) {
			t.Errorf("Of one box: %v, want %v", got, want)
		}
		boxes := set.Boxes()
		if rapid.Bool().Draw(t, "one destination") {
			for i := range boxes {
				boxes[i].Dst = boxes[0].Dst
			}
			set = flow.Of(boxes...)
			boxes = set.Boxes()
		}
		for i := range boxes {
			boxes[i].Dst = box.Dst
		}
		if got, want := set.To(box.Dst), flow.Of(boxes...); !got.Equal(want) {
			t.Errorf("to %v: %v, want %v", box.Dst, got, want)
		}
	})
}

func TestBoxesAreDisjoint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		boxes := flowtest.Set().Draw(t, "set").Boxes()
		for i, a := range boxes {
			for _, b := range boxes[i+1:] {
				if a.Protocol == b.Protocol && a.Src.Overlaps(b.Src) && a.Dst.Overlaps(b.Dst) &&
					a.Ports.From <= b.Ports.To && b.Ports.From <= a.Ports.To {
					t.Fatalf("%v and %v overlap", a, b)
				}
			}
		}
	})
}

func TestJSONRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := flowtest.Set().Draw(t, "set")
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got flow.Set
		if err := json.Unmarshal(data, &got); err != nil || !got.Equal(want) {
			t.Errorf("%s reads as %v, %v; want %v", data, got, err, want)
		}
	})
}

// Rules of security groups against eight required flows, up to the most that AWS allows an
// interface: four times the rules take four times as long.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
func BenchmarkMinus(b *testing.B) {
	for _, n := range []int{250, 1000} {
		b.Run(fmt.Sprintf("%d rules", n), func(b *testing.B) {
			var rules, required []flow.Box
			src, dst := flow.Host(flowtest.Universe()[0].Src).Addr(), flow.Host(flowtest.Universe()[1].Dst)
			for i := range n {
				rules = append(rules, flow.Box{Protocol: flow.TCP, Src: flow.Host(src), Dst: dst, Ports: flow.Port(uint16(i % 443))})
				if i%(n/8) == 0 {
					required = append(required, flow.Box{Protocol: flow.TCP, Src: flow.Host(src), Dst: dst, Ports: flow.Port(443)})
				}
				src = src.Next()
			}
			need := flow.Of(required...)
			for b.Loop() {
				if need.Minus(flow.Of(rules...)).IsZero() {
					b.Fatal("nothing is missing")
				}
			}
		})
	}
}
