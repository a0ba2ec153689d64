package platform_test

import (
	"regexp"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
)

// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func TestAPrincipalHasAnIDOfItsKind(t *testing.T) {
	t.Parallel()
	role := "arn:aws:iam::111122223333:role/payments"
	for name, tt := range map[string]struct {
		p    engine.Principal
		want string
	}{
		"a user":              {engine.Principal{KeyID: "AKIA1", ARN: "arn:aws:iam::111122223333:user/Alice"}, `^AIDA[A-Z2-7]{17}$`},
		"a session of a role": {engine.Principal{KeyID: "ASIA1", RoleARN: role, ARN: "arn:aws:sts::111122223333:assumed-role/payments/i-1"}, `^AROA[A-Z2-7]{17}:i-1$`},
	} {
		if got := platform.PrincipalID(tt.p); !regexp.MustCompile(tt.want).MatchString(got) {
			t.Errorf("%s has the ID %s; want %s", name, got, tt.want)
		}
	}
}
