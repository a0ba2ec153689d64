//go:build e2e

package moto

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/xks-remediator/xks-remediator/internal/e2e"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
)

// A caller is somebody in the account who is not the product. It is a scenario.Caller.
type caller struct {
	kms         *kms.Client
	ec2         *ec2.Client
	serviceName string
	ciphers     map[string][]byte // by key
}

func newCaller(cfg aws.Config, serviceName string) *caller {
	return &caller{kms: kms.NewFromConfig(cfg), ec2: ec2.NewFromConfig(cfg), serviceName: serviceName, ciphers: map[string][]byte{}}
}

// Create creates an external key store on the path's endpoint service.
func (c *caller) Create(name string) error {
	return c.create(name, types.XksProxyConnectivityTypeVpcEndpointService, "https://"+name+".xks.example.com", &c.serviceName)
}

// CreatePublic creates an external key store with public connectivity.
func (c *caller) CreatePublic(name, endpoint string) error {
	return c.create(name, types.XksProxyConnectivityTypePublicEndpoint, endpoint, nil)
}

func (c *caller) create(name string, connectivity types.XksProxyConnectivityType, endpoint string, service *string) error {
	_, err := c.kms.CreateCustomKeyStore(context.Background(), &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: &name, CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: connectivity, XksProxyUriEndpoint: &endpoint, XksProxyUriPath: aws.String("/kms/xks/v1"),
		XksProxyVpcEndpointServiceName: service,
		XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{
			AccessKeyId: aws.String("ABCDEFGHIJKLMNOPQRST"), RawSecretAccessKey: aws.String(rehearse.PlantedSecret),
		},
	})
	return err
}

func (c *caller) Connect(id string) error {
	_, err := c.kms.ConnectCustomKeyStore(context.Background(), &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: &id})
	return err
}

func (c *caller) Disconnect(id string) error {
	_, err := c.kms.DisconnectCustomKeyStore(context.Background(), &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: &id})
	return err
}

// Encrypt keeps the ciphertext, so that a later Decrypt has one.
func (c *caller) Encrypt(key string) error {
	out, err := c.kms.Encrypt(context.Background(), &kms.EncryptInput{
		KeyId: &key, Plaintext: []byte(rehearse.PlantedPlaintext), EncryptionContext: map[string]string{"order": rehearse.PlantedContext},
	})
	if err == nil {
		c.ciphers[key] = out.CiphertextBlob
	}
	return err
}

func (c *caller) Decrypt(key string) error { return c.decrypt(key, rehearse.PlantedContext) }

// DecryptCorrupt sends another encryption context than the ciphertext was made with.
func (c *caller) DecryptCorrupt(key string) error {
	return c.decrypt(key, rehearse.PlantedContext+"-wrong")
}

func (c *caller) decrypt(key, value string) error {
	_, err := c.kms.Decrypt(context.Background(), &kms.DecryptInput{
		KeyId: &key, CiphertextBlob: c.ciphers[key], EncryptionContext: map[string]string{"order": value},
	})
	return err
}

func (c *caller) RevokeIngress(group, rule string) error {
	_, err := c.ec2.RevokeSecurityGroupIngress(context.Background(), &ec2.RevokeSecurityGroupIngressInput{
		GroupId: &group, SecurityGroupRuleIds: []string{rule},
	})
	return err
}

// createKey creates a key in an external key store and returns its ID.
func (c *caller) createKey(t *testing.T, store string) string {
	t.Helper()
	out, err := c.kms.CreateKey(context.Background(), &kms.CreateKeyInput{
		CustomKeyStoreId: &store, Origin: types.OriginTypeExternalKeyStore, XksKeyId: aws.String("external"),
	})
	must(t, err)
	return aws.ToString(out.KeyMetadata.KeyId)
}

// typed types a line at a shell's prompt, in which aws is AWS's own CLI on this account.
func (a *account) typed(line string) error {
	command := exec.Command("bash", "-euc", line)
	command.Env = append(os.Environ(),
		"PATH="+filepath.Dir(e2e.Tool(a.t, "aws"))+string(os.PathListSeparator)+os.Getenv("PATH"),
		"AWS_ENDPOINT_URL="+a.url, "AWS_REGION="+region, "AWS_DEFAULT_REGION="+region, "AWS_PAGER=",
		"AWS_ACCESS_KEY_ID="+keyID, "AWS_SECRET_ACCESS_KEY="+secret)
	out, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("typing %s: %w\n%s", line, err, strings.TrimSpace(string(out)))
	}
	return nil
}
