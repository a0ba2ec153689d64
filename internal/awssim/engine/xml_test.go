package engine_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// kinds has a member of each kind that an answer may have.
type kinds struct {
	Text     string
	Empty    string
	EmptyPtr *string
	Nil      *string
	Yes      bool
	Zero     int
	Omitted  int     `xml:",omitempty"`
	Half     float64 `xml:"theHalf"`
	Blob     []byte
	When     time.Time
	Never    time.Time
	None     []string
	Nothing  []string
	Hidden   string `xml:"-"`
	Inner    *struct{ Name string }
	Map      map[string]int
}

// body posts an empty request of protocol p and returns the answer's body.
func body(t *testing.T, p engine.Protocol, answer any) string {
	t.Helper()
	s := &engine.Service{Name: "x", IAMPrefix: "x", Protocol: p, Version: "v1",
		Operations: map[string]engine.Operation{"Do": {Do: func(*engine.Call) (any, error) {
			if err, ok := answer.(error); ok {
				return nil, err
			}
			return answer, nil
		}}}}
	b := serve(t, s)
	request, err := http.NewRequestWithContext(ctx(t), http.MethodPost, b.url, strings.NewReader("Action=Do&Version=v1"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAADMIN/20260302/eu-central-1/x/aws4_request, SignedHeaders=host, Signature=0")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func answerOfAllKinds() *kinds {
	return &kinds{Text: "a<b", EmptyPtr: new(""), Yes: true, Half: 0.5, Blob: []byte{0xfb, 0xff}, When: time.Date(2026, 3, 2, 3, 0, 0, 5e6, time.UTC),
		None: []string{}, Hidden: "x", Inner: &struct{ Name string }{"n"}, Map: map[string]int{"b": 2, "a": 1}}
}

func TestXMLOfEachKind(t *testing.T) {
	t.Parallel()
	const id = "00000001-0000-4000-8000-000000000001"
	for name, tt := range map[string]struct {
		protocol engine.Protocol
		answer   any
		want     string
	}{
		"EC2": {engine.EC2Query, answerOfAllKinds(), `<DoResponse xmlns="http://x.amazonaws.com/doc/v1/"><requestId>` + id + `</requestId>` +
			`<text>a&lt;b</text><emptyPtr></emptyPtr><yes>true</yes><zero>0</zero><theHalf>0.5</theHalf><blob>+/8=</blob><when>2026-03-02T03:00:00.005Z</when>` +
			`<none></none><nothing></nothing><inner><name>n</name></inner><map><entry><key>a</key><value>1</value></entry><entry><key>b</key><value>2</value></entry></map></DoResponse>`},
		"query": {engine.AWSQuery, answerOfAllKinds(), `<DoResponse xmlns="http://x.amazonaws.com/doc/v1/"><DoResult>` +
			`<Text>a&lt;b</Text><EmptyPtr></EmptyPtr><Yes>true</Yes><Zero>0</Zero><theHalf>0.5</theHalf><Blob>+/8=</Blob><When>2026-03-02T03:00:00.005Z</When>` +
			`<None></None><Inner><Name>n</Name></Inner><Map><entry><key>a</key><value>1</value></entry><entry><key>b</key><value>2</value></entry></Map>` +
			`</DoResult><ResponseMetadata><RequestId>` + id + `</RequestId></ResponseMetadata></DoResponse>`},
		"nothing, EC2":   {engine.EC2Query, nil, `<DoResponse xmlns="http://x.amazonaws.com/doc/v1/"><requestId>` + id + `</requestId></DoResponse>`},
		"nothing, query": {engine.AWSQuery, nil, `<DoResponse xmlns="http://x.amazonaws.com/doc/v1/"><DoResult></DoResult><ResponseMetadata><RequestId>` + id + `</RequestId></ResponseMetadata></DoResponse>`},
		"an error of EC2": {engine.EC2Query, &engine.Error{Code: "C", Message: "m&n"},
			`<Response><Errors><Error><Code>C</Code><Message>m&amp;n</Message></Error></Errors><RequestID>` + id + `</RequestID></Response>`},
		"an error of the caller": {engine.AWSQuery, &engine.Error{Code: "C", Message: "m"},
			`<ErrorResponse xmlns="http://x.amazonaws.com/doc/v1/"><Error><Type>Sender</Type><Code>C</Code><Message>m</Message></Error><RequestId>` + id + `</RequestId></ErrorResponse>`},
		"an error of the service": {engine.AWSQuery, &engine.Error{Code: "C", Message: "m", Status: 503},
			`<ErrorResponse xmlns="http://x.amazonaws.com/doc/v1/"><Error><Type>Receiver</Type><Code>C</Code><Message>m</Message></Error><RequestId>` + id + `</RequestId></ErrorResponse>`},
		"an answer that no protocol knows": {engine.EC2Query, &struct{ F func() }{func() {}},
			`<Response><Errors><Error><Code>InternalFailure</Code><Message>writing the answer of Do: writing &lt;f&gt;: no AWS protocol knows the type func()</Message></Error></Errors><RequestID>` + id + `</RequestID></Response>`},
	} {
		if diff := cmp.Diff(tt.want, body(t, tt.protocol, tt.answer)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
