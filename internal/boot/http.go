package boot

import (
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// A client sends requests as the SDK's own client does, and hides that their bodies can
// write themselves. A body of smithy-go that is closed answers a WriteTo with io.EOF. The SDK
// closes a body when the answer comes in; net/http, where it was kept from running until
// then, takes that for a failed write and closes the connection under the answer. Reads of
// the same body end as they should.
type client struct{ aws.HTTPClient }

// HTTPClient wraps a client of the SDK's, or where none is given its usual one. Whoever sends a call once, without the SDK's retries, needs it.
func HTTPClient(given aws.HTTPClient) aws.HTTPClient {
	if given == nil {
		given = awshttp.NewBuildableClient()
	}
	return client{given}
}

// Do sends a request.
func (c client) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return c.HTTPClient.Do(r)
}
