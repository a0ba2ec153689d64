// Package kms serves, over the simulated world, the operations of AWS KMS on custom key
// stores and on the keys in them.
package kms

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/serve"
)

// api answers AWS KMS's calls over one world.
type api struct{ *network.World }

// Service returns AWS KMS over w.
func Service(w *network.World) *engine.Service {
	a := api{w}
	return &engine.Service{
		Name: "kms", IAMPrefix: "kms", Protocol: engine.JSON11, Targets: []string{"TrentService."},
		Operations: map[string]engine.Operation{
			"DescribeCustomKeyStores":         serve.Reads(nil, a.describeStores),
			"CreateCustomKeyStore":            serve.Writes(nil, a.createStore),
			"UpdateCustomKeyStore":            serve.Writes(nil, a.updateStore),
			"DeleteCustomKeyStore":            serve.Writes(nil, a.deleteStore),
			"ConnectCustomKeyStore":           serve.Writes(nil, a.connectStore),
			"DisconnectCustomKeyStore":        serve.Writes(nil, a.disconnectStore),
			"CreateKey":                       serve.Writes(nil, a.createKey),
			"DescribeKey":                     serve.Reads(a.describedKey, a.describeKey),
			"ListKeys":                        serve.Reads(nil, a.listKeys),
			"EnableKey":                       serve.Writes(a.switchedKey, a.enableKey),
			"DisableKey":                      serve.Writes(a.switchedKey, a.disableKey),
			"Encrypt":                         serve.Reads(a.encryptedWith, a.encrypt),
			"Decrypt":                         serve.Reads(a.decryptedWith, a.decrypt),
			"GenerateDataKey":                 serve.Reads(a.generatedWith, a.generateDataKey),
			"GenerateDataKeyWithoutPlaintext": serve.Reads(a.generatedWith, a.generateWithoutPlaintext),
		},
	}
}

// fail returns a client error of KMS.
func fail(code, format string, args ...any) error {
	return &engine.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// store returns the key store with an ID.
func (a api) store(id string) (*network.KeyStore, error) {
	if ks := a.KeyStores[id]; ks != nil {
		return ks, nil
	}
	return nil, fail("CustomKeyStoreNotFoundException", "The custom key store %s does not exist in this account and Region.", id)
}
