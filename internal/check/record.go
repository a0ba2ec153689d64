package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A record is what DNS says of one TXT record, and the value that it must have.
type record struct {
	path.PublicDNS
	value string
}

func recordOf(d path.PublicDNS, value string) record { return record{d, value} }

// published says whether one of the names has the value for everybody who asks: all of the
// zone's own name servers that answer have it, or, where none of them is known, most resolvers.
func (r record) published() bool { return r.at() != "" }

func (r record) at() string {
	for _, n := range r.Names {
		have, lack := r.voices(n, true)
		if len(have) > 0 && len(lack) == 0 {
			return n
		}
		if len(have)+len(lack) > 0 {
			continue // a resolver's cache does not overrule the zone
		}
		if have, lack = r.voices(n, false); len(have) > len(lack) {
			return n
		}
	}
	return ""
}

// voices are the servers that answered for a name: those that have the value and those that do
// not. An alias into another zone, of which an authority says no more, is no voice.
func (r record) voices(name string, authority bool) (have, lack []string) {
	for _, a := range r.Answers {
		switch {
		case a.Name != name || a.Authority != authority || !a.Outcome.Answered():
		case slices.Contains(a.Values, r.value):
			have = append(have, a.Server)
		case a.Alias == "" || len(a.Values) > 0:
			lack = append(lack, a.Server)
		}
	}
	return have, lack
}

// proof says where the record is, and who does not know it yet.
func (r record) proof() string {
	name := r.at()
	have, _ := r.voices(name, true)
	more, late := r.voices(name, false)
	text := fmt.Sprintf("%s has the value, say %s", name, strings.Join(append(have, more...), ", "))
	if len(have)+len(more) == 1 {
		text = fmt.Sprintf("%s has the value, says %s", name, append(have, more...)[0])
	}
	for _, a := range r.Answers {
		if a.Name == name && slices.Contains(late, a.Server) && !a.Authority {
			text += fmt.Sprintf("; %s still answers %s%s", a.Server, said(a), until(a))
		}
	}
	return text
}

func until(a path.DNSAnswer) string {
	if a.TTL == 0 {
		return ""
	}
	return fmt.Sprintf(", for at most %d s more", a.TTL)
}

// wrong says in a clause what is wrong, and in a headline.
func (r record) wrong() (clause, headline string) {
	for _, n := range r.Names {
		if have, lack := r.voices(n, true); len(have) > 0 && len(lack) > 0 {
			return fmt.Sprintf("only %d of %d name servers of the zone have the record %s", len(have), len(have)+len(lack), n),
				"TXT record is not on all name servers of its zone"
		}
	}
	for _, n := range r.Names {
		if have, _ := r.voices(n, false); len(have) > 0 {
			return fmt.Sprintf("only %s has the record %s: an old cache, or a view of its own", strings.Join(have, ", "), n),
				"TXT record is not in public DNS, but in a cache"
		}
	}
	for _, a := range r.Answers {
		if slices.Contains(a.Values, r.value) {
			return fmt.Sprintf("the record is at %s, the domain appended twice", a.Name), "TXT record is at a name with its domain twice"
		}
	}
	for _, a := range r.Answers {
		for _, v := range a.Values {
			if clause, headline := mistyped(v, r.value); clause != "" {
				return fmt.Sprintf("%s at %s", clause, a.Name), headline
			}
		}
	}
	for _, a := range r.Answers {
		if len(a.Values) > 0 {
			return "other values, and not the expected one, are at " + a.Name, "TXT record has another value than AWS expects"
		}
	}
	return "no such record is in public DNS", "TXT record is not in public DNS"
}

// mistyped recognises what becomes of a value on its way through hands and consoles.
func mistyped(got, want string) (clause, headline string) {
	bare := strings.Trim(got, "\"'\u201c\u201d \t")
	switch {
	case bare == want:
		return fmt.Sprintf("quotes or spaces are part of the value %q", got), "TXT record's value has quotes or spaces in it"
	case strings.EqualFold(bare, want):
		return fmt.Sprintf("the value %q differs in upper and lower case", got), "TXT record's value is in the wrong case"
	case len(bare) >= len("vpce:")+1 && (strings.HasPrefix(want, bare) || strings.HasSuffix(want, bare)):
		return fmt.Sprintf("the value %q is cut short", got), "TXT record's value is cut short"
	}
	return "", ""
}

// answers tells who said what of every name that could be the record's, and of others where
// something is.
func (r record) answers() string {
	var lines []string
	told := map[string]bool{}
	for _, a := range r.Answers {
		if told[a.Name] || !strings.HasPrefix(a.Name, "_") && len(a.Values) == 0 || !slices.Contains(r.Names, a.Name) && len(a.Values) == 0 {
			continue
		}
		told[a.Name] = true
		lines = append(lines, a.Name+" "+r.ofName(a.Name))
	}
	var asked []string
	for _, a := range r.Answers {
		if !slices.Contains(asked, a.Server) {
			asked = append(asked, a.Server)
		}
	}
	return strings.Join(lines, "; ") + "; asked were " + strings.Join(asked, ", ")
}

// ofName groups the servers by what they said of a name; where all said the same, they are not
// named.
func (r record) ofName(name string) string {
	var order []string
	by := map[string][]string{}
	for _, a := range r.Answers {
		if a.Name != name {
			continue
		}
		text := said(a)
		if by[text] == nil {
			order = append(order, text)
		}
		by[text] = append(by[text], a.Server)
	}
	if len(order) == 1 {
		return order[0]
	}
	for i, text := range order {
		order[i] = fmt.Sprintf("%s (%s)", text, strings.Join(by[text], ", "))
	}
	return strings.Join(order, ", ")
}

// said is an answer in the words of dig.
func said(a path.DNSAnswer) string {
	text := map[path.DNSOutcome]string{
		path.DNSNoText: "no TXT record", path.DNSNoName: "NXDOMAIN", path.DNSFailed: "SERVFAIL", path.DNSRefused: "REFUSED",
		path.DNSTimedOut: "no answer in time", path.DNSUnreadable: "unreadable: " + a.Message, path.DNSFound: "other records",
	}[a.Outcome]
	if len(a.Values) > 0 {
		quoted := make([]string, len(a.Values))
		for i, v := range a.Values {
			quoted[i] = fmt.Sprintf("%q", v)
		}
		text = strings.Join(quoted, " ")
	}
	if a.Alias != "" {
		text = "an alias of " + a.Alias + ": " + text
	}
	return text
}
