package probe

import (
	"context"
	"net"
	"net/netip"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// node goes one step after the other to one address, as far as it gets within perNode.
func (p Prober) node(ctx context.Context, r path.ProbeRequest, addr netip.AddrPort) path.ProbedNode {
	ctx, cancel := context.WithTimeout(ctx, perNode)
	defer cancel()
	out := path.ProbedNode{Addr: addr}
	conn, step := p.connect(ctx, addr)
	out.TCP = step
	if conn == nil {
		return out
	}
	first := p.handshake(ctx, conn, r.Name, current())
	out.TLS = &first.seen
	if first.session != nil {
		answer := p.ask(first.session, r)
		out.Answer = &answer
	}
	_ = conn.Close() // what was to be seen was seen
	p.otherVersions(ctx, r.Name, addr, out.TLS)
	return out
}

// connect opens a TCP connection that ends with ctx.
func (p Prober) connect(ctx context.Context, addr netip.AddrPort) (net.Conn, path.ProbedStep) {
	began := p.Now()
	conn, err := p.Dial(ctx, "tcp4", addr.String())
	step := p.step(began, err)
	if err != nil {
		return nil, step
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline) // of a connection just made
	}
	return conn, step
}

// step is what came of something that began a while ago.
func (p Prober) step(began time.Time, err error) path.ProbedStep {
	fault, detail := name(err)
	return path.ProbedStep{Fault: fault, Detail: detail, Took: p.Now().Sub(began)}
}

// otherVersions asks for the versions that the first handshake could not show: for TLS 1.2
// where 1.3 was agreed on; and where the handshake was refused, for those before 1.2, so that
// "too old" has its name.
func (p Prober) otherVersions(ctx context.Context, name string, addr netip.AddrPort, seen *path.ProbedTLS) {
	var offer versions
	switch {
	case seen.Version == "1.3":
		offer = only12()
	case seen.Fault == path.ProbeAlert || seen.Fault == path.ProbeOther:
		offer = outdated()
	default:
		return
	}
	conn, _ := p.connect(ctx, addr)
	if conn == nil {
		return
	}
	defer func() { _ = conn.Close() }()
	again := p.handshake(ctx, conn, name, offer)
	switch {
	case again.session == nil:
	case offer == only12():
		seen.Offered = append([]string{"1.2"}, seen.Offered...)
	default:
		again.seen.Fault, again.seen.Version = path.ProbeOldTLS, ""
		again.seen.Detail = "TLS " + again.seen.Offered[0] + " at most: " + seen.Detail
		*seen = again.seen
	}
}
