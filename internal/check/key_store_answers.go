package check

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

var keyStoreAnswers = Check{
	ID:      "key-store.answers",
	Title:   "AWS KMS encrypts with the canary key of the key store",
	Fails:   "an Encrypt with the canary key fails with a message that means the path or the proxy",
	Why:     "Requests fail now, whatever the connection state says: CONNECTED only means that a connection once succeeded.",
	Console: "There is nothing to set for this check itself: go to the pages of the checks that fail beside it. To ask KMS once more, use a key of the key store, or wait for the next canary.",
	Source:  "https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html",
	Needs:   []path.Part{path.CanaryPart},
	Applies: ofKeyStore,
	Run: func(s path.Snapshot) []Finding {
		if s.Canary == nil {
			return one(notApplicable(path.ARN(s.Subject.ID), "no canary key is set, or the key store is not CONNECTED"))
		}
		return one(judgeCanary(*s.Canary))
	},
}

func judgeCanary(c path.Canary) Finding {
	const expected = "Encrypt with the canary key succeeds"
	seen := fmt.Sprintf("%s: %s", c.Code, c.Message)
	switch {
	case c.OK:
		return pass(c.Key, expected, "Encrypt succeeded")
	case CanaryFails(c):
		return fail(c.Key, expected, seen, "Encrypt with the canary key fails")
	}
	return unknown(c.Key, expected, seen+" (says nothing of the path)")
}

// CanaryFails reports whether the canary's Encrypt failed with a message that means the
// path or what is behind it. A refused, disabled or throttled call says nothing of the
// path, nor does an external key that is disabled or unfit: somebody may have meant it.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
func CanaryFails(c path.Canary) bool {
	if c.OK || !fold(c.Code, "KMSInvalidStateException") {
		return false
	}
	message := strings.ToLower(c.Message)
	if !strings.Contains(message, "external key store proxy") {
		return false // the key's own state, as "… is pending deletion"
	}
	for _, other := range []string{"key is not enabled", "does not support the requested operation", "ciphertext"} {
		if strings.Contains(message, other) {
			return false
		}
	}
	return true
}
