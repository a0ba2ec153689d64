package main

import (
	"encoding/json"
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/check"
)

type checksCommand struct {
	Format string `enum:"text,json" default:"text" help:"text or json."`
}

// Run prints the catalogue.
func (c *checksCommand) Run(a *app) error {
	all := check.Catalogue()
	if c.Format == "json" {
		type row struct {
			ID     string `json:"id"`
			Title  string `json:"title"`
			Fails  string `json:"fails"`
			Source string `json:"source"`
		}
		rows := make([]row, 0, len(all))
		for _, one := range all {
			rows = append(rows, row{string(one.ID), one.Title, one.Fails, one.Source})
		}
		return writeJSON(a.out, rows)
	}
	for _, one := range all {
		fmt.Fprintf(a.out, "%s\n    %s\n    fails: %s\n    %s\n", one.ID, one.Title, one.Fails, one.Source)
	}
	fmt.Fprintf(a.out, "\n%d checks\n", len(all))
	return nil
}

func writeJSON(w interface{ Write([]byte) (int, error) }, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	return nil
}
