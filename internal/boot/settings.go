package boot

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// awsConfig returns what clients need, from the environment alone: Lambda sets the Region and
// the credentials of the function's role there, and has no profile, instance or login to ask.
// The SDK's own loader would link the clients of all these, for every cold start to prepare.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func awsConfig(environ map[string]string) (aws.Config, error) {
	if err := endpoints(environ).validate(); err != nil {
		return aws.Config{}, err
	}
	sender := awshttp.NewBuildableClient()
	if file := environ["AWS_CA_BUNDLE"]; file != "" {
		roots, err := bundle(file)
		if err != nil {
			return aws.Config{}, err
		}
		sender = sender.WithTransportOptions(func(t *http.Transport) { t.TLSClientConfig.RootCAs = roots })
	}
	settings := aws.Config{
		Region: environ["AWS_REGION"], Credentials: aws.NewCredentialsCache(roleCredentials(environ)), HTTPClient: HTTPClient(sender),
		RetryMode: aws.RetryModeStandard, RetryMaxAttempts: 3, ConfigSources: []any{endpoints(environ)},
	}
	if endpoint := environ["AWS_ENDPOINT_URL"]; endpoint != "" {
		settings.BaseEndpoint = aws.String(endpoint)
	}
	return settings, nil
}

func roleCredentials(environ map[string]string) aws.CredentialsProvider {
	if key := environ["AWS_ACCESS_KEY_ID"]; key != "" {
		return credentials.NewStaticCredentialsProvider(key, environ["AWS_SECRET_ACCESS_KEY"], environ["AWS_SESSION_TOKEN"])
	}
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("AWS_ACCESS_KEY_ID is not set: Lambda sets it to that of the function's role")
	})
}

func bundle(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("AWS_CA_BUNDLE: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("AWS_CA_BUNDLE: %s holds no certificate in PEM", file)
	}
	return roots, nil
}

// endpoints are the environment's wishes for a kind of endpoint, as clients ask for them. A
// client ignores an error of theirs, so that the values are checked before.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
type endpoints map[string]string

const (
	fips      = "AWS_USE_FIPS_ENDPOINT"
	dualStack = "AWS_USE_DUALSTACK_ENDPOINT"
)

func (e endpoints) validate() error {
	var wrong []error
	for _, name := range []string{fips, dualStack} {
		if value := strings.ToLower(e[name]); value != "" && value != "true" && value != "false" {
			wrong = append(wrong, fmt.Errorf("%s: %q is neither true nor false", name, e[name]))
		}
	}
	return errors.Join(wrong...)
}

func (e endpoints) wants(name string) bool { return strings.EqualFold(e[name], "true") }

// GetUseFIPSEndpoint reads AWS_USE_FIPS_ENDPOINT.
func (e endpoints) GetUseFIPSEndpoint(context.Context) (state aws.FIPSEndpointState, found bool, err error) {
	if e.wants(fips) {
		return aws.FIPSEndpointStateEnabled, true, nil
	}
	return aws.FIPSEndpointStateDisabled, e[fips] != "", nil
}

// GetUseDualStackEndpoint reads AWS_USE_DUALSTACK_ENDPOINT.
func (e endpoints) GetUseDualStackEndpoint(context.Context) (state aws.DualStackEndpointState, found bool, err error) {
	if e.wants(dualStack) {
		return aws.DualStackEndpointStateEnabled, true, nil
	}
	return aws.DualStackEndpointStateDisabled, e[dualStack] != "", nil
}
