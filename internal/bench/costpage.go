package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

var totalsHead = []string{"", "At rest", "With an incident a day"}

// accounts is the estate of the third worked bill.
const accounts = 100

// totals are the worked bills: one account with 1 and with 10 key stores, and many accounts.
func totals(cases []costCase) [][]string {
	var rows [][]string
	add := func(name string, c costCase, times float64) {
		rows = append(rows, []string{name, dollars(times * c.month(0).dollars()), dollars(times * c.month(incidentsAMonth).dollars())})
	}
	for _, c := range cases {
		with := "no canary key"
		if c.canary {
			with = "a canary key in each"
		}
		stores := "1 key store"
		if c.keyStores > 1 {
			stores = fmt.Sprintf("%d key stores", c.keyStores)
		}
		add(stores+", "+with, c, 1)
		if c.keyStores == 10 {
			add(fmt.Sprintf("%d accounts of 10 key stores, %s", accounts, with), c, accounts)
		}
	}
	return rows
}

func dollars(v float64) string {
	cents := int(v*100 + 0.5)
	return fmt.Sprintf("$%s.%02d", thousands(cents/100), cents%100)
}

// costMarkdown renders docs/cost.md.
func costMarkdown(cases []costCase) []byte {
	var out strings.Builder
	fmt.Fprintf(&out, `# What it costs

A month, in US dollars at the prices of %s, %s. What is used is counted in a run of the deployed
template on the simulator, by `+"`make bench`"+`, but for what no run can count: see [what is assumed](#what-is-assumed). Prices
change, so the counts are given with them. Free tiers are not subtracted, taxes not added. A stack serves one account and Region.

%s
An account's incident is one security group that lost its rule, mended by `+"`auto`"+` within minutes. In 100 accounts
there is one in each, every day.

`, priceDate, priceRegion, table(totalsHead, totals(cases)))
	writeReading(&out, cases)
	out.WriteString("## A month, line by line\n\n")
	for canary, name := range []string{"Without canary keys", "With a canary key in each key store"} {
		fmt.Fprintf(&out, "%s:\n\n", name)
		writeBills(&out, cases[2*canary:2*canary+2])
	}
	writeCounts(&out, cases)
	writeAssumptions(&out)
	writePrices(&out)
	return []byte(out.String())
}

// writeReading says what dominates, and what to turn to pay less.
func writeReading(out *strings.Builder, cases []costCase) {
	plain := cases[0].month(0)
	largest := slices.Clone(plain)
	slices.SortStableFunc(largest, func(a, b line) int { return cmp.Compare(b.dollars(), a.dollars()) })
	var names []string
	for _, l := range largest[:4] {
		names = append(names, fmt.Sprintf("%s (%s)", l.price.item, dollars(l.dollars())))
	}
	fmt.Fprintf(out, `Most of it does not depend on what happens: of the %s of one key store at rest, the most is for %s. Ten key stores cost
little more than one. A canary key costs its own month's price, and %s Encrypts.

To pay less: a longer `+"`TickMinutes`"+` lowers what grows with looks (requests, logs), not what stands still; the alarms can be cut
from the template where others watch. Neither changes much.

`, dollars(plain.dollars()), strings.Join(names, "; "), number(float64(cases[2].rest.operations("kms:Encrypt"))*hoursAMonth*float64(time.Hour)/float64(costSpan)))
}

// writeBills prints the lines of cases, units and dollars.
func writeBills(out *strings.Builder, cases []costCase) {
	head := []string{"Item"}
	for _, c := range cases {
		name := fmt.Sprintf("%d key stores", c.keyStores)
		if c.keyStores == 1 {
			name = "1 key store"
		}
		head = append(head, name+", at rest", "with incidents")
	}
	var rows [][]string
	for i, l := range cases[0].month(0) {
		row := []string{l.price.item}
		for _, c := range cases {
			row = append(row, priced(c.month(0)[i]), priced(c.month(incidentsAMonth)[i]))
		}
		rows = append(rows, row)
	}
	sum := []string{"**Sum**"}
	for _, c := range cases {
		sum = append(sum, dollars(c.month(0).dollars()), dollars(c.month(incidentsAMonth).dollars()))
	}
	out.WriteString(table(head, append(rows, sum)) + "\n")
}

