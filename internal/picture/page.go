package picture

import (
	"strings"
	"unicode"

	"charm.land/lipgloss/v2"
)

// Options say what a terminal can show.
type Options struct {
	Width int  // columns; at least Narrowest is taken, and at most Widest
	Color bool // ANSI colours
	ASCII bool // nothing but ASCII, where the locale is not UTF-8
}

// The columns of a page. Longer lines are hard to read, and shorter ones cannot hold an ID.
const (
	Narrowest = 40
	Widest    = 200
)

// A Page is text for a terminal: no line is longer than its width, and words are kept whole,
// so that an ID can be copied.
type Page struct {
	Options
	text strings.Builder
}

// NewPage returns an empty page.
func NewPage(o Options) *Page {
	o.Width = min(max(o.Width, Narrowest), Widest)
	return &Page{Options: o}
}

// String returns the page.
func (p *Page) String() string { return p.text.String() }

func (p *Page) narrow() bool { return p.Width < 60 }

// Heading begins a part of the page.
func (p *Page) Heading(text string) {
	p.text.WriteString("\n")
	p.runs("", "", strong(text))
}

// Field writes a name and what it holds; nothing where it holds nothing.
func (p *Page) Field(indent, name, text string) {
	if text == "" {
		return
	}
	rest := indent + strings.Repeat(" ", 10)
	if p.narrow() {
		rest = indent + "  "
	}
	label := name + strings.Repeat(" ", max(1, 10-len(name)))
	p.Text(indent+p.faint(label), rest, text)
}

// Marked writes an entry of a list behind the mark of a verdict: "pass", "fail", "risk",
// "unknown", or none.
func (p *Page) Marked(verdict, text string) {
	m := map[string]mark{"pass": good, "fail": failing, "risk": risky, "unknown": unclear}[verdict]
	p.Text(p.mark(m)+" ", p.blank(m)+" ", text)
}

// Command writes a command as it is typed: one line, however long, so that it can be copied.
func (p *Page) Command(indent, line string) {
	p.text.WriteString(indent + p.spell(line) + "\n")
}

// A run is words in one style.
type run struct {
	text  string
	style lipgloss.Style
}

func plain(text string) run  { return run{text: text} }
func strong(text string) run { return run{text, lipgloss.NewStyle().Bold(true)} }

// Text writes text, broken at blanks, the first line behind first and the others behind rest.
// A word that does not fit behind rest stands at the left, where it fits at all, so that it
// can be copied; one that is longer than the page is broken behind separators.
func (p *Page) Text(first, rest, text string) { p.runs(first, rest, plain(text)) }

func (p *Page) runs(first, rest string, runs ...run) {
	w := wrapper{page: p, lead: first, rest: rest, fresh: true}
	for _, r := range runs {
		for word := range strings.FieldsSeq(p.spell(r.text)) {
			w.word(word, r.style)
		}
	}
	if w.width > 0 || w.fresh {
		w.flush()
	}
}

// A wrapper fills lines.
type wrapper struct {
	page       *Page
	lead, rest string
	line       string
	width      int  // columns of line
	fresh      bool // lead is the text's first
}

func (w *wrapper) flush() {
	w.page.text.WriteString(strings.TrimRight(w.lead+w.line, " ") + "\n")
	w.lead, w.line, w.width, w.fresh = w.rest, "", 0, false
}

// word adds a word, in pieces where a whole line cannot hold it.
func (w *wrapper) word(word string, style lipgloss.Style) {
	if lipgloss.Width(word) <= w.page.Width {
		w.add(word, style)
		return
	}
	for _, piece := range pieces(word, w.page.Width-lipgloss.Width(w.rest)) {
		w.add(piece, style)
	}
}

func (w *wrapper) add(piece string, style lipgloss.Style) {
	need, columns := lipgloss.Width(piece), w.page.Width
	room := columns - lipgloss.Width(w.lead)
	switch {
	case w.width == 0 && need <= room:
	case w.width > 0 && w.width+1+need <= room:
		w.line, w.width = w.line+" ", w.width+1
	default:
		if w.width > 0 || w.fresh {
			w.flush()
		}
		if need > columns-lipgloss.Width(w.lead) {
			w.lead = strings.Repeat(" ", min(2, columns-need))
		}
	}
	w.line, w.width = w.line+w.page.styled(style, piece), w.width+need
}

// pieces breaks a word behind separators, where it has any in time.
func pieces(word string, width int) []string {
	var out []string
	letters := []rune(word)
	for len(letters) > width {
		cut := width
		for i := width; i > 0; i-- {
			if strings.ContainsRune(":/.,=", letters[i-1]) {
				cut = i
				break
			}
		}
		out, letters = append(out, string(letters[:cut])), letters[cut:]
	}
	return append(out, string(letters))
}

// spelling is how characters are written where only ASCII can be.
var spelling = strings.NewReplacer("→", "->", "–", "-", "—", "-", "…", "...", "✔", "ok", "✘", "X", "⚠", "!", "×", "x", "≥", ">=", "≤", "<=",
	"├", "|", "│", "|", "└", "`", "·", "-", "‘", "'", "’", "'", "“", `"`, "”", `"`)

// spell cleans text and writes it in what the terminal can show.
func (p *Page) spell(text string) string {
	if p.ASCII {
		text = spelling.Replace(text)
	}
	return p.clean(text)
}

// clean takes control characters out of what AWS gave: they could write over the page.
func (p *Page) clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Cf, r):
			return -1
		case p.ASCII && r > unicode.MaxASCII:
			return '?'
		}
		return r
	}, text)
}

func (p *Page) styled(style lipgloss.Style, text string) string {
	if !p.Color {
		return text
	}
	return style.Render(text)
}

func (p *Page) faint(text string) string {
	return p.styled(lipgloss.NewStyle().Faint(true), text)
}
