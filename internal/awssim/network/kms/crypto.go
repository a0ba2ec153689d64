package kms

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/json"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// cryptoInput are the parameters that all cryptographic operations share.
type cryptoInput struct {
	KeyID               string `json:"KeyId"`
	EncryptionContext   map[string]string
	EncryptionAlgorithm string
	GrantTokens         []string
	DryRun              bool
}

type encryptInput struct {
	cryptoInput
	Plaintext []byte
}

type encryptOutput struct {
	KeyID               string `json:"KeyId"`
	CiphertextBlob      []byte
	EncryptionAlgorithm string
}

func (a api) encryptedWith(in encryptInput) []engine.Resource { return a.keyResource(in.KeyID) }

func (a api) encrypt(c *engine.Call, in encryptInput) (any, error) {
	k, err := a.use(c, in.KeyID, in.cryptoInput)
	if err != nil {
		return nil, err
	}
	return &encryptOutput{a.KeyARN(k), a.seal(k, in.EncryptionContext, in.Plaintext), "SYMMETRIC_DEFAULT"}, nil
}

type decryptInput struct {
	cryptoInput
	CiphertextBlob []byte
}

type decryptOutput struct {
	KeyID               string `json:"KeyId"`
	Plaintext           []byte
	EncryptionAlgorithm string
}

func (a api) decryptedWith(in decryptInput) []engine.Resource {
	return a.keyResource(keyOf(in.CiphertextBlob))
}

// decrypt finds the key in the ciphertext. In an external key store the proxy is asked
// before KMS can know that ciphertext or encryption context are wrong.
func (a api) decrypt(c *engine.Call, in decryptInput) (any, error) {
	named := keyOf(in.CiphertextBlob)
	if named == "" {
		c.Trail.RequestParameters = in.trail("")
		return nil, fail("InvalidCiphertextException", "")
	}
	if in.KeyID != "" && bare(in.KeyID) != named {
		return nil, fail("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
	}
	k, err := a.use(c, named, in.cryptoInput)
	if err != nil {
		return nil, err
	}
	plaintext, ok := a.open(k, in.EncryptionContext, in.CiphertextBlob)
	if ok {
		return &decryptOutput{a.KeyARN(k), plaintext, "SYMMETRIC_DEFAULT"}, nil
	}
	if ks := a.KeyStores[k.KeyStore]; ks != nil && ks.External {
		return nil, &engine.Error{Code: "KMSInvalidStateException", Status: 409, Message: "The external key store proxy rejected the request because the specified ciphertext or additional authenticated data is corrupted, missing, or otherwise invalid."}
	}
	return nil, fail("InvalidCiphertextException", "")
}

type dataKeyInput struct {
	cryptoInput
	KeySpec       string
	NumberOfBytes int
}

type dataKeyOutput struct {
	KeyID          string `json:"KeyId"`
	Plaintext      []byte
	CiphertextBlob []byte
}

func (a api) generatedWith(in dataKeyInput) []engine.Resource { return a.keyResource(in.KeyID) }

// generateDataKey returns a data key. Each is another, and the same world gives the same.
func (a api) generateDataKey(c *engine.Call, in dataKeyInput) (any, error) {
	k, err := a.use(c, in.KeyID, in.cryptoInput)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte("data key " + a.NewUUID("data-key")))
	size := 32
	if in.KeySpec == "AES_128" {
		size = 16
	} else if in.NumberOfBytes > 0 {
		size = min(in.NumberOfBytes, len(sum))
	}
	return &dataKeyOutput{a.KeyARN(k), sum[:size], a.seal(k, in.EncryptionContext, sum[:size])}, nil
}

func (a api) generateWithoutPlaintext(c *engine.Call, in dataKeyInput) (any, error) {
	out, err := a.generateDataKey(c, in)
	if err != nil {
		return nil, err
	}
	key := out.(*dataKeyOutput)
	key.Plaintext = nil
	return key, nil
}

// use records a cryptographic call and sends it down the key's path.
func (a api) use(c *engine.Call, id string, in cryptoInput) (*network.Key, error) {
	c.Trail.RequestParameters = in.trail(id)
	k, err := a.key(id)
	if err != nil {
		return nil, err
	}
	a.about(c, k)
	c.Trail.RequestParameters["keyId"] = a.KeyARN(k)
	if k.Denied {
		action := "kms:" + c.Operation
		return nil, fail("AccessDeniedException", "User: %s is not authorized to perform: %s on resource: %s because no resource-based policy allows the %s action", c.Principal.ARN, action, a.KeyARN(k), action)
	}
	if in.DryRun {
		return nil, &engine.Error{Code: "DryRunOperationException", Status: 412, Message: "The request would have succeeded, but the DryRun option is set."}
	}
	return k, a.Use(k)
}

func (in cryptoInput) trail(keyID string) map[string]any {
	record := map[string]any{"encryptionAlgorithm": "SYMMETRIC_DEFAULT"}
	if keyID != "" {
		record["keyId"] = keyID
	}
	if len(in.EncryptionContext) > 0 {
		record["encryptionContext"] = in.EncryptionContext
	}
	return record
}

// mark begins every ciphertext of the simulator; the key ID and a separator follow.
const mark = "awssim-kms-1:"

// seal encrypts for a key. The nonce depends on what is encrypted, so that a run repeats.
func (a api) seal(k *network.Key, context map[string]string, plaintext []byte) []byte {
	sum := sha256.Sum256(append([]byte(k.ID), plaintext...))
	nonce := sum[:12]
	out := append([]byte(mark+k.ID+":"), nonce...)
	return gcm(k).Seal(out, nonce, plaintext, associated(context))
}

func (a api) open(k *network.Key, context map[string]string, blob []byte) ([]byte, bool) {
	rest := blob[len(mark)+len(k.ID)+1:]
	if len(rest) < 12 {
		return nil, false
	}
	plaintext, err := gcm(k).Open(nil, rest[:12], rest[12:], associated(context))
	return plaintext, err == nil
}

func gcm(k *network.Key) cipher.AEAD {
	sum := sha256.Sum256([]byte("key material of " + k.ID))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		panic(err) // a key of 32 bytes is always right
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // so is AES
	}
	return aead
}

// associated writes an encryption context in the order of its keys; none and an empty one
// are the same.
func associated(context map[string]string) []byte {
	if len(context) == 0 {
		return nil
	}
	text, err := json.Marshal(context)
	if err != nil {
		panic(err) // strings always marshal
	}
	return text
}

// keyOf returns the ID of the key that a ciphertext names; empty where it is none of ours.
func keyOf(blob []byte) string {
	rest, ok := strings.CutPrefix(string(blob), mark)
	id, _, found := strings.Cut(rest, ":")
	if !ok || !found {
		return ""
	}
	return id
}
