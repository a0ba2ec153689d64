package cloudtrail

import (
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
)

const (
	assumedRole = "AssumedRole"
	awsService  = "AWSService"
)

// identity is the userIdentity element.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
type identity struct {
	Type           string   `json:"type"`
	PrincipalID    string   `json:"principalId,omitempty"`
	ARN            string   `json:"arn,omitempty"`
	AccountID      string   `json:"accountId,omitempty"`
	AccessKeyID    string   `json:"accessKeyId,omitempty"`
	UserName       string   `json:"userName,omitempty"`
	SessionContext *session `json:"sessionContext,omitempty"`
	InvokedBy      string   `json:"invokedBy,omitempty"`
}

type session struct {
	Issuer     issuer            `json:"sessionIssuer"`
	Attributes sessionAttributes `json:"attributes"`
}

type issuer struct {
	Type        string `json:"type"`
	PrincipalID string `json:"principalId"`
	ARN         string `json:"arn"`
	AccountID   string `json:"accountId"`
	UserName    string `json:"userName"`
}

type sessionAttributes struct {
	CreationDate string `json:"creationDate"`
	MFA          string `json:"mfaAuthenticated"`
}

func (r *Recorder) identify(p engine.Principal) identity {
	switch p.Type {
	case awsService:
		return identity{Type: awsService, InvokedBy: p.Name}
	case assumedRole:
		return identity{
			Type: assumedRole, PrincipalID: platform.PrincipalID(p), ARN: p.ARN,
			AccountID: r.account.ID, AccessKeyID: p.KeyID,
			SessionContext: &session{
				Issuer:     issuer{Type: "Role", PrincipalID: platform.UniqueID("AROA", p.RoleARN), ARN: p.RoleARN, AccountID: r.account.ID, UserName: last(p.RoleARN)},
				Attributes: sessionAttributes{CreationDate: r.started.UTC().Format("2006-01-02T15:04:05Z"), MFA: "false"},
			},
		}
	}
	return identity{Type: p.Type, PrincipalID: platform.PrincipalID(p), ARN: p.ARN,
		AccountID: r.account.ID, AccessKeyID: p.KeyID, UserName: userName(p)}
}

// userName is what the event history calls Username.
func userName(p engine.Principal) string {
	if p.UserName != "" {
		return p.UserName
	}
	return last(p.ARN)
}

func last(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
