package publicdns

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// udpSize is what fits into one packet on every network.
// https://www.rfc-editor.org/rfc/rfc9715
const udpSize = 1232

// text asks for a name's TXT records.
func (r *Resolver) text(ctx context.Context, q question) path.DNSAnswer {
	a := path.DNSAnswer{Server: q.server.name, Authority: q.zone != "", Name: q.name}
	m, tcp, err := r.exchange(ctx, q.server, q.name, dns.TypeTXT)
	a.TCP = tcp
	switch {
	case timedOut(err):
		a.Outcome = path.DNSTimedOut
	case err != nil:
		a.Outcome, a.Message = path.DNSUnreadable, err.Error()
	default:
		a.Outcome, a.Message = outcome(m)
		read(&a, m)
	}
	return a
}

func timedOut(err error) bool {
	failed, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || ok && failed.Timeout()
}

func outcome(m *dns.Msg) (path.DNSOutcome, string) {
	switch m.Rcode {
	case dns.RcodeSuccess:
		return path.DNSNoText, "" // until a record is read
	case dns.RcodeNameError:
		return path.DNSNoName, ""
	case dns.RcodeServerFailure:
		return path.DNSFailed, ""
	case dns.RcodeRefused:
		return path.DNSRefused, ""
	}
	return path.DNSUnreadable, "response code " + dns.RcodeToString[m.Rcode]
}

// bounds on what is kept of an answer, which anybody may have written.
const (
	maxValues = 32
	maxLength = 512
)

// read takes the records of an answer. The strings of one record are one value.
// https://www.rfc-editor.org/rfc/rfc7208#section-3.3
func read(a *path.DNSAnswer, m *dns.Msg) {
	for _, rr := range m.Answer {
		switch rr := rr.(type) {
		case *dns.CNAME:
			a.Alias = plain(rr.Target)
		case *dns.TXT:
			value := strings.ToValidUTF8(unescape(strings.Join(rr.Txt, "")), "\uFFFD")
			a.Outcome = path.DNSFound
			a.TTL = shorter(a.TTL, rr.Hdr.Ttl)
			if label, _, _ := strings.Cut(a.Name, "."); !strings.HasPrefix(label, "_") && !aboutService(value) || len(a.Values) == maxValues {
				a.Omitted++
				continue
			}
			a.Values = append(a.Values, strings.ToValidUTF8(value[:min(len(value), maxLength)], ""))
		}
	}
	slices.Sort(a.Values)
	if a.Outcome == path.DNSNoName || a.Outcome == path.DNSNoText {
		a.TTL = negative(m)
	}
}

// unescape undoes the presentation form in which the library holds a string: a backslash
// before a quote or a backslash, and three digits for what does not print.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\' || i+1 == len(s):
			b.WriteByte(s[i])
		case i+3 < len(s) && digits(s[i+1:i+4]):
			b.WriteByte((s[i+1]-'0')*100 + (s[i+2]-'0')*10 + s[i+3] - '0')
			i += 3
		default:
			i++
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func digits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// aboutService says whether a value at a domain itself is AWS's, however it was mistyped; what
// else a company has there is no business of ours.
func aboutService(value string) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimLeft(value, `"' `)), "vpce:")
}

// negative returns for how many seconds an absence may be kept.
// https://www.rfc-editor.org/rfc/rfc2308#section-5
func negative(m *dns.Msg) int {
	for _, rr := range m.Ns {
		if soa, ok := rr.(*dns.SOA); ok {
			return int(min(soa.Hdr.Ttl, soa.Minttl))
		}
	}
	return 0
}

func shorter(so int, ttl uint32) int {
	if so == 0 {
		return int(ttl)
	}
	return min(so, int(ttl))
}

// exchange asks once more where nothing came back, over TCP where the answer is too long for
// UDP, and without EDNS where a server does not know it.
func (r *Resolver) exchange(ctx context.Context, s server, name string, kind uint16) (m *dns.Msg, tcp bool, err error) {
	ask := new(dns.Msg).SetQuestion(dns.Fqdn(name), kind)
	ask.RecursionDesired = s.zone == ""
	ask.SetEdns0(udpSize, false)
	udp := &dns.Client{Net: "udp", Timeout: r.try}
	for range 2 {
		if m, _, err = udp.ExchangeContext(ctx, ask, s.addr.String()); !timedOut(err) || ctx.Err() != nil {
			break
		}
	}
	if err == nil && m.Rcode == dns.RcodeFormatError {
		ask.Extra = nil
		m, _, err = udp.ExchangeContext(ctx, ask, s.addr.String())
	}
	if err == nil && m.Truncated {
		overTCP := &dns.Client{Net: "tcp", Timeout: r.try}
		m, _, err = overTCP.ExchangeContext(ctx, ask, s.addr.String())
		return m, true, err
	}
	return m, false, err
}
