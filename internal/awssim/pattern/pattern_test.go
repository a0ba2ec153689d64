package pattern_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim/pattern"
)

// The rules are those of
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func TestMatch(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		pattern string
		match   []string // events that match
		miss    []string // events that do not
	}{
		"a value equals":                {`{"a":["x"]}`, []string{`{"a":"x"}`, `{"a":"x","b":1}`}, []string{`{"a":"X"}`, `{"a":"xy"}`, `{"A":"x"}`, `{}`, `{"a":null}`, `{"a":{"x":"x"}}`}},
		"one of several values":         {`{"a":["x","y"]}`, []string{`{"a":"x"}`, `{"a":"y"}`}, []string{`{"a":"z"}`}},
		"every field counts":            {`{"a":["x"],"b":["y"]}`, []string{`{"a":"x","b":"y"}`}, []string{`{"a":"x"}`, `{"a":"x","b":"x"}`}},
		"a nested field":                {`{"a":{"b":["x"]}}`, []string{`{"a":{"b":"x"}}`}, []string{`{"b":"x"}`, `{"a":"x"}`, `{"a":{"c":"x"}}`}},
		"numbers compare as written":    {`{"a":[300]}`, []string{`{"a":300}`}, []string{`{"a":300.0}`, `{"a":3.0e2}`, `{"a":"300"}`}},
		"booleans":                      {`{"a":[true]}`, []string{`{"a":true}`}, []string{`{"a":false}`, `{"a":"true"}`}},
		"null is null":                  {`{"a":[null]}`, []string{`{"a":null}`}, []string{`{"a":""}`, `{}`, `{"a":"null"}`}},
		"the empty string is no null":   {`{"a":[""]}`, []string{`{"a":""}`}, []string{`{"a":null}`, `{}`, `{"a":" "}`}},
		"a list matches by any element": {`{"a":["x"]}`, []string{`{"a":["y","x"]}`, `{"a":[["x"]]}`}, []string{`{"a":["y"]}`, `{"a":[]}`}},
		"a list of objects too":         {`{"a":{"b":["x"],"c":["y"]}}`, []string{`{"a":[{"b":"1"},{"b":"x","c":"y"}]}`}, []string{`{"a":[{"b":"x"},{"c":"y"}]}`, `{"a":[]}`}},
		"the last of a repeated key":    {`{"a":["x"],"a":["y"]}`, []string{`{"a":"y"}`}, []string{`{"a":"x"}`}},

		"prefix":                    {`{"a":[{"prefix":"Xks"}]}`, []string{`{"a":"XksProxy"}`, `{"a":"Xks"}`}, []string{`{"a":"xksProxy"}`, `{"a":"Xk"}`, `{"a":1}`, `{}`}},
		"prefix without case":       {`{"a":[{"prefix":{"equals-ignore-case":"XKS"}}]}`, []string{`{"a":"xksProxy"}`, `{"a":"XKS"}`}, []string{`{"a":"yXks"}`}},
		"suffix":                    {`{"a":[{"suffix":"Exception"}]}`, []string{`{"a":"XException"}`}, []string{`{"a":"Exceptions"}`, `{"a":"Xexception"}`}},
		"suffix without case":       {`{"a":[{"suffix":{"equals-ignore-case":"exception"}}]}`, []string{`{"a":"XException"}`}, []string{`{"a":"Exceptions"}`}},
		"equals without case":       {`{"a":[{"equals-ignore-case":"Alice"}]}`, []string{`{"a":"ALICE"}`, `{"a":"Alice"}`}, []string{`{"a":"alices"}`, `{}`}},
		"exists":                    {`{"a":[{"exists":true}]}`, []string{`{"a":null}`, `{"a":""}`, `{"a":0}`}, []string{`{}`, `{"b":1}`, `{"a":{}}`, `{"a":{"b":1}}`, `{"a":[]}`}},
		"does not exist":            {`{"a":[{"exists":false}]}`, []string{`{}`, `{"a":[]}`, `{"a":{"b":1}}`}, []string{`{"a":null}`, `{"a":""}`}},
		"a nested field is not":     {`{"a":{"b":[{"exists":false}]}}`, []string{`{}`, `{"a":{}}`, `{"a":"x"}`, `{"a":{"c":1}}`}, []string{`{"a":{"b":1}}`}},
		"absent, or a value":        {`{"a":[{"exists":false},"x"]}`, []string{`{}`, `{"a":"x"}`}, []string{`{"a":"y"}`}},
		"a number equals":           {`{"a":[{"numeric":["=",3.018e2]}]}`, []string{`{"a":301.8}`, `{"a":3.018e2}`}, []string{`{"a":301.9}`, `{"a":"301.8"}`, `{}`}},
		"a number below":            {`{"a":[{"numeric":["<",10]}]}`, []string{`{"a":9.99}`, `{"a":-5}`}, []string{`{"a":10}`}},
		"a number at most":          {`{"a":[{"numeric":["<=",10]}]}`, []string{`{"a":10}`}, []string{`{"a":10.01}`}},
		"a number above":            {`{"a":[{"numeric":[">",10]}]}`, []string{`{"a":10.5}`}, []string{`{"a":10}`}},
		"a number at least":         {`{"a":[{"numeric":[">=",10]}]}`, []string{`{"a":10}`}, []string{`{"a":9}`}},
		"a number out of range":     {`{"a":[{"numeric":[">",0]}]}`, []string{`{"a":5000000000}`}, []string{`{"a":5000000001}`}},
		"a range of numbers":        {`{"a":[{"numeric":[">",0,"<=",5]}]}`, []string{`{"a":1}`, `{"a":5}`}, []string{`{"a":0}`, `{"a":5.1}`, `{"a":6000000000}`}},
		"an IPv4 range":             {`{"a":[{"cidr":"10.0.0.0/24"}]}`, []string{`{"a":"10.0.0.255"}`}, []string{`{"a":"10.0.1.0"}`, `{"a":"AWS Internal"}`, `{"a":1}`}},
		"an IPv6 range":             {`{"a":[{"cidr":"2001:db8::/32"}]}`, []string{`{"a":"2001:db8::1"}`}, []string{`{"a":"2001:db9::1"}`}},
		"a wildcard inside":         {`{"a":[{"wildcard":"Xks*Exception"}]}`, []string{`{"a":"XksException"}`, `{"a":"XksProxyException"}`}, []string{`{"a":"XksProxy"}`, `{"a":"aXksException"}`, `{"a":"XksExceptionX"}`}},
		"wildcards around":          {`{"a":[{"wildcard":"*b*c*"}]}`, []string{`{"a":"bc"}`, `{"a":"abxcd"}`}, []string{`{"a":"cb"}`, `{"a":"b"}`}},
		"pieces do not overlap":     {`{"a":[{"wildcard":"ab*ba"}]}`, []string{`{"a":"abba"}`, `{"a":"abxba"}`}, []string{`{"a":"aba"}`}},
		"an escaped star":           {`{"a":[{"wildcard":"a\\*b\\\\*"}]}`, []string{`{"a":"a*b\\"}`, `{"a":"a*b\\c"}`}, []string{`{"a":"axb\\"}`, `{"a":"a*b"}`}},
		"a wildcard without a star": {`{"a":[{"wildcard":"ab"}]}`, []string{`{"a":"ab"}`}, []string{`{"a":"abc"}`}},
		"anything but":              {`{"a":[{"anything-but":"x"}]}`, []string{`{"a":"y"}`, `{"a":1}`, `{"a":["x","y"]}`}, []string{`{"a":"x"}`, `{}`, `{"a":[]}`, `{"a":["x"]}`}},
		"anything but a list":       {`{"a":[{"anything-but":["x","y"]}]}`, []string{`{"a":"z"}`}, []string{`{"a":"x"}`, `{"a":"y"}`}},
		"anything but numbers":      {`{"a":[{"anything-but":[1,2]}]}`, []string{`{"a":3}`, `{"a":"1"}`}, []string{`{"a":1}`, `{"a":2}`}},
		"anything but a prefix":     {`{"a":[{"anything-but":{"prefix":"Xks"}}]}`, []string{`{"a":"Kms"}`}, []string{`{"a":"XksProxy"}`, `{}`}},
		"anything but prefixes":     {`{"a":[{"anything-but":{"prefix":["Xks","Kms"]}}]}`, []string{`{"a":"Cks"}`}, []string{`{"a":"KmsX"}`}},
		"anything but a suffix":     {`{"a":[{"anything-but":{"suffix":"Exception"}}]}`, []string{`{"a":"x"}`}, []string{`{"a":"XException"}`}},
		"anything but without case": {`{"a":[{"anything-but":{"equals-ignore-case":["alice","bob"]}}]}`, []string{`{"a":"carol"}`}, []string{`{"a":"ALICE"}`, `{"a":"Bob"}`}},
		"anything but wildcards":    {`{"a":[{"anything-but":{"wildcard":["*Proxy*","*Key*"]}}]}`, []string{`{"a":"Kms"}`}, []string{`{"a":"XksProxyX"}`, `{"a":"XksKey"}`}},
		"one of two fields":         {`{"$or":[{"a":["x"]},{"b":["y"]}]}`, []string{`{"a":"x"}`, `{"b":"y"}`, `{"a":"x","b":"z"}`}, []string{`{"a":"y"}`, `{}`}},
		"one of two, and a third":   {`{"c":["z"],"$or":[{"a":["x"]},{"b":["y"]}]}`, []string{`{"a":"x","c":"z"}`}, []string{`{"a":"x"}`, `{"c":"z"}`}},
		"one of two, nested":        {`{"d":{"$or":[{"a":["x"]},{"b":{"c":["y"]}}]}}`, []string{`{"d":{"a":"x"}}`, `{"d":{"b":{"c":"y"}}}`}, []string{`{"d":{"a":"y"}}`, `{"a":"x"}`}},

		// Where the guide is silent: what Event Ruler answers, whose README says of lists that
		// the fields of one element belong together, and of exists that it looks at leaves.
		"a name with a dot is a path":                    {`{"a.b":["x"]}`, []string{`{"a":{"b":"x"}}`, `{"a.b":"x"}`}, []string{`{"a":"x"}`}},
		"a path is a name with a dot":                    {`{"a":{"b":["x"]}}`, []string{`{"a.b":"x"}`}, []string{`{"b":"x"}`}},
		"one path spelled twice, the later counts":       {`{"a":{"b":["x"]},"a.b":["y"]}`, []string{`{"a":{"b":"y"}}`}, []string{`{"a":{"b":"x"}}`}},
		"a repeated object is one":                       {`{"a":{"b":["x"]},"a":{"c":["y"]}}`, []string{`{"a":{"b":"x","c":"y"}}`}, []string{`{"a":{"b":"x"}}`, `{"a":{"c":"y"}}`}},
		"a scalar beside an object in a list":            {`{"a":{"b":["x"]}}`, []string{`{"a":["q",{"b":"x"}]}`, `{"a":[["q"],[{"b":["r","x"]}]]}`}, []string{`{"a":["q",{"c":"x"}]}`}},
		"a list of lists of objects":                     {`{"a":{"b":["x"],"c":["y"]}}`, []string{`{"a":[[{"b":"x","c":"y"}]]}`}, []string{`{"a":[[{"b":"x"},{"c":"y"}]]}`, `{"a":[[{"b":"x"}],[{"c":"y"}]]}`}},
		"lists within elements":                          {`{"a":{"b":{"c":["x"],"d":["y"]}}}`, []string{`{"a":[{"b":[{"c":1},{"c":"x","d":"y"}]}]}`}, []string{`{"a":[{"b":[{"c":"x"},{"d":"y"}]}]}`}},
		"one element that is not the first":              {`{"a":{"b":["x"],"c":["y"]}}`, []string{`{"a":[{"b":"x"},{"b":"x","c":"y"}]}`}, []string{`{"a":[{"b":"x"},{"b":"z","c":"y"}]}`}},
		"a field that no element has":                    {`{"a":{"b":[{"exists":false}]}}`, []string{`{"a":[{"c":1},{"c":2}]}`}, []string{`{"a":[{"b":1},{"c":2}]}`}},
		"a scalar goes with every element of its list":   {`{"a":["x"],"a.b":["y"]}`, []string{`{"a":["x",{"b":"y"}]}`, `{"a":["x",[{"b":"y"}]]}`}, []string{`{"a":[["x"],{"b":"y"}]}`}},
		"absent from the element of an earlier field":    {`{"a":{"b":["x"],"c":[{"exists":false}]}}`, []string{`{"a":[{"b":"x"},{"c":"y"}]}`, `{"a":[{"b":"x","c":1},{"b":"x"}]}`}, []string{`{"a":[{"b":"x","c":"y"}]}`, `{"a":[{"b":"z"},{"b":"x","c":"y"}]}`}},
		"absent before a later field is of all elements": {`{"a":{"b":[{"exists":false}],"c":["y"]}}`, []string{`{"a":[{"c":"y"},{"c":"z"}]}`}, []string{`{"a":[{"b":"x"},{"c":"y"}]}`}},
		"one of two, and a sibling of the first":         {`{"$or":[{"a":{"b":["x"]}},{"z":[1]}],"a":{"c":["y"]}}`, []string{`{"a":[{"b":"x","c":"y"}]}`, `{"a":[{"c":"y"}],"z":1}`}, []string{`{"a":[{"b":"x"},{"c":"y"}]}`}},
		"$or after a field replaces it":                  {`{"a":["x"],"$or":[{"a":["y"]},{"b":["z"]}]}`, []string{`{"a":"y"}`, `{"a":"x","b":"z"}`}, []string{`{"a":"x"}`, `{"b":"z"}`}},
		"a field after $or replaces what is there":       {`{"$or":[{"a":["y"]},{"b":["z"]}],"a":["x"]}`, []string{`{"a":"x"}`}, []string{`{"a":"y"}`}},
		"a repeated $or is two":                          {`{"$or":[{"a":["x"]},{"b":["y"]}],"$or":[{"c":["x"]},{"d":["y"]}]}`, []string{`{"a":"x","d":"y"}`}, []string{`{"a":"x"}`, `{"c":"x"}`}},
		"$or within $or":                                 {`{"$or":[{"$or":[{"a":[1]},{"b":[1]}]},{"c":["x"]}]}`, []string{`{"b":1}`, `{"c":"x"}`}, []string{`{"a":2}`}},
		"an operator's name is a field outside of it":    {`{"a":{"prefix":["x"]}}`, []string{`{"a":{"prefix":"x"}}`}, []string{`{"a":"x"}`}},
		"a letter in any case is no look-alike":          {`{"a":[{"equals-ignore-case":"k"}]}`, []string{`{"a":"K"}`}, []string{`{"a":"\u212a"}`}},
		"a look-alike has its own lower case":            {`{"a":[{"equals-ignore-case":"\u212a"}]}`, []string{`{"a":"k"}`, `{"a":"\u212a"}`}, []string{`{"a":"K"}`}},
		"a prefix of letters with accents":               {`{"a":[{"prefix":{"equals-ignore-case":"É"}}]}`, []string{`{"a":"éa"}`, `{"a":"É"}`}, []string{`{"a":"ea"}`, `{"a":""}`}},

		"what is no object":          {`{"a":[{"exists":false}]}`, []string{`{}`}, []string{`[]`, `"a"`, ``, `{`, `null`}},
		"several operators of a key": {`{"a":[{"prefix":"x"},{"suffix":"y"}]}`, []string{`{"a":"xa"}`, `{"a":"ay"}`}, []string{`{"a":"ab"}`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := pattern.Compile([]byte(tt.pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, event := range tt.match {
				if !p.Match([]byte(event)) {
					t.Errorf("%s does not match %s", tt.pattern, event)
				}
			}
			for _, event := range tt.miss {
				if p.Match([]byte(event)) {
					t.Errorf("%s matches %s", tt.pattern, event)
				}
			}
		})
	}
}

func TestMatchOfATreeThatWasNeverText(t *testing.T) {
	t.Parallel()
	p, err := pattern.Compile([]byte(`{"detail":{"errorCode":[{"prefix":"Xks"}],"n":[{"numeric":[">",1]}],"m":[7]}}`))
	if err != nil {
		t.Fatal(err)
	}
	event := map[string]any{"detail": map[string]any{"errorCode": "XksProxy", "n": 1.5, "m": 7}}
	if !p.Match(event) {
		t.Errorf("%v does not match", event)
	}
	event["detail"].(map[string]any)["n"] = 1.0
	if p.Match(event) {
		t.Errorf("%v matches", event)
	}
}

func TestPatternsThatEventBridgeRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ pattern, says string }{
		"an operator that is not known":      {`{"a":[{"contains":"x"}]}`, `a: unknown operator "contains"`},
		"one nested in another":              {`{"a":[{"prefix":{"suffix":"x"}}]}`, `unknown operator "suffix" in prefix`},
		"one within anything-but":            {`{"a":[{"anything-but":{"numeric":["=",1]}}]}`, `unknown operator "numeric"`},
		"two operators in one object":        {`{"a":[{"prefix":"x","suffix":"y"}]}`, `stands alone`},
		"a value without its list":           {`{"a":{"b":"x"}}`, `a.b: must be an object or a list`},
		"an empty list":                      {`{"a":[]}`, `a: an empty list`},
		"an empty object":                    {`{"a":{}}`, `a: an empty object`},
		"an empty pattern":                   {`{}`, `an empty object`},
		"a list within a list":               {`{"a":[["x"]]}`, `a list within a list`},
		"no object":                          {`["a"]`, `no JSON object`},
		"no JSON":                            {`{"a"`, `compiling event pattern`},
		"exists of a text":                   {`{"a":[{"exists":"true"}]}`, `exists must be`},
		"prefix of a number":                 {`{"a":[{"prefix":1}]}`, `prefix must be a string`},
		"equals-ignore-case of a list":       {`{"a":[{"equals-ignore-case":["x"]}]}`, `must be a string`},
		"anything-but of both kinds":         {`{"a":[{"anything-but":["x",1]}]}`, `not both`},
		"anything-but of a boolean":          {`{"a":[{"anything-but":true}]}`, `strings or numbers`},
		"anything-but of nothing":            {`{"a":[{"anything-but":[]}]}`, `of nothing`},
		"a comparison that is not known":     {`{"a":[{"numeric":["!=",1]}]}`, `comparison !=`},
		"a comparison with a text":           {`{"a":[{"numeric":["=","1"]}]}`, `followed by a number`},
		"a comparison without a number":      {`{"a":[{"numeric":["="]}]}`, `one or two comparisons`},
		"a number out of range":              {`{"a":[{"numeric":["=",5000000001]}]}`, `out of EventBridge's range`},
		"a range upside down":                {`{"a":[{"numeric":[">",5,"<",1]}]}`, `lower bound`},
		"a range the wrong way":              {`{"a":[{"numeric":["<",5,">",1]}]}`, `lower bound`},
		"a range that is none":               {`{"a":[{"cidr":"10.0.0.0"}]}`, `cidr "10.0.0.0"`},
		"two stars":                          {`{"a":[{"wildcard":"a**b"}]}`, `two stars`},
		"a backslash before a letter":        {`{"a":[{"wildcard":"a\\b"}]}`, `backslash`},
		"a backslash at the end":             {`{"a":[{"wildcard":"a\\"}]}`, `backslash`},
		"$or of no list":                     {`{"$or":{"a":["x"]}}`, `$or: must be a list`},
		"$or of values":                      {`{"$or":["x"]}`, `$or: must be a list`},
		"$or of nothing":                     {`{"$or":[]}`, `$or: must be a list`},
		"$or of one":                         {`{"$or":[{"a":["x"]}]}`, `at least two`},
		"$or of fields like operators":       {`{"$or":[{"a":{"prefix":["x"]}},{"b":["x"]}]}`, `no field below $or is named prefix`},
		"an empty object inside $or":         {`{"$or":[{},{"a":["x"]}]}`, `$or: an empty object`},
		"anything-but an empty prefix":       {`{"a":[{"anything-but":{"prefix":""}}]}`, `an empty prefix`},
		"anything-but an empty suffix":       {`{"a":[{"anything-but":{"suffix":["x",""]}}]}`, `an empty suffix`},
		"anything-but without case inside":   {`{"a":[{"anything-but":{"prefix":{"equals-ignore-case":"x"}}}]}`, `prefix must be a string`},
		"a range of one IPv4 address":        {`{"a":[{"cidr":"10.0.0.1/32"}]}`, `one address`},
		"a range of one IPv6 address":        {`{"a":[{"cidr":"2001:db8::1/128"}]}`, `one address`},
		"one operator twice":                 {`{"a":[{"prefix":"x","prefix":"y"}]}`, `stands alone`},
		"more than one pattern":              {`{"a":["x"]} {"a":["x"]}`, `compiling event pattern`},
		"a fault inside $or":                 {`{"$or":[{"a":["x"]},{"b":[{"like":"y"}]}]}`, `$or.b: unknown operator "like"`},
		"a pattern over 2,048 characters":    {`{"a":["` + strings.Repeat("x", 2039) + `"]}`, `2049 characters`},
		"$or of more than 1,000 combination": {`{` + strings.Join([]string{or("a", 11), or("b", 10), or("c", 10)}, ",") + `}`, `1100 combinations`},
	} {
		if _, err := pattern.Compile([]byte(tt.pattern)); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want an error that says %s", name, err, tt.says)
		}
	}
}

