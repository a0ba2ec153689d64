// Package xksremediator holds the deployment: template.yaml, for the commands and tests that
// deploy it into the simulator.
package xksremediator

import _ "embed"

//go:embed template.yaml
var source string

// Template returns template.yaml.
func Template() []byte { return []byte(source) }
