package xksremediator_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/golden"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

const checkPages = "docs/checks"

// TestDocs… pages are generated: `make docs` writes them.
func TestDocsChecksAreCurrent(t *testing.T) {
	t.Parallel()
	var index bytes.Buffer
	index.WriteString("# The checks\n\nWritten by `make docs`; `xksctl checks` lists them too. Each page says what a check requires and why, what a finding\n" +
		"looks like, and how it is mended. Where a part of the path that a check needs could not be read its verdict is unknown, never a\npass.\n\n" +
		"| check | requires | fails when |\n|---|---|---|\n")
	parts := readBy(t)
	for _, c := range check.Catalogue() {
		fmt.Fprintf(&index, "| [`%s`](%s.md) | %s | %s |\n", c.ID, c.ID, plainText(c.Title), plainText(c.Fails))
		golden.Equal(t, filepath.Join(checkPages, string(c.ID)+".md"), checkPage(t, c, parts))
	}
	golden.Equal(t, filepath.Join(checkPages, "README.md"), index.Bytes())
}

func TestEveryPageOfAChecksFolderIsOfACheck(t *testing.T) {
	t.Parallel()
	want := []string{"README.md"}
	for _, c := range check.Catalogue() {
		want = append(want, string(c.ID)+".md")
	}
	entries, err := os.ReadDir(checkPages)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(want, e.Name()) {
			t.Errorf("%s/%s is of no check: remove it", checkPages, e.Name())
		}
	}
}

func TestEverySampleIsOfACheckAndMakesItFail(t *testing.T) {
	t.Parallel()
	for id, edit := range broken() {
		c, ok := check.Lookup(id)
		if !ok {
			t.Errorf("docs_samples_test.go has a sample of %s, which is no check", id)
			continue
		}
		if failing(check.Run([]check.Check{c}, pathtest.With(edit))) == nil {
			t.Errorf("docs_samples_test.go: with its sample %s does not fail", id)
		}
	}
}

func failing(findings []check.Finding) []check.Finding {
	return slices.DeleteFunc(findings, func(f check.Finding) bool { return f.Verdict != check.Fail })
}

// checkPage is the page of a check.
func checkPage(t *testing.T, c check.Check, parts map[path.Part]string) []byte {
	t.Helper()
	edit, ok := broken()[c.ID]
	if !ok {
		t.Errorf("%s has no sample: add to broken() in docs_samples_test.go the edit of pathtest's healthy path that makes it fail, then `make docs`", c.ID)
		return nil
	}
	snapshot := pathtest.With(edit)
	found := failing(check.Run([]check.Check{c}, snapshot))
	var b bytes.Buffer
	fmt.Fprintf(&b, "# `%s`\n\nWritten by `make docs`. [All checks](README.md)\n\n", c.ID)
	fmt.Fprintf(&b, "- Requires: %s.\n- Fails when: %s.\n- Stated by AWS: <%s>\n", plainText(c.Title), plainText(c.Fails), c.Source)
	fmt.Fprintf(&b, "\n## What breaks\n\n%s\n", c.Why)
	explains(&b, c.ID)
	fmt.Fprint(&b, "\n## What a finding looks like\n\n```\n")
	for _, f := range found {
		sample(&b, f)
	}
	fmt.Fprint(&b, "```\n\n## How to mend it\n")
	mending(&b, c, snapshot, found)
	fmt.Fprintf(&b, "\nIn the console: %s\n", c.Console)
	if missing := check.Unalarmed(snapshot); c.ID == "alarm.coverage" {
		fmt.Fprintf(&b, "\nAs resources of a CloudFormation template, with your topic in the place of `<topic-arn>`:\n\n```json\n%s\n```\n", plan.AlarmTemplate(pathtest.KeyStoreID, missing))
	}
	fmt.Fprint(&b, "\n## What it reads\n\n")
	for _, part := range c.Needs {
		fmt.Fprintf(&b, "- `%s`: %s\n", part, parts[part])
	}
	if len(c.Needs) == 0 {
		fmt.Fprintln(&b, "Nothing of its own: it judges what woke the product, or what the other checks read.")
	}
	return b.Bytes()
}

func sample(b *bytes.Buffer, f check.Finding) {
	warning := ""
	if f.Warning {
		warning = " (warning)"
	}
	fmt.Fprintf(b, "✘ %s%s\n  %s\n  on        %s\n  expected  %s\n  seen      %s\n", f.Check, warning, f.Headline, f.Subject, f.Evidence.Expected, f.Evidence.Seen)
	for _, box := range f.Missing.Boxes() {
		fmt.Fprintf(b, "  missing   %s\n", box)
	}
}

