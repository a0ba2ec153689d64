// Package publicdns asks public DNS for the TXT record that proves a private DNS name: several
// resolvers, and the name servers of the zone itself. It tells what each of them said and
// judges nothing. Only names that are public, or to be made public, are asked for.
package publicdns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Options say whom to ask, and how long.
type Options struct {
	// Resolvers are recursive resolvers. Name servers of a zone are asked on the port of the
	// first of them, which is 53 outside of tests.
	Resolvers []netip.AddrPort
	Timeout   time.Duration // of a whole look-up; 3 s where zero
	Try       time.Duration // of one question, which is asked twice; 700 ms where zero
	AtOnce    int           // questions in flight; 16 where zero
}

// A Resolver looks records up. It is safe for concurrent use.
type Resolver struct {
	resolvers []server
	port      uint16
	timeout   time.Duration
	try       time.Duration
	atOnce    int
}

// A server answers DNS questions.
type server struct {
	name string // what people call it
	addr netip.AddrPort
	zone string // of an authority: what it answers for; empty of a resolver
}

// New returns a Resolver. Without resolvers every Lookup is an error.
func New(o Options) *Resolver {
	r := &Resolver{
		timeout: cmp.Or(o.Timeout, 3*time.Second), try: cmp.Or(o.Try, 700*time.Millisecond), atOnce: cmp.Or(o.AtOnce, 16),
	}
	for _, a := range o.Resolvers {
		s := server{name: a.Addr().String(), addr: a}
		if a.Port() != 53 {
			s.name = a.String()
		}
		r.resolvers, r.port = append(r.resolvers, s), o.Resolvers[0].Port()
	}
	return r
}

// Lookup asks for the record that proves name, a private DNS name: label is the record's, as
// _6e86v84tqgqubxbwii1m, and value what it must hold. Where every server has the value, the
// bare domains are not asked. The error is non-nil where no server said what there is; it
// is a context.DeadlineExceeded where all that was heard was silence.
func (r *Resolver) Lookup(ctx context.Context, name, label, value string) (path.PublicDNS, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	domains := domains(name)
	labelled := under(label, domains)
	found := make(chan []zone, 1)
	go func() { found <- r.zones(ctx, domains) }()
	answers := r.ask(ctx, questions(r.resolvers, labelled))
	zones := <-found
	authorities := r.authorities(ctx, zones)
	answers = append(answers, r.ask(ctx, questions(authorities, labelled))...)
	if !agreed(answers, value) {
		also := append(slices.Clone(domains), doubled(labelled, zones, domains)...)
		alive := slices.DeleteFunc(append(slices.Clone(r.resolvers), authorities...), func(s server) bool { return silent(s, answers) })
		answers = append(answers, r.ask(ctx, questions(alive, also))...)
	}
	out := path.PublicDNS{Names: append(labelled, domains...), Answers: ordered(answers, r.resolvers)}
	for _, z := range zones {
		out.Zones = append(out.Zones, path.DNSZone{Name: z.name, NameServers: z.servers})
	}
	return out, heard(out.Answers)
}

// agreed says whether all who were asked for one of the names found the value there.
func agreed(answers []path.DNSAnswer, value string) bool {
	agree := map[string]bool{}
	for _, a := range answers {
		before, asked := agree[a.Name]
		agree[a.Name] = (before || !asked) && slices.Contains(a.Values, value)
	}
	for _, all := range agree {
		if all {
			return true
		}
	}
	return false
}

// silent says whether a server was asked and never answered.
func silent(s server, answers []path.DNSAnswer) bool {
	asked := false
	for _, a := range answers {
		if a.Server != s.name {
			continue
		}
		if asked = true; a.Outcome != path.DNSTimedOut {
			return false
		}
	}
	return asked
}

// heard returns why nothing is known, nil where something is.
func heard(answers []path.DNSAnswer) error {
	var said []string
	silence := true
	for _, a := range answers {
		if a.Outcome.Answered() {
			return nil
		}
		silence = silence && a.Outcome == path.DNSTimedOut
		said = append(said, a.Server+": "+strings.TrimSpace(string(a.Outcome)+" "+a.Message))
	}
	slices.Sort(said)
	said = slices.Compact(said)
	if silence && len(said) > 0 {
		return fmt.Errorf("no DNS server answered (%s): %w", strings.Join(said, "; "), context.DeadlineExceeded)
	}
	if len(said) == 0 {
		return errors.New("there is no DNS resolver to ask")
	}
	return fmt.Errorf("no DNS server told what records there are: %s", strings.Join(said, "; "))
}

// ordered sorts answers: the resolvers as they are configured, then authorities by name.
func ordered(answers []path.DNSAnswer, resolvers []server) []path.DNSAnswer {
	place := func(a path.DNSAnswer) int {
		if a.Authority {
			return len(resolvers)
		}
		return slices.IndexFunc(resolvers, func(s server) bool { return s.name == a.Server })
	}
	slices.SortStableFunc(answers, func(a, b path.DNSAnswer) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Server, b.Server))
	})
	return answers
}

// A question is one name for one server.
type question struct {
	server
	name string
}

// questions are every name for every server that can answer for it: a resolver for all, an
// authority for what is in its zone and in no zone below that.
func questions(servers []server, names []string) []question {
	holder := map[string]string{} // name → the longest zone that holds it
	for _, s := range servers {
		for _, n := range names {
			if within(n, s.zone) && len(s.zone) > len(holder[n]) {
				holder[n] = s.zone
			}
		}
	}
	var all []question
	for _, s := range servers {
		for _, n := range names {
			if s.zone == "" || s.zone == holder[n] {
				all = append(all, question{s, n})
			}
		}
	}
	return all
}

// ask asks all questions, a bounded number at once, and keeps their order.
func (r *Resolver) ask(ctx context.Context, all []question) []path.DNSAnswer {
	answers := make([]path.DNSAnswer, len(all))
	var group errgroup.Group
	group.SetLimit(r.atOnce)
	for i, q := range all {
		group.Go(func() error { answers[i] = r.text(ctx, q); return nil })
	}
	_ = group.Wait() // an answer says itself what went wrong
	return answers
}
