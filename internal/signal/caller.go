package signal

import (
	"slices"
	"strings"
)

// actor returns who called: an ARN, or the AWS service that called for itself.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
func actor(record object) string {
	who := record.object("userIdentity")
	return firstOf(
		who.long("arn", 1024),
		who.object("sessionContext", "sessionIssuer").long("arn", 1024),
		who.text("invokedBy"),
		who.text("type"),
	)
}

// ownCall reports whether one of the product's own roles made the call. Where the record
// names no role's ARN, the name within the session's ARN decides.
func ownCall(record object, self Self) bool {
	who := record.object("userIdentity")
	if issuer := who.object("sessionContext", "sessionIssuer").long("arn", 1024); issuer != "" {
		return slices.Contains(self.Roles, issuer)
	}
	arn := who.long("arn", 1024)
	return slices.ContainsFunc(self.Roles, func(role string) bool { return arn == role || ofRole(arn, role) })
}

// ofRole reports whether a session's ARN (arn:aws:sts::1:assumed-role/Name/session) is of a
// role (arn:aws:iam::1:role/path/Name). A session's ARN leaves the role's path out.
func ofRole(session, role string) bool {
	s, r := strings.SplitN(session, ":", 6), strings.SplitN(role, ":", 6)
	if len(s) != 6 || len(r) != 6 || s[2] != "sts" || s[1] != r[1] || s[4] != r[4] {
		return false
	}
	parts := strings.Split(s[5], "/")
	return len(parts) == 3 && parts[0] == "assumed-role" && parts[1] == r[5][strings.LastIndex(r[5], "/")+1:]
}
