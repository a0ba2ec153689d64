package collect

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// probeTimeout bounds one invocation: the probe itself ends within ten seconds, and its first
// start in a VPC takes a few more.
const probeTimeout = 15 * time.Second

// startProbe invokes the probe as soon as there is an address to go to. It takes longer than any
// round of reads, so that they go on beside it; takeProbe has the answer.
func (s *survey) startProbe() {
	request := s.probeRequest()
	if s.probeFunction == "" || s.probed.asked || len(request.Addrs) == 0 || request.Name == "" {
		return
	}
	s.probed.question, s.probed.asked = s.probeQuestion(), true
	s.aside(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, probeTimeout)
		defer cancel()
		s.probed.value, s.probed.err = s.invokeProbe(ctx, request)
	})
}

// takeProbe keeps what the probe saw. Where it had nowhere to go because something was not
// read, that is a gap; where there is nothing to go to, it is none.
func (s *survey) takeProbe() {
	switch {
	case s.probeFunction == "":
	case s.probed.asked:
		if !note(s, s.probed) {
			s.out.Probe = &s.probed.value
		}
	default:
		if by, unread := s.out.Gap(path.KeyStorePart, path.ServicePart, path.NodesPart); unread {
			s.blocked(by, path.ProbePart)
		}
	}
}

func (s *survey) probeQuestion() question {
	return question{path.ProbePart, "lambda:InvokeFunction", s.probeARN()}
}

// probeARN is what a statement that grants the invocation names: the probe alone.
func (r *Reader) probeARN() path.ARN {
	if strings.HasPrefix(r.probeFunction, "arn:") {
		return path.ARN(r.probeFunction)
	}
	return path.ARN("arn:" + r.partition + ":lambda:" + r.region + ":" + r.account + ":function:" + r.probeFunction)
}

// probeRequest asks for every node that was found, by the name that AWS KMS asks for.
func (s *survey) probeRequest() path.ProbeRequest {
	r := path.ProbeRequest{Version: path.ProbeVersion, Port: 443}
	endpoint := s.out.Requested.UriEndpoint
	if k := s.out.KeyStore; k != nil {
		endpoint, r.UriPath = k.UriEndpoint, k.UriPath
	}
	r.Name = strings.TrimPrefix(endpoint, "https://")
	if s.out.Service != nil {
		r.Name = cmp.Or(s.out.Service.PrivateDnsName, r.Name)
	}
	for _, lb := range s.out.LoadBalancers {
		for _, id := range lb.Nodes {
			if addrs := s.found[id].Addrs; len(addrs) > 0 && addrs[0].Is4() {
				r.Addrs = append(r.Addrs, addrs[0])
			}
		}
	}
	slices.SortFunc(r.Addrs, netip.Addr.Compare)
	r.Addrs = slices.Compact(r.Addrs)
	r.Addrs = r.Addrs[:min(len(r.Addrs), path.MaxProbed)]
	return r
}

// invokeProbe waits for the probe's answer. A function that failed answers 200 and says so
// in a field.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func (r *Reader) invokeProbe(ctx context.Context, request path.ProbeRequest) (path.Probe, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return path.Probe{}, fmt.Errorf("writing the probe's request: %w", err)
	}
	out, err := r.lambda.Invoke(ctx, &lambda.InvokeInput{FunctionName: &r.probeFunction, Payload: body})
	if err != nil {
		return path.Probe{}, err
	}
	if failed := aws.ToString(out.FunctionError); failed != "" {
		var said struct {
			Message string `json:"errorMessage"`
		}
		_ = json.Unmarshal(out.Payload, &said) // without it, that it failed is all that is known
		return path.Probe{}, fmt.Errorf("the probe function failed: %s", cmp.Or(said.Message, failed))
	}
	var probe path.Probe
	if err := json.Unmarshal(out.Payload, &probe); err != nil {
		return path.Probe{}, fmt.Errorf("reading the probe's answer: %w", err)
	}
	if probe.Version != path.ProbeVersion {
		return path.Probe{}, fmt.Errorf("the probe answers in version %d, not %d: deploy diagnose and probe together", probe.Version, path.ProbeVersion)
	}
	return probe, nil
}
