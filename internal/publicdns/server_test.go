package publicdns_test

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// A view is what a server knows, by "name TYPE"; a name of which it knows nothing does not
// exist. It answers over UDP and TCP on one loopback port.
type view struct {
	records map[string][]string // rest of the record, as `1800 IN TXT "v"`; a code's name for an error
	exists  []string            // names without records of the type
	silent  []string            // names to whose questions nothing comes back
	noEDNS  bool                // FORMERR to a question with EDNS

	mu    sync.Mutex
	asked []string // over "udp" or "tcp", the name and the type
}

// serve starts a server: recursive answers questions that desire recursion, authority the rest.
func serve(t *testing.T, recursive, authority *view) netip.AddrPort {
	t.Helper()
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		v := authority
		if q.RecursionDesired {
			v = recursive
		}
		if m := v.answer(q, w.RemoteAddr().Network()); m != nil {
			_ = w.WriteMsg(m)
		}
	})
	packets, stream := listen(t)
	for _, s := range []*dns.Server{{PacketConn: packets, Handler: handler}, {Listener: stream, Handler: handler}} {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go func() { _ = s.ActivateAndServe() }() // ends with Shutdown
		<-started
		t.Cleanup(func() { _ = s.Shutdown() })
	}
	return netip.MustParseAddrPort(packets.LocalAddr().String())
}

// listen takes a loopback port that is free for both protocols.
func listen(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 100 {
		packets, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if stream, err := net.Listen("tcp", packets.LocalAddr().String()); err == nil {
			return packets, stream
		}
		_ = packets.Close() // another has the port for TCP
	}
	t.Fatal("no loopback port is free for both UDP and TCP")
	return nil, nil
}

func (v *view) answer(q *dns.Msg, network string) *dns.Msg {
	name := strings.ToLower(strings.TrimSuffix(q.Question[0].Name, "."))
	kind := dns.TypeToString[q.Question[0].Qtype]
	m := new(dns.Msg).SetReply(q)
	if v == nil {
		return m.SetRcode(q, dns.RcodeRefused)
	}
	v.mu.Lock()
	v.asked = append(v.asked, network+" "+name+" "+kind)
	v.mu.Unlock()
	for _, s := range v.silent {
		if s == name || s == "*" {
			return nil
		}
	}
	if v.noEDNS && q.IsEdns0() != nil {
		return m.SetRcode(q, dns.RcodeFormatError)
	}
	records, known := v.records[name+" "+kind]
	if !known {
		m.Ns = []dns.RR{must("example.com. 900 IN SOA ns1.example.net. hostmaster.example.com. 1 7200 900 1209600 300")}
		for _, e := range v.exists {
			known = known || e == name
		}
		if !known {
			m.Rcode = dns.RcodeNameError
		}
		return m
	}
	for _, r := range records {
		if code, isCode := dns.StringToRcode[r]; isCode {
			return m.SetRcode(q, code)
		}
		if target, isAlias := strings.CutPrefix(r, "CNAME "); isAlias {
			m.Answer = append(m.Answer, must(name+". 60 IN CNAME "+target))
			continue
		}
		m.Answer = append(m.Answer, must(name+". "+r))
	}
	if size := 512; network == "udp" {
		if o := q.IsEdns0(); o != nil {
			size = int(o.UDPSize())
		}
		m.Truncate(size)
	}
	return m
}

func must(s string) dns.RR {
	rr, err := dns.NewRR(s)
	if err != nil {
		panic(s + ": " + err.Error())
	}
	return rr
}
