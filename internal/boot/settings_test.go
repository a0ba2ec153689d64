package boot_test

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/xks-remediator/xks-remediator/internal/boot"
)

// caught is called instead of the network.
type caught func(*http.Request)

func (c caught) Do(r *http.Request) (*http.Response, error) {
	c(r)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

func load(t *testing.T, edits ...string) (boot.Env[sample], error) {
	t.Helper()
	return boot.LoadFrom[sample](settings(edits...), io.Discard, time.Now)
}

// TestTheEnvironmentChoosesTheEndpoint asks the SDK's own resolver of KMS, the service that a
// regulated customer most likely reaches at a FIPS endpoint.
// https://docs.aws.amazon.com/general/latest/gr/kms.html
func TestTheEnvironmentChoosesTheEndpoint(t *testing.T) {
	t.Parallel()
	for title, tt := range map[string]struct {
		edits []string
		want  string
	}{
		"none":       {[]string{"AWS_ENDPOINT_URL="}, "https://kms.us-east-1.amazonaws.com"},
		"FIPS":       {[]string{"AWS_ENDPOINT_URL=", "AWS_USE_FIPS_ENDPOINT=true"}, "https://kms-fips.us-east-1.amazonaws.com"},
		"no FIPS":    {[]string{"AWS_ENDPOINT_URL=", "AWS_USE_FIPS_ENDPOINT=False"}, "https://kms.us-east-1.amazonaws.com"},
		"dual stack": {[]string{"AWS_ENDPOINT_URL=", "AWS_USE_DUALSTACK_ENDPOINT=TRUE"}, "https://kms.us-east-1.api.aws"},
		"its own":    {[]string{"AWS_ENDPOINT_URL=http://127.0.0.1:9"}, "http://127.0.0.1:9"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			env, err := load(t, append(tt.edits, "AWS_REGION=us-east-1")...)
			if err != nil {
				t.Fatal(err)
			}
			var got string
			env.AWS.HTTPClient = caught(func(r *http.Request) { got = r.URL.Scheme + "://" + r.URL.Host })
			_, _ = kms.NewFromConfig(env.AWS).DescribeCustomKeyStores(t.Context(), &kms.DescribeCustomKeyStoresInput{}, func(o *kms.Options) { o.RetryMaxAttempts = 1 })
			if got != tt.want {
				t.Errorf("KMS is called at %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAWishForAnEndpointThatIsNoneIsAnError(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"} {
		if _, err := load(t, name+"=yes"); err == nil || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("of %s=yes: %v", name, err)
		}
	}
}

func TestCredentialsAreNotLookedForElsewhere(t *testing.T) {
	t.Parallel()
	env, err := load(t, "AWS_ACCESS_KEY_ID=")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := env.AWS.Credentials.Retrieve(t.Context()); err == nil || !strings.Contains(err.Error(), "AWS_ACCESS_KEY_ID is not set") {
		t.Errorf("got %v", err)
	}
	env, err = load(t, "AWS_SESSION_TOKEN=token")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := env.AWS.Credentials.Retrieve(t.Context()); err != nil || got.AccessKeyID != "AKID" || got.SecretAccessKey != "secret" || got.SessionToken != "token" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestACABundleIsTrusted(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(edits ...string) error {
		env, err := load(t, edits...)
		if err != nil {
			return err
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
		if err != nil {
			return err
		}
		response, err := env.AWS.HTTPClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		return err
	}
	if err := ask("AWS_CA_BUNDLE=" + file); err != nil {
		t.Errorf("with the bundle: %v", err)
	}
	if err := ask(); err == nil {
		t.Error("an unknown root is trusted without a bundle")
	}
	for _, bad := range []string{"/nonexistent/roots.pem", "settings_test.go"} {
		if err := ask("AWS_CA_BUNDLE=" + bad); err == nil || !strings.Contains(err.Error(), "AWS_CA_BUNDLE") {
			t.Errorf("of the bundle %s: %v", bad, err)
		}
	}
}
