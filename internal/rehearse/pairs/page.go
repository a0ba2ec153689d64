package pairs

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// letters are how a page writes each How.
var letters = map[How]string{Harmless: "r", Itself: "A", Typed: "T", ByHand: "H", Person: "P", Unsaid: "?"}

// apart is how a page writes two faults that need the path built differently.
const apart = "x"

// Page writes what came of a full sweep, as Markdown.
func Page(sheets []Sheet) string {
	var b strings.Builder
	b.WriteString(`# Two faults at once

Written by ` + "`make pairs`" + `. Every fault of the rehearsals alone, and every pair of them, on the simulated account in mode ` + "`auto`" + `: the product
mends what it may, a person types every command of every message word for word and in its order, does by hand what no command can do, and
in the end the call that failed is repeated.

| letter | what it took until KMS worked |
|---|---|
| A | nothing: the product mended it by itself |
| T | somebody typed what the messages say |
| H | somebody did by hand what the messages say (a proxy, a choice that only the customer can make), and typed the rest |
| r | nothing was down: what is wrong hurts new connections only and is told as a risk |
| P | not mended here: the last message says what is left, as to create a new endpoint service or to repeat the call with another name |
| x | the two cannot be on one path |

Of every pair is held: what was found first is a cause of one of the two; each is told, at the latest when the other no longer hides it; no
command is refused, but after a step that nobody here can do; no message comes twice; and where each alone is mended on the same path, both together are.
`)
	for _, s := range sheets {
		s.write(&b)
	}
	return b.String()
}

func (s Sheet) write(b *strings.Builder) {
	count := map[string]int{}
	for _, c := range s.Pairs {
		count[c.letter()]++
	}
	fmt.Fprintf(b, "\n## %s\n\n%d faults, %d pairs:", title(s.Phase), len(s.Faults), len(s.Pairs))
	separator := " "
	for _, l := range []string{"A", "T", "H", "r", "P", "x", "?"} {
		if count[l] > 0 {
			fmt.Fprintf(b, "%s%d %s", separator, count[l], l)
			separator = ", "
		}
	}
	b.WriteString(".\n\n| | fault | alone |")
	for i := range s.Faults[1:] {
		fmt.Fprintf(b, " %d |", i+1)
	}
	b.WriteString("\n|---|---|---|" + strings.Repeat("---|", len(s.Faults)-1) + "\n")
	at := map[[2]int]string{}
	for _, c := range s.Pairs {
		at[[2]int{c.A, c.B}] = c.letter()
	}
	for i, f := range s.Faults {
		fmt.Fprintf(b, "| %d | %s | %s |", i+1, strings.TrimPrefix(f.Name, string(s.Phase)+"/"), letters[s.Alone[i].How])
		for j := range s.Faults[1:] {
			fmt.Fprintf(b, " %s |", at[[2]int{j, i}])
		}
		b.WriteString("\n")
	}
}

func (c Cell) letter() string {
	if c.Apart {
		return apart
	}
	return letters[c.Outcome.How]
}

func title(p scenario.Phase) string {
	switch p {
	case scenario.Creating:
		return "While a key store is created"
	case scenario.Connecting:
		return "While a key store is connected"
	}
	return "While a key store serves"
}

// Read returns the letters of a page: of each fault alone under its name, and of each pair
// under both names, joined by " + ".
func Read(page string) map[string]string {
	read := map[string]string{}
	phases := map[string]scenario.Phase{}
	for _, p := range Phases() {
		phases[title(p)] = p
	}
	var phase scenario.Phase
	var names []string
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			phase, names = phases[heading], nil
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if phase == "" || len(cells) < 4 || strings.TrimSpace(cells[0]) != fmt.Sprint(len(names)+1) {
			continue
		}
		name := string(phase) + "/" + strings.TrimSpace(cells[1])
		read[name] = strings.TrimSpace(cells[2])
		for i, before := range names {
			read[before+" + "+name] = strings.TrimSpace(cells[3+i])
		}
		names = append(names, name)
	}
	return read
}

// Phases are the phases of which there are sheets, in the order of the page.
func Phases() []scenario.Phase {
	return []scenario.Phase{scenario.Running, scenario.Connecting, scenario.Creating}
}
