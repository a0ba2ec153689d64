package main

import (
	"fmt"
	"runtime"
	"strings"
	"text/tabwriter"
)

// A section is one table of the page, with what it must hold to.
type section struct {
	title string
	about string // a paragraph: what was measured, and how
	head  []string
	rows  [][]string
	bars  []bar
	notes []string          // said under the table
	pages map[string][]byte // other pages that the measure writes, by path
}

// A bar is what a figure must not exceed.
type bar struct {
	what    string // "wall time ÷ (rounds × latency) at 50 ms, largest"
	got     float64
	most    float64
	unit    string // "", "s", "MB"
	atLeast bool   // most is a floor instead
}

func (b bar) met() bool {
	if b.atLeast {
		return b.got >= b.most
	}
	return b.got <= b.most
}

func (b bar) String() string {
	relation := "at most"
	if b.atLeast {
		relation = "at least"
	}
	return fmt.Sprintf("%s: %s (%s %s)", b.what, quantity(b.got, b.unit), relation, quantity(b.most, b.unit))
}

func quantity(v float64, unit string) string {
	text := fmt.Sprintf("%.2f", v)
	if v == float64(int64(v)) {
		text = fmt.Sprintf("%d", int64(v))
	}
	if unit != "" {
		text += " " + unit
	}
	return text
}

func mark(b bar) string {
	if b.met() {
		return "✔"
	}
	return "✘"
}

// text renders a section for a terminal.
func (s section) text() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n", s.title)
	w := tabwriter.NewWriter(&out, 2, 0, 2, ' ', 0)
	for _, row := range append([][]string{s.head}, s.rows...) {
		fmt.Fprintln(w, "  "+strings.Join(row, "\t"))
	}
	_ = w.Flush() // a strings.Builder takes everything
	for _, b := range s.bars {
		fmt.Fprintf(&out, "  %s %s\n", mark(b), b)
	}
	for _, note := range s.notes {
		fmt.Fprintf(&out, "  %s\n", note)
	}
	return out.String()
}

// markdown renders the page.
func markdown(sections []section) []byte {
	var out strings.Builder
	fmt.Fprintf(&out, "# Benchmarks\n\nWritten by `make bench` on %s/%s with %d processors, %s.\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	out.WriteString("AWS is simulated on loopback with the latency that a table names; ratios and counts carry over to other machines, times do not.\n")
	for _, s := range sections {
		fmt.Fprintf(&out, "\n## %s\n\n%s\n\n", s.title, s.about)
		fmt.Fprintf(&out, "| %s |\n|%s\n", strings.Join(s.head, " | "), strings.Repeat(" --- |", len(s.head)))
		for _, row := range s.rows {
			fmt.Fprintf(&out, "| %s |\n", strings.Join(row, " | "))
		}
		if len(s.bars) > 0 {
			out.WriteString("\n")
		}
		for _, b := range s.bars {
			fmt.Fprintf(&out, "- %s %s\n", mark(b), b)
		}
		for _, note := range s.notes {
			fmt.Fprintf(&out, "\n%s\n", note)
		}
	}
	return []byte(out.String())
}
