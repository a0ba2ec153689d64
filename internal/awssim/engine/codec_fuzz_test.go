package engine_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// everything has a member of each kind that a request may have.
type everything struct {
	Text    string
	Pointer *string
	Flag    bool
	Whole   int32
	Count   uint8
	Real    float64
	When    time.Time
	Blob    []byte
	List    []string
	Nested  struct{ Text string }
	Nesteds []struct{ List []int }
	Map     map[string]struct{ Text string }
	Any     any
}

// post sends body to a service of protocol p whose one operation binds everything, and
// returns the answer's status.
func post(p engine.Protocol, body string) (status int, bound error) {
	iam := engine.NewIAM(region, account)
	iam.Add(engine.Principal{Name: "admin", KeyID: "AKIA", Unbound: true})
	s := &engine.Service{Name: "x", IAMPrefix: "x", Protocol: p, Version: "v", Targets: []string{"X."}}
	s.Operations = map[string]engine.Operation{"Do": {Do: func(c *engine.Call) (any, error) {
		var in everything
		bound = c.Bind(&in)
		return &in, bound
	}}}
	server := engine.NewServer(engine.Options{Lock: &sync.Mutex{}, Clock: engine.NewClock(start), Region: region, Services: []*engine.Service{s}, Principals: iam, Lenient: true})
	request := httptest.NewRequest(http.MethodPost, "/service/X/operation/Do", strings.NewReader(body))
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20260302/eu-central-1/x/aws4_request")
	request.Header.Set("X-Amz-Target", "X.Do")
	recorder := httptest.NewRecorder()
	server.ServeHTTP(recorder, request)
	return recorder.Code, bound
}

func TestParametersThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		protocol engine.Protocol
		body     string
		says     string
	}{
		"a text that is a number, JSON":        {engine.JSON11, `{"Text":1}`, "Text"},
		"a number that is a text, JSON":        {engine.JSON11, `{"Whole":"1"}`, "Whole"},
		"a number too large, JSON":             {engine.JSON11, `{"Count":256}`, "Count"},
		"a fraction of a whole, JSON":          {engine.JSON11, `{"Whole":1.5}`, "Whole"},
		"a boolean that is a text, JSON":       {engine.JSON11, `{"Flag":"true"}`, "Flag"},
		"a blob that is no base64, JSON":       {engine.JSON11, `{"Blob":"*"}`, "Blob"},
		"a time that is a text, JSON":          {engine.JSON11, `{"When":"2026-03-02T03:00:00Z"}`, "When"},
		"a list that is none, JSON":            {engine.JSON11, `{"List":{}}`, "List"},
		"a structure that is none, JSON":       {engine.JSON11, `{"Nested":[]}`, "Nested"},
		"a fault deep down, JSON":              {engine.JSON11, `{"Nesteds":[{},{"List":[1,"x"]}]}`, "Nesteds.2.List.2"},
		"no JSON":                              {engine.JSON11, `{`, "SerializationException"},
		"a text that is a number, CBOR":        {engine.RPCv2CBOR, "\xa1\x64Text\x01", "Text"},
		"a number that is a text, CBOR":        {engine.RPCv2CBOR, "\xa1\x65Whole\x611", "Whole"},
		"a fraction of a whole, CBOR":          {engine.RPCv2CBOR, "\xa1\x65Whole\xfa\x3f\xc0\x00\x00", "Whole"}, // 1.5
		"a list that is none, CBOR":            {engine.RPCv2CBOR, "\xa1\x64List\xa0", "List"},
		"CBOR that is cut off":                 {engine.RPCv2CBOR, "\xa1\x64Text", "SerializationException"},
		"CBOR that is no structure":            {engine.RPCv2CBOR, "\x80", "a structure"},
		"a number that is a text, EC2":         {engine.EC2Query, "Action=Do&Whole=x", "Whole"},
		"a boolean that is none, EC2":          {engine.EC2Query, "Action=Do&Flag=maybe", "Flag"},
		"a list that is one value, EC2":        {engine.EC2Query, "Action=Do&List=x", "List"},
		"a list with a name for a number, EC2": {engine.EC2Query, "Action=Do&List.one=x", "List"},
		"a list numbered from nought, EC2":     {engine.EC2Query, "Action=Do&List.0=x", "List"},
		"a list as the other protocol has it":  {engine.EC2Query, "Action=Do&List.member.1=x", "List"},
		"a list as EC2 has it":                 {engine.AWSQuery, "Action=Do&List.1=x", "List.member.1"},
		"one value that has parts":             {engine.AWSQuery, "Action=Do&Text.a=x", "Text"},
		"a map without key":                    {engine.AWSQuery, "Action=Do&Map.entry.1.value.Text=x", "Map"},
		"a time that is none":                  {engine.AWSQuery, "Action=Do&When=yesterday", "When"},
		"a key too deep":                       {engine.AWSQuery, "Action=Do&" + strings.Repeat("a.", 20) + "b=x", "too deep"},
		"a key too long":                       {engine.AWSQuery, "Action=Do&" + strings.Repeat("a", 600) + "=x", "too long"},
	} {
		status, bound := post(tt.protocol, tt.body)
		if e, ok := errors.AsType[*engine.Error](bound); status != http.StatusBadRequest || !ok || !strings.Contains(e.Error(), tt.says) {
			t.Errorf("%s: got status %d, %v; want 400 and %s", name, status, bound, tt.says)
		}
	}
}

func TestAListCannotBeMadeLongByItsNumbers(t *testing.T) {
	t.Parallel()
	if status, bound := post(engine.EC2Query, "Action=Do&List.999999999=x&List.3=y"); status != http.StatusOK || bound != nil {
		t.Errorf("got status %d, %v", status, bound)
	}
}

func TestABodyThatIsTooLongIsRefused(t *testing.T) {
	t.Parallel()
	if status, _ := post(engine.JSON11, `{"Text":"`+strings.Repeat("x", 6<<20)+`"}`); status != http.StatusRequestEntityTooLarge {
		t.Errorf("got status %d", status)
	}
}

// FuzzBind holds that no body makes the codecs panic or answer with a fault of their own.
func FuzzBind(f *testing.F) {
	for _, seed := range []string{
		`{"Text":"a","Pointer":"b","Flag":true,"Whole":1,"Real":1.5,"When":1.7e9,"Blob":"AA==","List":["x"],"Nested":{"Text":"y"},"Map":{"k":{"Text":"z"}},"Any":[null]}`,
		"Action=Do&Text=a&List.1=x&List.2=y&Nested.Text=y&Nesteds.1.List.1=5&When=2026-03-02T03:00:00Z",
		"Action=Do&List.member.1=x&Map.entry.1.key=k&Map.entry.1.value.Text=z&Map.entry.2.Name=k&Map.entry.2.Value.Text=z",
		"Action=Do&List=&Map=&Nested=&Any=x",
		"\xbf\x64Text\x61a\x65Whole\x20\x64When\xc1\x1a\x69\xa4\xfb\xa0\x64Blob\x41\x00\x64List\x9f\x61x\xff\x63Map\xa1\x61k\xa1\x64Text\x61z\x63Any\x81\xf6\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, p := range []engine.Protocol{engine.JSON10, engine.EC2Query, engine.AWSQuery, engine.RPCv2CBOR} {
			if status, bound := post(p, body); status >= http.StatusInternalServerError {
				t.Errorf("protocol %d: status %d, %v", p, status, bound)
			}
		}
	})
}
