package plan

import "github.com/xks-remediator/xks-remediator/internal/path"

// Instruct tells a person what only a person can do. The product never applies it.
type Instruct struct {
	On   path.ARN   `json:"on"`             // ARN or ID of what is to be changed
	Text string     `json:"text"`           // a clause, or sentences after one
	Type [][]string `json:"type,omitempty"` // commands; <angle brackets> stand for what the product cannot know
}

// Kind returns KindInstruct.
func (a Instruct) Kind() Kind { return KindInstruct }

// Resource returns On.
func (a Instruct) Resource() path.ARN { return a.On }

// Summary returns Text.
func (a Instruct) Summary() string { return a.Text }

// Commands returns Type.
func (a Instruct) Commands() [][]string { return a.Type }

// Inverse returns none.
func (a Instruct) Inverse() (Action, string) { return nil, "the product did not do it" }

// Precondition returns nil: what a person does is judged by the next diagnosis.
func (a Instruct) Precondition(path.Snapshot) error { return nil }
