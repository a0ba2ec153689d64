// Package sts is the simulated AWS Security Token Service: who is calling.
package sts

import (
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform"
)

type identity struct{ Account, Arn, UserId string }

// Service returns STS as its clients see it. GetCallerIdentity needs no permission.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func Service(account *platform.Account) *engine.Service {
	whoAmI := platform.Read(platform.On(nil, func(c *engine.Call, _ struct{}) (any, error) {
		return &identity{Account: account.ID, Arn: c.Principal.ARN, UserId: platform.PrincipalID(c.Principal)}, nil
	}))
	whoAmI.Free = true
	return &engine.Service{Name: "sts", IAMPrefix: "sts", Protocol: engine.AWSQuery, Version: "2011-06-15",
		Operations: map[string]engine.Operation{"GetCallerIdentity": whoAmI}}
}
