package plan

import (
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// RestartVerification asks AWS to look for the TXT record of an endpoint service's private
// DNS name again. It changes no setting, and asking twice is the same as asking once.
// https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
type RestartVerification struct {
	Service path.ServiceID `json:"service"`
}

// Kind returns KindRestartVerification.
func (a RestartVerification) Kind() Kind { return KindRestartVerification }

// Resource returns the endpoint service's ID.
func (a RestartVerification) Resource() path.ARN { return path.ARN(a.Service) }

// Summary says what is started.
func (a RestartVerification) Summary() string {
	return fmt.Sprintf("start the verification of endpoint service %s's private DNS name again", a.Service)
}

// Commands returns the start command.
func (a RestartVerification) Commands() [][]string {
	return [][]string{{"aws", "ec2", "start-vpc-endpoint-service-private-dns-verification", "--service-id", string(a.Service)}}
}

// Inverse returns none.
func (a RestartVerification) Inverse() (Action, string) {
	return nil, "a verification changes no setting"
}

// Precondition returns ErrAlreadyHolds where the name is verified, and ErrStale where the
// service is not there or has no private DNS name.
func (a RestartVerification) Precondition(now path.Snapshot) error {
	svc, err := service(now, a.Service)
	switch {
	case err != nil:
		return err
	case svc.PrivateDnsName == "":
		return fmt.Errorf("%w: endpoint service %s has no private DNS name", ErrStale, a.Service)
	case strings.EqualFold(svc.PrivateDnsState, "verified"):
		return ErrAlreadyHolds
	}
	return nil
}