// explains lists the symptoms that a check can be the cause of.
func explains(b *bytes.Buffer, id check.ID) {
	kinds := map[symptom.Kind]string{
		symptom.NoHealthyTarget: "the state shows", symptom.StillConnecting: "the state shows", symptom.ConnectionError: "`FAILED` with connection error code",
		symptom.CreateFailed: "`CreateCustomKeyStore` fails with", symptom.UpdateFailed: "`UpdateCustomKeyStore` fails with",
		symptom.ConnectRefused: "`ConnectCustomKeyStore` is refused with", symptom.KMSMessage: "a request fails with `KMSInvalidStateException`",
	}
	var wheres []string
	seen := make(map[string][]string)
	for _, s := range symptom.Table() {
		if !slices.Contains(symptom.Explains(s), id) {
			continue
		}
		what, where := s.Text, kinds[s.Kind]
		if where == "" {
			panic("docs: a kind of symptom without words: " + string(s.Kind))
		}
		if s.Code != "" && s.Kind != symptom.KMSMessage {
			what = "`" + s.Code + "`"
		}
		if seen[where] == nil {
			wheres = append(wheres, where)
		}
		seen[where] = append(seen[where], what)
	}
	if len(wheres) == 0 {
		fmt.Fprint(b, "\nIt explains no symptom by itself: a finding is told beside the cause, as also wrong.\n")
		return
	}
	fmt.Fprint(b, "\nIt can be the cause where this is seen:\n\n| where | what |\n|---|---|\n")
	for _, where := range wheres {
		fmt.Fprintf(b, "| %s | %s |\n", where, strings.Join(seen[where], "<br>"))
	}
}

// plainText keeps what is in angle brackets from being read as HTML.
func plainText(text string) string { return strings.ReplaceAll(text, "<", "&lt;") }

// mending says what the plan for a sample holds, and who does it when.
func mending(b *bytes.Buffer, c check.Check, s path.Snapshot, found []check.Finding) {
	due := plan.Policy{OptInKey: pathtest.TagKey, OptInValue: pathtest.TagValue, Attempted: true}
	if s.KeyStore != nil && s.KeyStore.ConnectionState == "FAILED" {
		due.Reconnect = &plan.Reconnect{Code: s.KeyStore.ConnectionErrorCode, CauseFound: true}
	}
	steps := plan.Make(found, s, due).Steps
	for i, step := range steps {
		fmt.Fprintf(b, "\n%d. %s\n", i+1, sentence(step.Action.Summary()))
		if len(step.Action.Commands()) > 0 {
			fmt.Fprint(b, "\n   ```sh\n")
			for _, command := range step.Action.Commands() {
				fmt.Fprintf(b, "   %s\n", strings.ReplaceAll(plan.Shell(command), "\n", " "))
			}
			fmt.Fprint(b, "   ```\n")
		}
	}
	if len(steps) == 0 {
		fmt.Fprint(b, "\nThe plan has no step for it alone: what fails beside it is mended.\n")
		return
	}
	fmt.Fprint(b, "\nWho does it:\n\n")
	unattempted, untagged := due, due
	unattempted.Attempted, untagged.OptInKey = false, "another"
	var said []string
	for _, p := range []plan.Policy{due, unattempted, untagged} {
		for _, step := range plan.Make(found, s, p).Steps {
			line := class(step)
			if !slices.Contains(said, line) {
				said = append(said, line)
				fmt.Fprintf(b, "- %s\n", line)
			}
		}
	}
}

func class(step plan.Step) string {
	why := ""
	if step.Why != "" {
		why = ": " + strings.ReplaceAll(step.Why, "another="+pathtest.TagValue, pathtest.TagKey+"="+pathtest.TagValue)
	}
	switch step.Class {
	case plan.Automatic:
		return "`automatic`" + why + ": in mode `auto` the product does it by itself where the resource carries the opt-in tag; in the other modes it tells the command."
	case plan.Approval:
		return "`approval`" + why + ". A person decides: the command is told."
	}
	return "`manual`" + why + ". The product never does it: it tells what to do."
}

func sentence(clause string) string {
	return strings.ToUpper(clause[:1]) + strings.TrimSuffix(clause[1:], ".") + "."
}

// readBy returns, for each part of a snapshot, the comment at its constant: the IAM actions
// that read it.
func readBy(t *testing.T) map[path.Part]string {
	t.Helper()
	files, err := filepath.Glob("internal/path/*.go")
	if err != nil {
		t.Fatal(err)
	}
	parts := make(map[path.Part]string)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if kind, isPart := typeOf(v); !ok || !isPart || kind != "Part" {
				return true
			}
			value, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil || !strings.Contains(v.Comment.Text(), ":") {
				t.Errorf("%s: constant %s needs a comment behind it that names the IAM action of its read (%v)", file, v.Names[0], err)
			}
			parts[path.Part(value)] = strings.TrimSpace(v.Comment.Text())
			return true
		})
	}
	for _, part := range pathtest.Parts() {
		if !slices.Contains(slices.Collect(maps.Keys(parts)), part) {
			t.Errorf("no constant of internal/path is the part %s", part)
		}
	}
	return parts
}

func typeOf(v *ast.ValueSpec) (string, bool) {
	if v == nil || len(v.Values) == 0 {
		return "", false
	}
	name, ok := v.Type.(*ast.Ident)
	if !ok {
		return "", false
	}
	return name.Name, true
}
