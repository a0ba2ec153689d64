package plan

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// serviceElsewhere names what a key store needs in its own Region.
func (m maker) serviceElsewhere(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		look := []string{"aws", "ec2", "describe-vpc-endpoint-service-configurations", "--region", m.Region,
			"--query", "ServiceConfigurations[].[ServiceName,PrivateDnsName]"}
		return m.anotherService(f.Subject, "use a VPC endpoint service of "+m.Region+", the key store's Region, since KMS reaches into no other", look)
	})
}

// sharedService gives the key store an endpoint service of its own. Which key stores of the
// account use what is there to be seen; another account's is not.
func (m maker) sharedService(found []check.Finding) []Step {
	return each(found, func(f check.Finding) Step {
		look := []string{"aws", "kms", "describe-custom-key-stores", "--query",
			"CustomKeyStores[].[CustomKeyStoreName,XksProxyConfiguration.[VpcEndpointServiceName,UriEndpoint]]"}
		return m.anotherService(f.Subject, "use a VPC endpoint service with a private DNS name that no other key store uses, of this account or of another", look)
	})
}

// anotherService tells a person to point the key store, or the repeated call, at another
// endpoint service.
func (m maker) anotherService(on path.ARN, text string, look []string) Step {
	if m.KeyStore == nil {
		return instruct(on, text+", and repeat the call", look)
	}
	text += ". The key store must be DISCONNECTED for the update, and its keys are unavailable until it is connected again"
	return instruct(on, text, append([][]string{look}, m.updated(updateService(m.KeyStore.ID))...)...)
}

// updateService returns the command that changes the endpoint service and, with it, the URI
// endpoint, as JSON for the reason that updateEndpoint gives.
func updateService(id path.KeyStoreID) []string {
	return []string{"aws", "kms", "update-custom-key-store", "--cli-input-json", fmt.Sprintf(
		`{"CustomKeyStoreId":%q,"XksProxyVpcEndpointServiceName":"<service-name>","XksProxyUriEndpoint":"https://<private-dns-name>"}`, id)}
}
