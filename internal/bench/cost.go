package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

var cost = measure{"cost", measureCost}

// costPage is where the bill stands.
var costPage = filepath.Join("docs", "cost.md")

// measureCost counts what the product uses and prices it.
func measureCost(ctx context.Context) (section, error) {
	cases, err := countCosts(ctx)
	if err != nil {
		return section{}, err
	}
	s := section{
		title: "Cost",
		about: "A month in US dollars, from counted calls and the price list of " + priceDate + ", " + priceRegion + ". [cost.md](cost.md) has every line.",
		head:  totalsHead,
		rows:  totals(cases),
		pages: map[string][]byte{costPage: costMarkdown(cases)},
	}
	return s, nil
}

// costSpan is long enough for six looks at everything, and for an incident to end.
const costSpan = 30 * time.Minute

// countCosts runs every case of the page: a span at rest and one with an incident.
func countCosts(ctx context.Context) ([]costCase, error) {
	var cases []costCase
	for _, canary := range []bool{false, true} {
		for _, keyStores := range []int{1, 10} {
			c, err := countCost(ctx, keyStores, canary)
			if err != nil {
				return nil, fmt.Errorf("counting with %d key stores: %w", keyStores, err)
			}
			cases = append(cases, c)
		}
	}
	return cases, nil
}

func countCost(ctx context.Context, keyStores int, canary bool) (costCase, error) {
	w, err := newCostWorld(ctx, keyStores, canary)
	if err != nil {
		return costCase{}, err
	}
	defer w.sim.Close()
	c := costCase{keyStores: keyStores, canary: canary, stack: w.stack}
	if c.rest, err = w.passed(ctx, costSpan, nil); err != nil {
		return costCase{}, err
	}
	if c.incident, err = w.passed(ctx, costSpan, w.breakPath); err != nil {
		return costCase{}, err
	}
	if writes := c.incident.operations("ec2:AuthorizeSecurityGroupIngress"); writes != 1 {
		return costCase{}, fmt.Errorf("the incident was mended by %d writes, not by one", writes)
	}
	return c, nil
}
