package apply

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	smithymiddleware "github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
)

// failed says what an error of a write means. Action is the IAM action of the call, and on
// what it was to change.
func failed(err error, doing, action, on string) error {
	switch {
	case awserr.IsDenied(err):
		return fmt.Errorf("%s: %w", doing, awserr.WithAction(err, action, on))
	case awserr.LostAnswer(err), serverFailed(err):
		return fmt.Errorf("%s: %w: %w", doing, ErrUnknownOutcome, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// serverFailed reports whether AWS itself broke down over the call: it may have carried it
// out before. Throttling, which some services answer with status 503, is a refusal.
func serverFailed(err error) bool {
	r, ok := errors.AsType[*smithyhttp.ResponseError](err)
	return ok && r.Response != nil && r.Response.Response != nil && r.HTTPStatusCode() >= 500 && !awserr.IsThrottled(err)
}

// request returns the clause that names an accepted call in AWS's logs.
func request(m smithymiddleware.Metadata) string {
	if id, ok := middleware.GetRequestIDMetadata(m); ok {
		return "AWS request " + id
	}
	return "AWS accepted the request"
}
