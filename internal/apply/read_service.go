package apply

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// readService reads the settings and tags of an endpoint service of this account.
func (a *Applier) readService(ctx context.Context, now *path.Snapshot, id path.ServiceID) error {
	out, err := a.ec2.DescribeVpcEndpointServiceConfigurations(ctx,
		&ec2.DescribeVpcEndpointServiceConfigurationsInput{ServiceIds: []string{string(id)}})
	if awserr.IsAbsent(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("describing endpoint service %s: %w", id, awserr.WithAction(err, "ec2:DescribeVpcEndpointServiceConfigurations", ""))
	}
	for _, s := range out.ServiceConfigurations {
		if aws.ToString(s.ServiceId) == string(id) {
			now.Service = new(serviceFrom(s))
		}
	}
	return nil
}

func serviceFrom(s types.ServiceConfiguration) path.EndpointService {
	svc := path.EndpointService{
		ID: path.ServiceID(aws.ToString(s.ServiceId)), Name: aws.ToString(s.ServiceName),
		Owned: true, // no other account's service is among the configurations
		State: string(s.ServiceState), Zones: s.AvailabilityZones,
		AcceptanceRequired: aws.ToBool(s.AcceptanceRequired),
		PrivateDnsName:     aws.ToString(s.PrivateDnsName), Tags: tagsFrom(s.Tags),
	}
	if c := s.PrivateDnsNameConfiguration; c != nil {
		svc.PrivateDnsState = string(c.State)
	}
	return svc
}

// readAllowList reads an endpoint service with its allow list.
func (a *Applier) readAllowList(ctx context.Context, now *path.Snapshot, id path.ServiceID) error {
	if err := a.readService(ctx, now, id); err != nil || now.Service == nil {
		return err
	}
	pages := ec2.NewDescribeVpcEndpointServicePermissionsPaginator(a.ec2,
		&ec2.DescribeVpcEndpointServicePermissionsInput{ServiceId: aws.String(string(id))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("describing the allow list of endpoint service %s: %w", id,
				awserr.WithAction(err, "ec2:DescribeVpcEndpointServicePermissions", string(id)))
		}
		for _, p := range page.AllowedPrincipals {
			now.Service.Principals = append(now.Service.Principals,
				path.AllowedPrincipal{Type: string(p.PrincipalType), Principal: aws.ToString(p.Principal)})
		}
	}
	return nil
}

// readKeyStore reads a key store and, for its opt-in tag, its endpoint service.
func (a *Applier) readKeyStore(ctx context.Context, now *path.Snapshot, id path.KeyStoreID) error {
	out, err := a.kms.DescribeCustomKeyStores(ctx, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: aws.String(string(id))})
	if awserr.IsAbsent(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("describing key store %s: %w", id, awserr.WithAction(err, "kms:DescribeCustomKeyStores", ""))
	}
	for _, ks := range out.CustomKeyStores {
		if aws.ToString(ks.CustomKeyStoreId) == string(id) {
			now.KeyStore = new(keyStoreFrom(ks))
		}
	}
	if now.KeyStore == nil || now.KeyStore.ServiceName == "" {
		return nil
	}
	name := now.KeyStore.ServiceName
	return a.readService(ctx, now, path.ServiceID(name[strings.LastIndex(name, ".")+1:]))
}

func keyStoreFrom(ks kmstypes.CustomKeyStoresListEntry) path.KeyStore {
	k := path.KeyStore{
		ID: path.KeyStoreID(aws.ToString(ks.CustomKeyStoreId)), Name: aws.ToString(ks.CustomKeyStoreName),
		External:        ks.CustomKeyStoreType == kmstypes.CustomKeyStoreTypeExternalKeyStore,
		ConnectionState: string(ks.ConnectionState), ConnectionErrorCode: string(ks.ConnectionErrorCode),
	}
	if c := ks.XksProxyConfiguration; c != nil {
		k.Connectivity, k.UriEndpoint = string(c.Connectivity), aws.ToString(c.UriEndpoint)
		k.ServiceName, k.ServiceOwner = aws.ToString(c.VpcEndpointServiceName), aws.ToString(c.VpcEndpointServiceOwner)
	}
	return k
}
