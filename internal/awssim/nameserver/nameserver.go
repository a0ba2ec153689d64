// Package nameserver answers DNS questions on loopback from the simulated world: as two public
// resolvers, and, to questions that desire no recursion, as the name servers of every zone.
package nameserver

import (
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// Resolvers is how many public resolvers there are. The last one gives what World.Cached
// holds as long as it holds it.
const Resolvers = 2

// A Server listens on a UDP and a TCP port of its own for each resolver.
type Server struct {
	addresses []string
	servers   []*dns.Server
}

// Start begins to answer from the world, which do hands out under its lock. The error says
// what could not be listened on. Close the Server after use.
func Start(do func(func(*network.World))) (*Server, error) {
	s := &Server{}
	for i := range Resolvers {
		packets, stream, err := listen()
		if err != nil {
			s.Close()
			return nil, err
		}
		cached := i == Resolvers-1
		handler := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
			var m *dns.Msg
			do(func(world *network.World) { m = answer(world, q, cached) })
			if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
				m.Truncate(limit(q))
			}
			_ = w.WriteMsg(m) // a client that left has no use for the error
		})
		s.addresses = append(s.addresses, packets.LocalAddr().String())
		for _, one := range []*dns.Server{{PacketConn: packets, Handler: handler}, {Listener: stream, Handler: handler}} {
			started := make(chan struct{})
			one.NotifyStartedFunc = func() { close(started) }
			go func() { _ = one.ActivateAndServe() }() // ends with Close
			<-started
			s.servers = append(s.servers, one)
		}
	}
	return s, nil
}

// Addresses returns the resolvers' addresses with their ports.
func (s *Server) Addresses() []string { return s.addresses }

// Close stops answering.
func (s *Server) Close() {
	for _, one := range s.servers {
		_ = one.Shutdown() // it was started
	}
}

// listen takes a loopback port that is free for both protocols.
func listen() (packets net.PacketConn, stream net.Listener, err error) {
	for range 100 {
		if packets, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
			break
		}
		if stream, err = net.Listen("tcp", packets.LocalAddr().String()); err == nil {
			return packets, stream, nil
		}
		_ = packets.Close() // another has the port for TCP
	}
	return nil, nil, fmt.Errorf("listening for DNS on loopback: %w", err)
}

func limit(q *dns.Msg) int {
	if o := q.IsEdns0(); o != nil {
		return int(o.UDPSize())
	}
	return dns.MinMsgSize
}

// answer is what a resolver says, or a name server where no recursion is desired.
func answer(w *network.World, q *dns.Msg, cached bool) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	if len(q.Question) != 1 {
		return m.SetRcode(q, dns.RcodeFormatError)
	}
	asked := q.Question[0]
	name := strings.ToLower(strings.TrimSuffix(asked.Name, "."))
	m.RecursionAvailable, m.Authoritative = q.RecursionDesired, !q.RecursionDesired
	header := func(ttl int) dns.RR_Header {
		return dns.RR_Header{Name: asked.Name, Rrtype: asked.Qtype, Class: dns.ClassINET, Ttl: uint32(ttl)}
	}
	switch asked.Qtype {
	case dns.TypeNS:
		for _, server := range w.NameServers(name) {
			m.Answer = append(m.Answer, &dns.NS{Hdr: header(3600), Ns: dns.Fqdn(server)})
		}
	case dns.TypeA:
		if w.IsNameServer(name) {
			m.Answer = append(m.Answer, &dns.A{Hdr: header(3600), A: net.IPv4(127, 0, 0, 1)})
		}
	case dns.TypeTXT:
		values, ttl := w.PublicTXT(name), 300
		if old, held := w.Cached[name]; held && cached && q.RecursionDesired && old.Until.After(w.Clock.Now()) {
			values, ttl = old.Values, int(old.Until.Sub(w.Clock.Now())/time.Second)
		}
		for _, v := range values {
			m.Answer = append(m.Answer, &dns.TXT{Hdr: header(ttl), Txt: pieces(v)})
		}
	}
	if len(m.Answer) == 0 {
		absent(w, m, name)
	}
	return m
}

// pieces cuts a value into strings of 255 characters, in the library's presentation form.
func pieces(value string) []string {
	var all []string
	for len(value) > 255 {
		all, value = append(all, escaped(value[:255])), value[255:]
	}
	return append(all, escaped(value))
}

func escaped(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) }

// absent says whether the name does not exist or has no such records.
func absent(w *network.World, m *dns.Msg, name string) {
	zone := "example.com"
	exists := w.IsNameServer(name)
	for _, known := range w.PublicNames() {
		exists = exists || known == name || strings.HasSuffix(known, "."+name)
	}
	for domain := name; domain != ""; _, domain, _ = strings.Cut(domain, ".") {
		if len(w.NameServers(domain)) > 0 {
			zone, exists = domain, exists || domain == name
			break
		}
	}
	if !exists {
		m.Rcode = dns.RcodeNameError
	}
	m.Ns = []dns.RR{&dns.SOA{
		Hdr: dns.RR_Header{Name: dns.Fqdn(zone), Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: 900},
		Ns:  "ns1.example.net.", Mbox: "hostmaster.example.net.", Serial: 1, Refresh: 7200, Retry: 900, Expire: 1209600, Minttl: 300,
	}}
}
