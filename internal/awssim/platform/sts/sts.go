// Package sts is the simulated AWS Security Token Service: who is calling, and as whom else
// they may call.
package sts

import (
	"net/http"
	"strings"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
)

type identity struct{ Account, Arn, UserId string }

// A Session is what assuming a role gives.
type Session struct {
	Principal     engine.Principal
	KeyID, Secret string
	Expires       time.Time
}

// Roles says whether a role's trust policy lets a caller assume it.
type Roles interface {
	Assume(caller engine.Principal, role, externalID string) (Session, bool)
}

type assumeInput struct {
	RoleArn         string
	RoleSessionName string
	ExternalID      string `query:"ExternalId"`
	DurationSeconds int
}

type credentials struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      time.Time
}

type assumedUser struct {
	AssumedRoleID string `xml:"AssumedRoleId"`
	Arn           string
}

type assumeOutput struct {
	Credentials     credentials
	AssumedRoleUser assumedUser
}

// Service returns STS as its clients see it. GetCallerIdentity needs no permission.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func Service(account *platform.Account, roles Roles) *engine.Service {
	whoAmI := platform.Read(platform.On(nil, func(c *engine.Call, _ struct{}) (any, error) {
		return &identity{Account: home(c.Principal, account.ID), Arn: c.Principal.ARN, UserId: platform.PrincipalID(c.Principal)}, nil
	}))
	whoAmI.Free = true
	assume := platform.Read(platform.On(
		func(_ *engine.Call, in assumeInput) []engine.Resource { return platform.Resource(in.RoleArn) },
		func(c *engine.Call, in assumeInput) (any, error) { return assumed(c, in, roles) }))
	return &engine.Service{Name: "sts", IAMPrefix: "sts", Protocol: engine.AWSQuery, Version: "2011-06-15",
		Operations: map[string]engine.Operation{"GetCallerIdentity": whoAmI, "AssumeRole": assume}}
}

func assumed(c *engine.Call, in assumeInput, roles Roles) (any, error) {
	c.Trail.RequestParameters = map[string]any{"roleArn": in.RoleArn, "roleSessionName": in.RoleSessionName}
	session, ok := roles.Assume(c.Principal, in.RoleArn, in.ExternalID)
	if !ok {
		return nil, &engine.Error{Code: "AccessDenied", Status: http.StatusForbidden,
			Message: "User: " + c.Principal.ARN + " is not authorized to perform: sts:AssumeRole on resource: " + in.RoleArn}
	}
	return &assumeOutput{
		credentials{session.KeyID, session.Secret, "session-token-of-" + session.KeyID, session.Expires},
		assumedUser{platform.PrincipalID(session.Principal), session.Principal.ARN},
	}, nil
}

// home is the account of a caller.
func home(p engine.Principal, otherwise string) string {
	if parts := strings.Split(p.ARN, ":"); len(parts) > 5 {
		return parts[4]
	}
	return otherwise
}
