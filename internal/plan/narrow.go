package plan

import (
	"errors"
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/flow"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// ErrTooWide says that a rule would admit more than the path can ever need.
var ErrTooWide = errors.New("wider than the path needs")

// Narrow returns ErrTooWide where rules name every address, no address, another protocol
// than TCP, or no single port range. No plan holds such a rule; this guards what was
// stored and read again.
func Narrow(rules []path.Rule) error {
	if len(rules) == 0 {
		return fmt.Errorf("%w: no rule at all", ErrTooWide)
	}
	for _, r := range rules {
		if !r.Prefix.IsValid() || r.Prefix.Bits() == 0 || r.Protocol != flow.TCP.String() ||
			r.FromPort < 1 || r.ToPort < r.FromPort || r.ToPort > 65535 {
			return fmt.Errorf("%w: %s", ErrTooWide, describe(r))
		}
	}
	return nil
}

func describe(r path.Rule) string {
	return fmt.Sprintf("%s %s %v", r.Protocol, path.Ports(r.FromPort, r.ToPort), r.Prefix)
}
