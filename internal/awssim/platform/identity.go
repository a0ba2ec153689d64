package platform

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// PrincipalID is the unique ID of a caller: of a user "AIDA…", of a session its role's and its
// own name, "AROA…:session". CloudTrail records it, and GetCallerIdentity calls it UserId.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func PrincipalID(p engine.Principal) string {
	if p.RoleARN != "" {
		return UniqueID("AROA", p.RoleARN) + ":" + p.ARN[strings.LastIndex(p.ARN, "/")+1:]
	}
	return UniqueID("AIDA", p.ARN)
}

// UniqueID makes an identifier in IAM's form, the same each time for the same ARN.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func UniqueID(prefix, arn string) string {
	sum := sha256.Sum256([]byte(arn))
	return prefix + base32.StdEncoding.EncodeToString(sum[:])[:17]
}
