//go:build e2e

package patterns

import (
	"regexp"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim/pattern"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

// malformed has a row for each fault that a pattern of a template may have.
func malformed() map[string]string {
	return map[string]string{
		"an operator that is not known":   `{"a":[{"contains":"x"}]}`,
		"an operator nested in another":   `{"a":[{"prefix":{"suffix":"x"}}]}`,
		"a number within anything-but":    `{"a":[{"anything-but":{"numeric":["=",1]}}]}`,
		"a range within anything-but":     `{"a":[{"anything-but":{"cidr":"10.0.0.0/8"}}]}`,
		"two operators in one object":     `{"a":[{"prefix":"x","suffix":"y"}]}`,
		"an operator's empty object":      `{"a":[{}]}`,
		"a value without its list":        `{"a":{"b":"x"}}`,
		"an empty list":                   `{"a":[]}`,
		"an empty object":                 `{"a":{}}`,
		"an empty pattern":                `{}`,
		"a list within a list":            `{"a":[["x"]]}`,
		"no object":                       `["a"]`,
		"no JSON":                         `{"a"`,
		"nothing":                         ``,
		"exists of a text":                `{"a":[{"exists":"true"}]}`,
		"prefix of a number":              `{"a":[{"prefix":1}]}`,
		"prefix of a list":                `{"a":[{"prefix":["x","y"]}]}`,
		"equals-ignore-case of a list":    `{"a":[{"equals-ignore-case":["x"]}]}`,
		"anything-but of both kinds":      `{"a":[{"anything-but":["x",1]}]}`,
		"anything-but of a boolean":       `{"a":[{"anything-but":true}]}`,
		"anything-but of null":            `{"a":[{"anything-but":null}]}`,
		"anything-but of null in a list":  `{"a":[{"anything-but":["x",null]}]}`,
		"anything-but of nothing":         `{"a":[{"anything-but":[]}]}`,
		"anything-but of an empty prefix": `{"a":[{"anything-but":{"prefix":""}}]}`,
		"anything-but a case, nested":     `{"a":[{"anything-but":{"prefix":{"equals-ignore-case":"x"}}}]}`,
		"a comparison that is not known":  `{"a":[{"numeric":["!=",1]}]}`,
		"a comparison with a text":        `{"a":[{"numeric":["=","1"]}]}`,
		"a comparison without a number":   `{"a":[{"numeric":["="]}]}`,
		"no comparison":                   `{"a":[{"numeric":[]}]}`,
		"two equalities":                  `{"a":[{"numeric":["=",1,"=",2]}]}`,
		"a range upside down":             `{"a":[{"numeric":[">",5,"<",1]}]}`,
		"a range of one number":           `{"a":[{"numeric":[">=",5,"<=",5]}]}`,
		"a range the wrong way":           `{"a":[{"numeric":["<",5,">",1]}]}`,
		"addresses without a mask":        `{"a":[{"cidr":"10.0.0.0"}]}`,
		"addresses with too long a mask":  `{"a":[{"cidr":"10.0.0.0/33"}]}`,
		"one IPv4 address":                `{"a":[{"cidr":"10.0.0.1/32"}]}`,
		"one IPv6 address":                `{"a":[{"cidr":"2001:db8::1/128"}]}`,
		"addresses that are none":         `{"a":[{"cidr":"x/8"}]}`,
		"two stars":                       `{"a":[{"wildcard":"a**b"}]}`,
		"a backslash before a letter":     `{"a":[{"wildcard":"a\\b"}]}`,
		"a backslash at the end":          `{"a":[{"wildcard":"a\\"}]}`,
		"$or of no list":                  `{"$or":{"a":["x"]}}`,
		"$or of values":                   `{"$or":["x","y"]}`,
		"$or of nothing":                  `{"$or":[]}`,
		"$or of one":                      `{"$or":[{"a":["x"]}]}`,
		"$or of an empty object":          `{"$or":[{},{"a":["x"]}]}`,
		"$or of fields like operators":    `{"$or":[{"prefix":["x"]},{"a":["x"]}]}`,
		"a fault inside $or":              `{"$or":[{"a":["x"]},{"b":[{"like":"y"}]}]}`,
	}
}

func TestWhatIsNoPatternIsRefusedByBoth(t *testing.T) {
	broken := malformed()
	got := startRuler(t).ask(t, broken, nil)
	for name, source := range broken {
		if got.Refused[name] == "" {
			t.Errorf("%s: Event Ruler takes %s", name, source)
		}
		if _, err := pattern.Compile([]byte(source)); err == nil {
			t.Errorf("%s: the simulator takes %s", name, source)
		}
	}
	e2e.Report(t, "patterns", "%d malformed patterns, each refused by both", len(broken))
}

// risky are a number, an address or an operator that a row below is about.
var risky = regexp.MustCompile(`[:,\[]-?[0-9]|"cidr"|"equals-ignore-case"|"[0-9]+[.][0-9.]+"|"[0-9a-fA-F:]*:[0-9a-fA-F]+"`)

// TestWhereTheGuideAndTheEngineDiffer holds every difference that is known. The simulator
// does as the user guide says, and no rule of the product depends on any of them.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html
func TestWhereTheGuideAndTheEngineDiffer(t *testing.T) {
	type row struct {
		pattern, event string
		guide, engine  bool
	}
	rows := map[string]row{
		"numbers are compared as text":                      {`{"a":[300]}`, `{"a":300.0}`, false, true},
		"numbers are excluded as text":                      {`{"a":[{"anything-but":[1]}]}`, `{"a":1.0}`, true, false},
		"numbers end at 5 billion":                          {`{"a":[{"numeric":[">",0]}]}`, `{"a":5000000001}`, false, true},
		"strings are compared letter by letter":             {`{"a":["2001:db8::1"]}`, `{"a":"2001:DB8::1"}`, false, true},
		"a range of IPv4 addresses holds none of IPv6":      {`{"a":[{"cidr":"10.0.0.0/8"}]}`, `{"a":"0a00::1"}`, false, true},
		"an address has no needless zeros":                  {`{"a":[{"cidr":"10.0.0.0/24"}]}`, `{"a":"10.0.0.01"}`, false, true},
		"a letter is one letter, also in another case":      {`{"a":[{"equals-ignore-case":"straße"}]}`, `{"a":"STRASSE"}`, false, true},
		"of a repeated key of an event the last one counts": {`{"a":["x"]}`, `{"a":"x","a":"y"}`, false, true},
	}
	engine := startRuler(t)
	for name, tt := range rows {
		got := engine.ask(t, map[string]string{"p": tt.pattern}, []string{tt.event})
		p, err := pattern.Compile([]byte(tt.pattern))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if ours := p.Match([]byte(tt.event)); ours != tt.guide {
			t.Errorf("%s: the simulator says %v", name, ours)
		}
		if theirs := len(got.Machine[0]) == 1; theirs != tt.engine {
			t.Errorf("%s: Event Ruler says %v now, so that there is no difference any more", name, theirs)
		}
	}
	for _, r := range deploy(t).Rules {
		if found := risky.FindString(r.PatternSource); found != "" {
			t.Errorf("%s has %s, of which the guide and the engine say different things", r.LogicalID, found)
		}
	}
	e2e.Report(t, "patterns", "%d differences between the user guide and Event Ruler, on none of which a rule depends", len(rows))
}
