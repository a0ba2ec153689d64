package kms

import (
	"regexp"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// proxySettings are the parameters about an external key store's proxy, which creating and
// updating share.
type proxySettings struct {
	Connectivity string      `json:"XksProxyConnectivity"`
	URIEndpoint  string      `json:"XksProxyUriEndpoint"`
	URIPath      string      `json:"XksProxyUriPath"`
	ServiceName  string      `json:"XksProxyVpcEndpointServiceName"`
	ServiceOwner string      `json:"XksProxyVpcEndpointServiceOwner"`
	Credential   *credential `json:"XksProxyAuthenticationCredential"`
}

type credential struct {
	AccessKeyID     string `json:"AccessKeyId"`
	RawSecretAccess string `json:"RawSecretAccessKey"`
}

// hidden is what CloudTrail writes in place of a secret.
const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// trailed adds to a record the parameters that were given.
func (p proxySettings) trailed(record map[string]any) {
	for name, value := range map[string]string{
		"xksProxyConnectivity": p.Connectivity, "xksProxyUriEndpoint": p.URIEndpoint, "xksProxyUriPath": p.URIPath,
		"xksProxyVpcEndpointServiceName": p.ServiceName, "xksProxyVpcEndpointServiceOwner": p.ServiceOwner,
	} {
		if value != "" {
			record[name] = value
		}
	}
	if p.Credential != nil {
		record["xksProxyAuthenticationCredential"] = map[string]any{"accessKeyId": p.Credential.AccessKeyID, "rawSecretAccessKey": hidden}
	}
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_XksProxyConfigurationType.html
var (
	uriForm = regexp.MustCompile(`^https://[a-zA-Z0-9.-]{2,120}$`)
	keyForm = regexp.MustCompile(`^[A-Z2-7]{20,30}$`)
)

// apply returns what a key store would be with the parameters that were given, or what is
// wrong with their form.
func (p proxySettings) apply(to network.KeyStore) (network.KeyStore, error) {
	for field, value := range map[*string]string{
		&to.Connectivity: p.Connectivity, &to.URIEndpoint: p.URIEndpoint, &to.URIPath: p.URIPath,
		&to.ServiceName: p.ServiceName, &to.ServiceOwner: p.ServiceOwner,
	} {
		if value != "" {
			*field = value
		}
	}
	if p.Credential != nil {
		to.AccessKeyID = p.Credential.AccessKeyID
	}
	if to.Connectivity != "VPC_ENDPOINT_SERVICE" {
		to.ServiceName, to.ServiceOwner = "", ""
	}
	switch {
	case to.Connectivity != "VPC_ENDPOINT_SERVICE" && to.Connectivity != "PUBLIC_ENDPOINT":
		return to, invalid("xksProxyConnectivity", to.Connectivity)
	case !uriForm.MatchString(to.URIEndpoint):
		return to, invalid("xksProxyUriEndpoint", to.URIEndpoint)
	case !strings.HasPrefix(to.URIPath, "/") || !strings.HasSuffix(to.URIPath, "/kms/xks/v1"):
		return to, invalid("xksProxyUriPath", to.URIPath)
	case !keyForm.MatchString(to.AccessKeyID):
		return to, invalid("xksProxyAuthenticationCredential.accessKeyId", hidden)
	case to.Connectivity == "VPC_ENDPOINT_SERVICE" && to.ServiceName == "":
		return to, invalid("xksProxyVpcEndpointServiceName", "")
	}
	return to, nil
}

func invalid(parameter, value string) error {
	return fail("ValidationException", "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint", value, parameter)
}

// judge holds a key store as it would be against the others of the Region, and tests its
// proxy: at a public endpoint by asking for its health; behind an endpoint service by the
// service's configuration, and by asking too where a connection stands.
// https://docs.aws.amazon.com/kms/latest/developerguide/create-xks-keystore.html
func (a api) judge(ks *network.KeyStore, tested bool) error {
	for _, o := range append(network.Sorted(a.KeyStores), a.Elsewhere...) {
		if o.ID != ks.ID && o.External {
			if err := clash(ks, o); err != nil {
				return err
			}
		}
	}
	if !tested {
		return nil
	}
	if ks.Connectivity == "VPC_ENDPOINT_SERVICE" {
		if ks.State != network.Connected {
			if fault, _ := a.ServiceFault(ks.ServiceName, ks.URIEndpoint); fault != nil {
				return fault
			}
			return nil
		}
	}
	return a.Probe(ks)
}

// clash says what two key stores may not share.
func clash(ks, o *network.KeyStore) error {
	switch {
	case ks.ServiceName != "" && ks.ServiceName == o.ServiceName:
		return fail("XksProxyVpcEndpointServiceInUseException", "The VPC endpoint service %s is already associated with another external key store.", ks.ServiceName)
	case ks.URIEndpoint == o.URIEndpoint && (ks.ServiceName != "" || o.ServiceName != ""):
		return fail("XksProxyUriEndpointInUseException", "The proxy URI endpoint %s is already associated with another external key store.", ks.URIEndpoint)
	case ks.URIEndpoint == o.URIEndpoint && ks.URIPath == o.URIPath:
		return fail("XksProxyUriInUseException", "The proxy URI endpoint and path are already associated with another external key store.")
	}
	return nil
}
