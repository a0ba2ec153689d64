package dynamo_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/xks-remediator/xks-remediator/internal/dynamo/dynamotest"
)

// The simulator's inconsistent reads return what stood before the latest write, and its pages
// hold three items here.
func TestTheStoreKeepsItsContracts(t *testing.T) {
	t.Parallel()
	n := dynamotest.Run(t, func(t *testing.T) (aws.Config, string) { return dynamotest.Simulated(t, 3) })
	if n.Conflicts == 0 || n.Writers == 0 {
		t.Errorf("nobody raced: %+v", n)
	}
}
