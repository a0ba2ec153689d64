package collect_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/collect"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

const probeFunction = "xks-remediator-ProbeFunction"

// A lambdaService answers Invoke as AWS Lambda does (restJson1), and all else by the simulator.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
type lambdaService struct {
	rest http.Handler

	mu    sync.Mutex
	asked []path.ProbeRequest

	status int    // 200 where zero
	kind   string // X-Amzn-Errortype, of a status that is none of success
	failed string // X-Amz-Function-Error
	answer string
}

func (l *lambdaService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/2015-03-31/functions/"+probeFunction+"/invocations" {
		l.rest.ServeHTTP(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	var request path.ProbeRequest
	_ = json.Unmarshal(body, &request)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, request)
	if l.kind != "" {
		w.Header().Set("X-Amzn-Errortype", l.kind)
	}
	if l.failed != "" {
		w.Header().Set("X-Amz-Function-Error", l.failed)
	}
	if l.status != 0 {
		w.WriteHeader(l.status)
	}
	_, _ = io.WriteString(w, l.answer)
}

// withLambda puts l before the simulator, and configures the probe.
func (s *sim) withLambda(t *testing.T, l *lambdaService) func(*collect.Options) {
	t.Helper()
	l.rest = s.Server
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	s.Config.BaseEndpoint = aws.String(server.URL)
	return func(o *collect.Options) { o.ProbeFunction = probeFunction }
}

const seen = `{"version":1,"name":"payments-hsm.xks.example.com","at":"2026-03-02T03:00:00Z","took":5,
	"nodes":[{"addr":"10.0.1.5:443","tcp":{"took":1}},{"addr":"10.0.2.5:443","tcp":{"fault":"refused","took":2}}]}`

func TestTheProbeIsAskedForEveryNodeByItsName(t *testing.T) {
	t.Parallel()
	s := newSim(t, network.Options{})
	s.PageSize = 0
	want := s.healthy()
	l := &lambdaService{answer: seen}
	configured := s.withLambda(t, l)
	got := s.look(t, configured)
	asked := path.ProbeRequest{Version: path.ProbeVersion, Name: "payments-hsm.xks.example.com", UriPath: s.KeyStore.URIPath, Port: 443}
	for _, n := range s.Nodes {
		asked.Addrs = append(asked.Addrs, n.Primary())
	}
	if d := cmp.Diff([]path.ProbeRequest{asked}, l.asked, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
		t.Errorf("asked: want (-), got (+):\n%s", d)
	}
	// One call more, and no round: the reads go on beside it.
	want.Stats.Calls++
	want.Probe = &path.Probe{}
	if err := json.Unmarshal([]byte(seen), want.Probe); err != nil {
		t.Fatal(err)
	}
	if d := difference(want, got); d != "" {
		t.Errorf("want (-), got (+):\n%s", d)
	}
}

func TestAProbeThatDoesNotAnswerIsAGapOfItsOwn(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lambda  *lambdaService
		cause   path.Cause
		message string
	}{
		"it may not be invoked":     {&lambdaService{status: 403, kind: "AccessDeniedException", answer: `{"Message":"not authorized to perform: lambda:InvokeFunction"}`}, path.AccessDenied, "not authorized"},
		"throttled":                 {&lambdaService{status: 429, kind: "TooManyRequestsException", answer: `{"Reason":"ConcurrentInvocationLimitExceeded","message":"Rate Exceeded."}`}, path.Throttled, "Rate Exceeded"},
		"there is no such function": {&lambdaService{status: 404, kind: "ResourceNotFoundException", answer: `{"Message":"Function not found"}`}, path.NotVisible, "not found"},
		"Lambda itself fails":       {&lambdaService{status: 500, kind: "ServiceException", answer: `{"Message":"broken"}`}, path.Unreadable, "broken"},
		"it runs into its timeout":  {&lambdaService{failed: "Unhandled", answer: `{"errorMessage":"Task timed out after 15.00 seconds"}`}, path.Unreadable, "Task timed out"},
		"it refuses the request":    {&lambdaService{failed: "Unhandled", answer: `{"errorType":"wrapError","errorMessage":"reading the request: version 1 is not 2"}`}, path.Unreadable, "version 1 is not 2"},
		"it fails without a word":   {&lambdaService{failed: "Unhandled", answer: `nonsense`}, path.Unreadable, "Unhandled"},
		"it answers nonsense":       {&lambdaService{answer: `<html>`}, path.Unreadable, "reading the probe's answer"},
		"it is of another version":  {&lambdaService{answer: strings.Replace(seen, `"version":1`, `"version":2`, 1)}, path.Unreadable, "version 2, not 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, network.Options{})
			got := s.look(t, s.withLambda(t, tt.lambda))
			if d := cmp.Diff([]told{{path.ProbePart, "lambda:InvokeFunction", tt.cause}}, gaps(got)); d != "" {
				t.Errorf("gaps: want (-), got (+):\n%s", d)
			}
			if got.Probe != nil || !strings.Contains(got.Gaps[0].Message, tt.message) || got.Gaps[0].On != "arn:aws:lambda:eu-central-1:111122223333:function:"+probeFunction {
				t.Errorf("got probe %+v, gap %+v; want %q in it", got.Probe, got.Gaps[0], tt.message)
			}
		})
	}
}

func TestTheProbeIsInvokedOnlyWhereItIsConfiguredAndHasSomewhereToGo(t *testing.T) {
	t.Parallel()
	node := path.Gap{Part: path.ProbePart, Action: "ec2:DescribeNetworkInterfaces", Cause: path.Unreadable}
	tests := map[string]struct {
		edit       func(*sim)
		configured bool
		asked      int
		gap        path.Gap
	}{
		"not configured": {func(*sim) {}, false, 0, path.Gap{}},
		"configured":     {func(*sim) {}, true, 1, path.Gap{}},
		"described in other words": {func(s *sim) {
			for _, n := range s.Nodes {
				n.Description = "a node"
			}
		}, true, 1, path.Gap{}},
		"nodes may not be read":            {func(s *sim) { s.denied["ec2:DescribeNetworkInterfaces"] = true }, true, 0, node},
		"the endpoint service is gone":     {func(s *sim) { s.DeleteService(s.Service) }, true, 0, path.Gap{}},
		"a key store of a public endpoint": {func(s *sim) { s.KeyStore.Connectivity, s.KeyStore.ServiceName = "PUBLIC_ENDPOINT", "" }, true, 0, path.Gap{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(t, network.Options{})
			tt.edit(s)
			l := &lambdaService{answer: seen}
			configured := s.withLambda(t, l)
			if !tt.configured {
				configured = func(*collect.Options) {}
			}
			got := s.look(t, configured)
			if len(l.asked) != tt.asked || (got.Probe != nil) != (tt.asked > 0) {
				t.Errorf("invoked %d times, want %d; got %+v", len(l.asked), tt.asked, got.Probe)
			}
			gap, _ := got.Gap(path.ProbePart)
			if gap.Action != tt.gap.Action || gap.Cause != tt.gap.Cause {
				t.Errorf("got gap %+v, want %+v", gap, tt.gap)
			}
		})
	}
}
