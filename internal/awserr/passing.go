package awserr

import (
	"context"
	"errors"
	"net"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// IsThrottled reports whether AWS refused the call because too many came.
//
// The SDK also retries LimitExceededException as if it were throttling. It is not: KMS means
// the quota of custom key stores by it, and waiting does not help.
// https://docs.aws.amazon.com/kms/latest/developerguide/throttling.html
func IsThrottled(err error) bool {
	code := Code(err)
	if code == "LimitExceededException" {
		return false
	}
	if _, ok := retry.DefaultThrottleErrorCodes[code]; ok {
		return true
	}
	return code == "KMSThrottling" || code == "KMSThrottlingException" || status(err) == 429
}

// IsPassing reports whether the same call may succeed later without anybody's doing: it was
// throttled, AWS failed, a deadline passed or was withdrawn, or nothing came back.
func IsPassing(err error) bool {
	if err == nil || IsDenied(err) {
		return false
	}
	switch Code(err) {
	case "RequestTimeout", "RequestTimeoutException",
		"KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException",
		"TransactionConflictException", "TransactionInProgressException",
		"InternalError", "InternalFailure", "InternalServerError", "ServiceUnavailable", "Unavailable":
		return true
	case "TransactionCanceledException":
		return onlyConflicts(err)
	}
	return IsThrottled(err) || IsTimeout(err) || status(err) >= 500 || unanswered(err)
}

// IsTimeout reports whether the call ran out of time on this side.
func IsTimeout(err error) bool {
	if Code(err) != "" {
		return false
	}
	var timed interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timed) && timed.Timeout()
}

// LostAnswer reports whether the request may have been carried out while its answer did not
// arrive, or not whole. Who wrote something must then look, and must not take it for undone.
// A request that never left (no connection, bad input, no credentials) is not lost; where
// that cannot be told, as when a deadline ends the call, it counts as lost.
func LostAnswer(err error) bool {
	if err == nil || Code(err) != "" {
		return false
	}
	if status(err) != 0 {
		// A response without a code: a body cut short, or a gateway's page in its place.
		return true
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		// An earlier attempt may have got through, and only the last one is told.
		tries, ok := errors.AsType[*retry.MaxAttemptsError](err)
		return ok && tries.Attempt > 1
	}
	return unanswered(err) || IsTimeout(err)
}

// unanswered reports whether the transport gave no whole response.
func unanswered(err error) bool {
	if Code(err) != "" {
		return false
	}
	var withdrawn interface{ CanceledError() bool }
	if errors.Is(err, context.Canceled) || errors.As(err, &withdrawn) && withdrawn.CanceledError() {
		return true
	}
	if _, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return true
	}
	_, ok := errors.AsType[*smithy.DeserializationError](err)
	return ok
}

// status returns the HTTP status of AWS's answer, or 0 where none came: the SDK then makes
// up an empty response.
func status(err error) int {
	if r, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && r.Response != nil && r.Response.Response != nil {
		return r.HTTPStatusCode()
	}
	return 0
}
