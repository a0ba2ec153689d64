package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/check"
)

// Digest names a diagnosis: 16 hexadecimal digits over the sorted (check, ARN, missing
// set) of the causes. It takes no reading in, so that a flapping target or another error
// message is no new diagnosis; neither the order of causes nor a repetition changes it.
func Digest(causes []check.Finding) string {
	lines := make([]string, len(causes))
	for i, f := range causes {
		line, err := json.Marshal([]any{f.Check, f.Subject, f.Missing})
		if err != nil {
			panic("bug: a finding that does not marshal: " + err.Error())
		}
		lines[i] = string(line)
	}
	slices.Sort(lines)
	hash := sha256.New()
	for _, line := range slices.Compact(lines) {
		hash.Write([]byte(line + "\n"))
	}
	return hex.EncodeToString(hash.Sum(nil))[:16]
}