// priced shows a line's units and dollars.
func priced(l line) string { return fmt.Sprintf("%s: %s", number(l.n), dollars(l.dollars())) }

// number shows units with three digits that count.
func number(n float64) string {
	switch {
	case n == 0:
		return "0"
	case n >= 1000:
		return thousands(int(n + 0.5))
	case n == float64(int(n)):
		return fmt.Sprint(int(n))
	case n >= 10:
		return fmt.Sprintf("%.1f", n)
	}
	return fmt.Sprintf("%.3f", n)
}

func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// writeCounts prints the calls that were counted, which the bills are made from.
func writeCounts(out *strings.Builder, cases []costCase) {
	out.WriteString("## Counted calls of half an hour\n\nOf the functions, with the template's defaults and no canary key: six looks at everything, and in the second column of each one incident more. ")
	out.WriteString("AWS bills those of `kms`, `dynamodb`, `events`, `sqs`, `cloudwatch` and `sns:Publish`; reads of `ec2`, `elasticloadbalancing` and `cloudtrail` are free.\n\n")
	names := map[string]bool{}
	head := []string{"Call"}
	for _, c := range cases[:2] {
		head = append(head, fmt.Sprintf("%d: rest", c.keyStores), "incident")
		for name := range c.incident.calls {
			names[name] = true
		}
	}
	var rows [][]string
	for _, name := range sorted(names) {
		row := []string{"`" + name + "`"}
		for _, c := range cases[:2] {
			row = append(row, fmt.Sprint(c.rest.calls[name]), fmt.Sprint(c.incident.calls[name]))
		}
		rows = append(rows, row)
	}
	out.WriteString(table(head, rows) + "\n")
}

func sorted(names map[string]bool) []string {
	var all []string
	for name := range names {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func writeAssumptions(out *strings.Builder) {
	fmt.Fprintf(out, `## What is assumed

- A month has %.0f hours. An AWS call takes %v, and a function is billed as if its calls came one after the other; they do not.
- Lambda keeps %d connections to each queue that a function reads, each a request every 20 seconds while it is empty; the template's
  maximum concurrency rules out fewer ([source](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html)).
- A message costs SNS %d KMS requests, since the topic's key is yours, and goes to one e-mail address.
- Every write and read of the incident table is billed at the size of its largest record. Closed incidents are kept for %d days.
- Logs are kept for %d months and billed uncompressed; AWS bills them compressed.
- The topic's key rotates every year; AWS adds $1 a month for each of its first two rotations.
- The product's reads are management events. A trail's first copy of them is free. Each further trail pays $2 for 100,000
  ([source](https://aws.amazon.com/cloudtrail/pricing/)): multiply the calls above by %.0f.
- An account has at most 100 alarms beside, which are one page of `+"`cloudwatch:DescribeAlarms`"+`; each further 100 are a call more a look.
- Canary keys are yours too: each is a KMS key at its monthly price, and its Encrypts are requests to your proxy.

`, hoursAMonth, callTime, pollers, requestsToOf, keptDays, logMonths, hoursAMonth*float64(time.Hour)/float64(costSpan))
}

func writePrices(out *strings.Builder) {
	fmt.Fprintf(out, "## The price list\n\n%s, %s, first tier. The prices were read in published copies of AWS's pages, of the dates given, not on the pages themselves.\n\n", priceRegion, priceDate)
	var rows [][]string
	for _, p := range allPrices {
		rows = append(rows, []string{p.item, p.text(), p.asOf, "<" + p.page + ">"})
	}
	out.WriteString(table([]string{"Item", "Price", "Held in", "AWS's page"}, rows))
}

// text shows a price as a price list does.
func (p price) text() string {
	amount := strconv.FormatFloat(p.dollars, 'f', -1, 64)
	if whole, cents, _ := strings.Cut(amount, "."); len(cents) < 2 {
		amount = whole + "." + cents + strings.Repeat("0", 2-len(cents))
	}
	if p.per == 1 {
		return "$" + amount + " per " + p.unit
	}
	return fmt.Sprintf("$%s per %s %s", amount, thousands(int(p.per)), p.unit)
}

// table renders a Markdown table.
func table(head []string, rows [][]string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat(" --- |", len(head)))
	for _, row := range rows {
		fmt.Fprintf(&out, "| %s |\n", strings.Join(row, " | "))
	}
	return out.String()
}
