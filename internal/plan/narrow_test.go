package plan_test

import (
	"errors"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
)

func TestNarrow(t *testing.T) {
	t.Parallel()
	ok := pathtest.TCP("10.0.1.7/32", 443)
	tests := map[string]struct {
		rules []path.Rule
		ok    bool
	}{
		"one port of one address": {[]path.Rule{ok}, true},
		"no rule":                 {nil, false},
		"every address":           {[]path.Rule{ok, pathtest.TCP("0.0.0.0/0", 443)}, false},
		"every IPv6 address":      {[]path.Rule{pathtest.TCP("::/0", 443)}, false},
		"no address":              {[]path.Rule{{Protocol: "tcp", FromPort: 443, ToPort: 443}}, false},
		"every protocol":          {[]path.Rule{{Protocol: "-1", FromPort: 443, ToPort: 443, Prefix: ok.Prefix}}, false},
		"every port":              {[]path.Rule{{Protocol: "tcp", FromPort: 0, ToPort: 65535, Prefix: ok.Prefix}}, false},
		"no port":                 {[]path.Rule{{Protocol: "tcp", FromPort: -1, ToPort: -1, Prefix: ok.Prefix}}, false},
		"ports upside down":       {[]path.Rule{{Protocol: "tcp", FromPort: 444, ToPort: 443, Prefix: ok.Prefix}}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := plan.Narrow(tt.rules); (err == nil) != tt.ok || err != nil && !errors.Is(err, plan.ErrTooWide) {
				t.Errorf("got %v; narrow: want %v", err, tt.ok)
			}
		})
	}
}

// The halves of 0.0.0.0/0 are one rule of 0.0.0.0/0 once they are put together.
func TestHalvesOfTheWorldAreTheWorld(t *testing.T) {
	t.Parallel()
	a := plan.AuthorizeIngress{Group: "sg-1", Missing: tcp("0.0.0.0/1", "10.0.1.9/32", 443).Union(tcp("128.0.0.0/1", "10.0.2.9/32", 443))}
	if err := plan.Narrow(a.Rules()); !errors.Is(err, plan.ErrTooWide) {
		t.Errorf("%v: got %v, want %v", a.Rules(), err, plan.ErrTooWide)
	}
	var none flow.Set
	if rules := (plan.AuthorizeIngress{Missing: none}).Rules(); len(rules) != 0 {
		t.Errorf("got rules %v for nothing", rules)
	}
}
