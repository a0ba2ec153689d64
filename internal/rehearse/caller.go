package rehearse

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// A caller is somebody in the simulated account who is not the product.
type caller struct {
	kms *kms.Client
	ec2 *ec2.Client
	ref func() *network.Reference

	happened func(what string, err error) // nil for nobody to tell
	ciphers  map[string][]byte            // by key
}

func newCaller(cfg aws.Config, ref func() *network.Reference, happened func(string, error)) *caller {
	return &caller{happened: happened, kms: kms.NewFromConfig(cfg), ec2: ec2.NewFromConfig(cfg), ref: ref, ciphers: map[string][]byte{}}
}

// Create creates an external key store on the reference path's endpoint service.
func (c *caller) Create(name string) error {
	r := c.ref()
	_, err := c.kms.CreateCustomKeyStore(context.Background(), &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName:             aws.String(name),
		CustomKeyStoreType:             types.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity:           types.XksProxyConnectivityTypeVpcEndpointService,
		XksProxyUriEndpoint:            aws.String("https://" + name + ".xks.example.com"),
		XksProxyUriPath:                aws.String("/kms/xks/v1"),
		XksProxyVpcEndpointServiceName: aws.String(r.Service.Name),
		XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{
			AccessKeyId: aws.String("ABCDEFGHIJKLMNOPQRST"), RawSecretAccessKey: aws.String(PlantedSecret),
		},
	})
	return c.said("creating key store "+name, err)
}

// PlantedSecret, PlantedContext and PlantedPlaintext stand in the calls of a rehearsal's
// people and workloads. They must not be found in a log, a record or a message.
const (
	PlantedSecret    = "planted0secret0access0key0XKS0proxy0credential0"
	PlantedContext   = "planted-encryption-context-value"
	PlantedPlaintext = "planted plaintext"
)

// CreatePublic creates an external key store with public connectivity.
func (c *caller) CreatePublic(name, endpoint string) error {
	_, err := c.kms.CreateCustomKeyStore(context.Background(), &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName:   aws.String(name),
		CustomKeyStoreType:   types.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint,
		XksProxyUriEndpoint:  aws.String(endpoint),
		XksProxyUriPath:      aws.String("/kms/xks/v1"),
		XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{
			AccessKeyId: aws.String("ABCDEFGHIJKLMNOPQRST"), RawSecretAccessKey: aws.String(PlantedSecret),
		},
	})
	return c.said("creating key store "+name, err)
}

func (c *caller) Connect(id string) error {
	_, err := c.kms.ConnectCustomKeyStore(context.Background(), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &id})
	return c.said("connecting "+id, err)
}

func (c *caller) Disconnect(id string) error {
	_, err := c.kms.DisconnectCustomKeyStore(context.Background(), &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: &id})
	return c.said("disconnecting "+id, err)
}

// Encrypt keeps the ciphertext, so that a later Decrypt has one.
func (c *caller) Encrypt(key string) error {
	out, err := c.kms.Encrypt(context.Background(), &kms.EncryptInput{
		KeyId: &key, Plaintext: []byte(PlantedPlaintext), EncryptionContext: map[string]string{"order": PlantedContext},
	})
	if err == nil {
		c.ciphers[key] = out.CiphertextBlob
	}
	return c.said("encrypting with "+key, err)
}

func (c *caller) Decrypt(key string) error { return c.decrypt(key, PlantedContext) }

// DecryptCorrupt sends another encryption context than the ciphertext was made with.
func (c *caller) DecryptCorrupt(key string) error { return c.decrypt(key, PlantedContext+"-wrong") }

func (c *caller) decrypt(key, value string) error {
	cipher, ok := c.ciphers[key]
	if !ok {
		return c.Encrypt(key)
	}
	_, err := c.kms.Decrypt(context.Background(), &kms.DecryptInput{
		KeyId: &key, CiphertextBlob: cipher, EncryptionContext: map[string]string{"order": value},
	})
	return c.said("decrypting with "+key, err)
}

func (c *caller) RevokeIngress(group, rule string) error {
	_, err := c.ec2.RevokeSecurityGroupIngress(context.Background(), &ec2.RevokeSecurityGroupIngressInput{
		GroupId: &group, SecurityGroupRuleIds: []string{rule},
	})
	return c.said("revoking "+rule, err)
}

// said tells what somebody did and what came of it.
func (c *caller) said(doing string, err error) error {
	if c.happened != nil {
		c.happened(doing, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
