package publicdns

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"
)

// maxServers bounds how many name servers of a zone are asked: providers have four to six, all
// with the same data.
const maxServers = 4

// A zone is one that holds some of the names, and its name servers.
type zone struct {
	name    string
	servers []string
}

// zones finds which of domains are zones of their own, in the same order.
func (r *Resolver) zones(ctx context.Context, domains []string) []zone {
	found := make([]zone, len(domains))
	var group errgroup.Group
	group.SetLimit(r.atOnce)
	for i, d := range domains {
		group.Go(func() error { found[i] = zone{d, nameServers(r.first(ctx, d, dns.TypeNS), d)}; return nil })
	}
	_ = group.Wait() // a domain without an answer is no zone that we know of
	return slices.DeleteFunc(found, func(z zone) bool { return len(z.servers) == 0 })
}

func nameServers(m *dns.Msg, domain string) []string {
	if m == nil {
		return nil
	}
	var servers []string
	for _, rr := range m.Answer {
		if ns, ok := rr.(*dns.NS); ok && same(ns.Hdr.Name, domain) {
			servers = append(servers, plain(ns.Ns))
		}
	}
	slices.Sort(servers)
	return slices.Compact(servers)
}

// authorities finds addresses of the zones' name servers. Each answers for names of its own
// zone that are in no longer one of zones.
func (r *Resolver) authorities(ctx context.Context, zones []zone) []server {
	var all []server
	for _, z := range zones {
		for _, name := range z.servers[:min(len(z.servers), maxServers)] {
			all = append(all, server{name: name, zone: z.name})
		}
	}
	var group errgroup.Group
	group.SetLimit(r.atOnce)
	for i := range all {
		group.Go(func() error {
			if a := address(r.first(ctx, all[i].name, dns.TypeA)); a.IsValid() {
				all[i].addr = netip.AddrPortFrom(a, r.port)
			}
			return nil
		})
	}
	_ = group.Wait() // a server without an address is left out
	return slices.DeleteFunc(all, func(s server) bool { return !s.addr.IsValid() })
}

func address(m *dns.Msg) netip.Addr {
	if m == nil {
		return netip.Addr{}
	}
	for _, rr := range m.Answer {
		if a, ok := rr.(*dns.A); ok {
			if addr, ok := netip.AddrFromSlice(a.A); ok {
				return addr.Unmap()
			}
		}
	}
	return netip.Addr{}
}

// first asks all resolvers and returns the answer of the first that has one, or nil.
func (r *Resolver) first(ctx context.Context, name string, kind uint16) *dns.Msg {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan *dns.Msg, len(r.resolvers))
	for _, s := range r.resolvers {
		go func() {
			m, _, err := r.exchange(ctx, s, name, kind)
			if err != nil || m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError {
				m = nil
			}
			answers <- m
		}()
	}
	for range r.resolvers {
		if m := <-answers; m != nil {
			return m
		}
	}
	return nil
}

func plain(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

func same(a, b string) bool { return plain(a) == plain(b) }
