package probe

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// maxAnswer bounds what is read of an answer, headers included.
const maxAnswer = 64 << 10

// healthRequest is the body of GetHealthStatus. The proxy logs the request ID, so that its
// operator sees who asked.
const healthRequest = `{"requestMetadata":{"kmsRequestId":"xks-remediator-probe","kmsOperation":"KmsHealthCheck"}}`

// errorNames are those that the XKS proxy API has for a health request; who answers with one
// is an external key store proxy.
func errorNames() []string {
	return []string{
		"AuthenticationFailedException", "AccessDeniedException", "InvalidUriPathException", "InvalidStateException", "ThrottlingException",
		"UnsupportedOperationException", "DependencyTimeoutException", "InternalException", "ValidationException",
	}
}

// ask sends the health request of the XKS proxy API, unsigned: it asks for nothing but who is
// there. A proxy answers 401 with AuthenticationFailedException.
// https://github.com/aws/aws-kms-xksproxy-api-spec/blob/main/xks_proxy_api_spec.md
func (p Prober) ask(session *tls.Conn, r path.ProbeRequest) path.ProbedAnswer {
	began := p.Now()
	status, header, body, err := exchange(session, r)
	out := path.ProbedAnswer{ProbedStep: p.step(began, err)}
	if err != nil {
		if errors.Is(err, errNotHTTP) {
			out.Fault = path.ProbeNotHTTP
		}
		return out
	}
	out.Status = status
	var said struct {
		ErrorName      string `json:"errorName"`
		XksProxyVendor string `json:"xksProxyVendor"`
	}
	_ = json.Unmarshal(body, &said) // what is no JSON is no proxy's
	switch {
	case slices.Contains(errorNames(), said.ErrorName):
		out.Proxy, out.Error = true, said.ErrorName
	case status == http.StatusOK && said.XksProxyVendor != "":
		out.Proxy = true
	default:
		out.Server = text(header.Get("Server"))
	}
	return out
}

var errNotHTTP = errors.New("what came back is no HTTP")

func exchange(session *tls.Conn, r path.ProbeRequest) (int, http.Header, []byte, error) {
	target := "https://" + r.Name + cmp.Or(r.UriPath, "/kms/xks/v1") + "/health"
	request, err := http.NewRequest(http.MethodPost, target, bytes.NewReader([]byte(healthRequest)))
	if err != nil {
		return 0, nil, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "xks-remediator-probe")
	if err := request.Write(session); err != nil {
		return 0, nil, nil, err
	}
	heard := &counted{from: io.LimitReader(session, maxAnswer)}
	response, err := http.ReadResponse(bufio.NewReader(heard), request)
	if err != nil {
		if heard.err == nil || heard.n > 0 && heard.err == io.EOF {
			return 0, nil, nil, fmt.Errorf("%w: %w", errNotHTTP, err)
		}
		return 0, nil, nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil && len(body) == 0 {
		return 0, nil, nil, err
	}
	return response.StatusCode, response.Header, body, nil
}

// counted remembers how a reader ended, which a parser's error hides.
type counted struct {
	from io.Reader
	n    int
	err  error
}

// Read reads on.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	c.n += n
	if err != nil {
		c.err = err
	}
	return n, err
}
