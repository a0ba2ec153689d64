package notice

import (
	"strings"
	"unicode/utf8"
)

// width is how many columns a line of prose has at most; commands, ARNs and addresses are
// never broken.
const width = 76

// A page is the text of a message being written.
type page struct{ b strings.Builder }

// line writes s as it is. Only what cannot be wrapped is written so.
func (p *page) line(s string) {
	p.b.WriteString(s)
	p.b.WriteByte('\n')
}

// heading starts a section.
func (p *page) heading(s string) {
	p.line("")
	p.line(s)
}

// text writes a paragraph, every line of it indented.
func (p *page) text(indent, s string) { p.hang(indent, indent, s) }

// item writes a list entry.
func (p *page) item(s string) { p.hang("  - ", "    ", s) }

// field writes a labelled value, its further lines under its first. An empty value writes
// nothing.
func (p *page) field(label, value string) {
	if value = clean(value); value == "" {
		return
	}
	p.hang(labelled(label), labelled(""), value)
}

// labelled is the indented label column of a field.
func labelled(label string) string {
	const column = 11
	return "     " + label + strings.Repeat(" ", column-len(label))
}

// hang writes words with one prefix before the first line and another before the others.
func (p *page) hang(first, rest, s string) {
	row := first
	fresh := true
	for _, word := range strings.Fields(clean(s)) {
		if !fresh && utf8.RuneCountInString(row)+1+utf8.RuneCountInString(word) > width {
			p.line(row)
			row, fresh = rest, true
		}
		if !fresh {
			row += " "
		}
		row += word
		fresh = false
	}
	if !fresh {
		p.line(row)
	}
}

// sentence writes a paragraph that may end in a command, as in "To undo it: aws ec2 …": the
// command gets a line of its own.
func (p *page) sentence(indent, s string) {
	s = clean(s)
	if at := strings.Index(s, ": aws "); at >= 0 {
		p.text(indent, s[:at+1])
		p.command(strings.TrimSuffix(s[at+len(": "):], "."))
		return
	}
	p.text(indent, full(s))
}

// command writes a command, ready to be pasted: whole, at the start of a line. One that
// would change by being made printable is not written, since it would do something else.
func (p *page) command(s string) {
	p.line("")
	if printable := strings.TrimSpace(s); visible(printable) {
		p.line(printable)
	} else {
		p.text("  ", "(The command holds characters that cannot be shown. It stands in the lifecycle event.)")
	}
	p.line("")
}

// visible says whether a message can show s just as it is.
func visible(s string) bool {
	spaces := func(s string) string { return strings.ReplaceAll(s, " ", "") }
	return s != "" && utf8.ValidString(s) && spaces(clean(s)) == spaces(s)
}

// isCommand says whether what undoes a change is a command, or a sentence on why nothing does.
func isCommand(s string) bool { return strings.HasPrefix(strings.TrimSpace(s), "aws ") }

// String returns the text, without two blank lines in a row.
func (p *page) String() string {
	s := p.b.String()
	for strings.Contains(s, "\n\n\n") {
		s = strings.ReplaceAll(s, "\n\n\n", "\n\n")
	}
	return strings.Trim(s, "\n") + "\n"
}
