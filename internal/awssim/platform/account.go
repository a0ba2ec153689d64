// Package platform is what the simulated managed services share: whose account it is,
// what time it is there, and where identifiers come from. The services themselves are
// the packages below it.
package platform

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// An Account is one AWS account in one Region. Like all of the simulator it is guarded
// by the owner's lock.
type Account struct {
	ID     string // twelve digits
	Region string
	Clock  *engine.Clock

	issued int
}

// NewAccount returns the account id in region, whose time is clock's.
func NewAccount(clock *engine.Clock, region, id string) *Account {
	return &Account{ID: id, Region: region, Clock: clock}
}

// Now returns the simulated time.
func (a *Account) Now() time.Time { return a.Clock.Now() }

// ARN returns the ARN of resource in the account and Region, as
// ARN("sqs", "SignalQueue").
func (a *Account) ARN(service, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, a.Region, a.ID, resource)
}

// UUID returns the next identifier in the form of a version 4 UUID. The same calls in
// the same order give the same identifiers, so that two runs can be compared.
func (a *Account) UUID() string {
	a.issued++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", a.ID, a.Region, a.issued))
	sum[6] = sum[6]&0x0f | 0x40
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
