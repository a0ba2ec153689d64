package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite docs/cost.md")

func TestTheCostPageIsWhatTheRunsCount(t *testing.T) {
	t.Parallel()
	cases, err := countCosts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join("..", "..", costPage)
	got := string(costMarkdown(cases))
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("docs/cost.md is not what the runs count; `make docs` writes it (-page +runs):\n%s", diff)
	}
}

func TestABillIsTheSumOfItsLines(t *testing.T) {
	t.Parallel()
	b := bill{{price: price{dollars: 0.40, per: 1_000_000}, n: 2_500_000}, {price: price{dollars: 1, per: 1}, n: 3}}
	if got, want := b.dollars(), 4.0; got != want {
		t.Errorf("got %v, want %v: 2.5 million at $0.40 a million, and three at $1", got, want)
	}
}
