// Package probe looks at an external key store proxy from inside the VPC, as AWS KMS would:
// TCP to each node of the load balancer, TLS, and one request without credentials. It holds
// no AWS client and no secret, and it judges nothing: what it saw goes back to diagnose.
package probe

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"sync"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// The bounds of a probe. Two waves of atOnce addresses are through within whole.
const (
	whole   = 10 * time.Second
	perNode = 3 * time.Second
	atOnce  = 8
)

// A Prober is the handler of functions/probe. Its zero value works on the real network.
type Prober struct {
	Dial  func(ctx context.Context, network, addr string) (net.Conn, error) // net.Dialer's where nil
	Roots *x509.CertPool                                                    // the system's where nil
	Now   func() time.Time                                                  // time.Now where nil
	Log   *slog.Logger                                                      // slog.Default where nil
}

// Handle probes every address of a request, some at a time, and returns what it saw of each,
// in the request's order. An error means that the request makes no sense; what is wrong with
// the proxy never is one.
func (p Prober) Handle(ctx context.Context, r path.ProbeRequest) (path.Probe, error) {
	if err := check(r); err != nil {
		return path.Probe{}, fmt.Errorf("reading the request: %w", err)
	}
	p = p.complete()
	ctx, cancel := context.WithTimeout(ctx, whole)
	defer cancel()
	out := path.Probe{Version: path.ProbeVersion, Name: r.Name, At: p.Now().UTC(), Nodes: make([]path.ProbedNode, len(r.Addrs))}
	began := p.Now()
	var all sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for i, addr := range r.Addrs {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			out.Nodes[i] = p.node(ctx, r, netip.AddrPortFrom(addr, uint16(r.Port)))
		})
	}
	all.Wait()
	out.Took = p.Now().Sub(began)
	p.Log.InfoContext(ctx, "proxy probed", "incident", "", "name", r.Name, "addresses", len(r.Addrs), "milliseconds", out.Took.Milliseconds())
	return out, nil
}

func (p Prober) complete() Prober {
	if p.Dial == nil {
		p.Dial = new(net.Dialer).DialContext
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Log == nil {
		p.Log = slog.Default()
	}
	return p
}

// What may enter a handshake and an HTTP request: a DNS name, and a path by AWS KMS's own rule.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_XksProxyConfigurationType.html
var (
	dnsName = regexp.MustCompile(`^[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$`)
	uriPath = regexp.MustCompile(`^(/[A-Za-z0-9/_-]+)?/kms/xks/v1$`)
)

// check returns every mistake of a request.
func check(r path.ProbeRequest) error {
	var wrong []error
	if r.Version != path.ProbeVersion {
		wrong = append(wrong, fmt.Errorf("version %d is not %d: deploy diagnose and probe together", r.Version, path.ProbeVersion))
	}
	if len(r.Name) > 253 || !dnsName.MatchString(r.Name) {
		wrong = append(wrong, fmt.Errorf("%q is no DNS name", r.Name))
	}
	if r.UriPath != "" && (len(r.UriPath) > 128 || !uriPath.MatchString(r.UriPath)) {
		wrong = append(wrong, fmt.Errorf("%q is no XKS proxy URI path", r.UriPath))
	}
	if r.Port < 1 || r.Port > 65535 {
		wrong = append(wrong, fmt.Errorf("port %d is none", r.Port))
	}
	if len(r.Addrs) == 0 || len(r.Addrs) > path.MaxProbed {
		wrong = append(wrong, fmt.Errorf("%d addresses are not 1 to %d", len(r.Addrs), path.MaxProbed))
	}
	for _, a := range r.Addrs {
		if !a.Is4() {
			wrong = append(wrong, fmt.Errorf("%s is no IPv4 address, and AWS KMS speaks no other", a))
		}
	}
	return errors.Join(wrong...)
}