// or is an object named key with a $or of n alternatives.
func or(key string, n int) string {
	alternatives := make([]string, n)
	for i := range alternatives {
		alternatives[i] = fmt.Sprintf(`{"k":[%d]}`, i)
	}
	return fmt.Sprintf(`%q:{"$or":[%s]}`, key, strings.Join(alternatives, ","))
}

func TestPatternsAtTheirBounds(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"2,048 characters":             `{"a":["` + strings.Repeat("x", 2038) + `"]}`,
		"white space does not count":   `{"a": ["` + strings.Repeat("x", 2038) + `"]}`,
		"1,000 combinations of $or":    `{` + strings.Join([]string{or("a", 10), or("b", 10), or("c", 10)}, ",") + `}`,
		"the largest number":           `{"a":[{"numeric":["<=",5000000000]}]}`,
		"a range of one kind of bound": `{"a":[{"numeric":[">=",1,"<",2]}]}`,
	} {
		if _, err := pattern.Compile([]byte(source)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzCompile holds that nothing makes Compile or Match panic, and that matching a decoded
// event and its text is the same.
func FuzzCompile(f *testing.F) {
	f.Add(`{"a":[{"wildcard":"a*b\\*"},{"anything-but":{"prefix":["x"]}},{"numeric":[">",0,"<=",5]}]}`, `{"a":["axb",3]}`)
	f.Add(`{"$or":[{"a":[null,""]},{"b":{"c":[{"exists":false}]}}],"d":[{"cidr":"::/0"}]}`, `{"a":null,"b":[{"c":1}]}`)
	f.Fuzz(func(t *testing.T, source, event string) {
		p, err := pattern.Compile([]byte(source))
		if err != nil {
			return
		}
		decoder := json.NewDecoder(strings.NewReader(event))
		decoder.UseNumber()
		var tree any
		if decoder.Decode(&tree) != nil || decoder.More() {
			return
		}
		if text, decoded := p.Match([]byte(event)), p.Match(tree); text != decoded {
			t.Errorf("%s on %s: %v as text, %v decoded", source, event, text, decoded)
		}
	})
}
