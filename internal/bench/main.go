// Command bench measures the product and writes docs/benchmarks.md. `make bench` runs it.
// Every figure is a ratio, a count or a size where it can be one; where it is a time it is
// the median of paired or repeated runs. A bar that is missed is printed and ends the
// command with status 1.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"time"
)

// measures are the sections of the page, in its order.
var measures = []measure{diagnosis, checks, endToEnd, storm, coldStart, memory, cost}

// A measure makes one section of the page.
type measure struct {
	name string // for -run
	run  func(context.Context) (section, error)
}

func main() {
	page := flag.String("page", filepath.Join("docs", "benchmarks.md"), "the page to write; empty for none")
	only := flag.String("run", "", "measures to run, a regular expression; the page is not written then")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, *page, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench runs the measures whose names match only, prints their sections and writes the page.
func bench(ctx context.Context, page, only string) error {
	wanted, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("reading -run: %w", err)
	}
	if only != "" {
		page = ""
	}
	var sections []section
	for _, m := range measures {
		if !wanted.MatchString(m.name) {
			continue
		}
		began := time.Now()
		fmt.Fprintf(os.Stderr, "measuring %s …\n", m.name)
		s, err := m.run(ctx)
		if err != nil {
			return fmt.Errorf("measuring %s: %w", m.name, err)
		}
		fmt.Fprintf(os.Stderr, "measured %s in %v\n\n", m.name, time.Since(began).Round(time.Second))
		fmt.Println(s.text())
		sections = append(sections, s)
	}
	if page != "" {
		if err := write(page, sections); err != nil {
			return err
		}
	}
	missed := 0
	for _, s := range sections {
		for _, b := range s.bars {
			if !b.met() {
				missed++
				fmt.Fprintf(os.Stderr, "bar missed: %s: %s\n", s.title, b)
			}
		}
	}
	if missed > 0 {
		return fmt.Errorf("%d bars missed", missed)
	}
	return nil
}

// write writes the page, and the pages of the sections.
func write(page string, sections []section) error {
	pages := map[string][]byte{page: markdown(sections)}
	for _, s := range sections {
		maps.Copy(pages, s.pages)
	}
	for name, text := range pages {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	return nil
}
