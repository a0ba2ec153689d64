package template_test

import (
	"os"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim/template"
)

func TestConditionalResources(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		parameters                   map[string]string
		rules, subscriptions, output int
	}{
		"neither":            {nil, 2, 1, 0},
		"the rule":           {map[string]string{"Mode": "auto"}, 3, 1, 0},
		"the subscription":   {map[string]string{"Address": "a@example.com"}, 2, 2, 0},
		"both, so an output": {map[string]string{"Mode": "auto", "Address": "a@example.com"}, 3, 2, 1},
	} {
		s := whole(t, tt.parameters)
		output := 0
		if _, ok := s.Outputs["AutoOnly"]; ok {
			output = 1
		}
		if len(s.Rules) != tt.rules || len(s.Subscriptions) != tt.subscriptions || output != tt.output {
			t.Errorf("%s: got %d rules, %d subscriptions, %d outputs; want %d, %d, %d", name, len(s.Rules), len(s.Subscriptions), output, tt.rules, tt.subscriptions, tt.output)
		}
	}
}

func TestParametersAreHeldToWhatTheTemplateDemands(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/whole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		parameters map[string]string
		says       []string // nothing where the parameters are right
	}{
		"the least number":              {map[string]string{"Workers": "2"}, nil},
		"one below":                     {map[string]string{"Workers": "1"}, []string{"Workers: 1 is out of range"}},
		"the largest number":            {map[string]string{"Workers": "10"}, nil},
		"one above":                     {map[string]string{"Workers": "11"}, []string{"Workers: 11 is out of range"}},
		"no number":                     {map[string]string{"Workers": "four"}, []string{`"four" is no number`}},
		"a value that is allowed":       {map[string]string{"Mode": "auto"}, nil},
		"a value that is not":           {map[string]string{"Mode": "Auto"}, []string{`Mode: "Auto" is not one of observe, auto`}},
		"every element must match":      {map[string]string{"Keys": "arn:aws:kms:a:1:key/1,x"}, []string{`Keys: "x" does not match`}},
		"the pattern is of the whole":   {map[string]string{"Keys": "arn:aws:kms:a:1:key/1 or so"}, []string{"Keys"}},
		"a text of the largest length":  {map[string]string{"Address": strings.Repeat("a", 40)}, nil},
		"a text that is too long":       {map[string]string{"Address": strings.Repeat("a", 41)}, []string{"wrong length"}},
		"a parameter that is not there": {map[string]string{"Colour": "red"}, []string{"Colour: the template has none of this name"}},
		"all mistakes at once":          {map[string]string{"Mode": "x", "Workers": "1", "Colour": "red"}, []string{"Mode", "Workers", "Colour"}},
	} {
		_, err := template.Read(source, options(tt.parameters))
		if (err == nil) != (len(tt.says) == 0) {
			t.Errorf("%s: got %v", name, err)
		}
		for _, says := range tt.says {
			if err != nil && !strings.Contains(err.Error(), says) {
				t.Errorf("%s: got %v, want it to say %s", name, err, says)
			}
		}
	}
}
