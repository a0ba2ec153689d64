package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestKeyStoreAnswers(t *testing.T) {
	const state = "KMSInvalidStateException"
	judges(t, keyStoreAnswers, map[string]row{
		"Encrypt succeeds":      {edit: pathtest.Unchanged, want: Pass, subject: pathtest.CanaryKey},
		"no canary key is set":  {edit: pathtest.NoCanary, want: NotApplicable, seen: "no canary key"},
		"it could not be asked": {edit: pathtest.Blind(path.CanaryPart), want: Unknown, seen: "kms:Encrypt"},
		"none exists yet":       {edit: pathtest.FailedCreate, want: NotApplicable},
		"KMS cannot reach the proxy": {
			edit: pathtest.Canary(state, "AWS KMS cannot communicate with the external key store proxy. Verify that …"),
			want: Fail, seen: "cannot communicate", headline: "canary", subject: pathtest.CanaryKey,
		},
		"the proxy refuses the credential": {
			edit: pathtest.Canary(state, "The external key store proxy rejected the request because it could not authenticate AWS KMS."), want: Fail,
		},
		"the same message in capitals":   {edit: pathtest.Canary(state, "AWS KMS CANNOT COMMUNICATE WITH THE EXTERNAL KEY STORE PROXY."), want: Fail},
		"the call is refused":            {edit: pathtest.Canary("AccessDeniedException", "User: … is not authorized to perform: kms:Encrypt"), want: Unknown, seen: "not authorized"},
		"the key is disabled":            {edit: pathtest.Canary("DisabledException", string(pathtest.CanaryKey)+" is disabled."), want: Unknown},
		"the key is pending deletion":    {edit: pathtest.Canary(state, string(pathtest.CanaryKey)+" is pending deletion."), want: Unknown},
		"the call is throttled":          {edit: pathtest.Canary("ThrottlingException", "You have exceeded the rate"), want: Unknown},
		"the key store is not connected": {edit: pathtest.Canary(state, string(pathtest.CanaryKey)+" is unavailable."), want: Unknown},
		"the external key is disabled": {
			edit: pathtest.Canary(state, "The external key store proxy rejected the request because the external key is not enabled in the external key manager."), want: Unknown,
		},
		"another code with a message of the path": {
			edit: pathtest.Canary("DependencyTimeoutException", "AWS KMS cannot communicate with the external key store proxy."), want: Unknown,
		},
	})
}
