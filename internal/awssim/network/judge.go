package network

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// Reaches is the judge over the network: whether KMS's packets get through to a listening
// proxy on every way that they can take now, from every part of the ephemeral port range,
// and the replies back; why names the first that does not. What the proxy says is left out.
func (w *World) Reaches(keyStoreID string) (ok bool, why string) {
	ks := w.KeyStores[keyStoreID]
	if ks == nil {
		return false, "no key store " + keyStoreID
	}
	hops, err := w.routes(ks)
	if err != nil {
		return false, err.Error()
	}
	for _, h := range hops {
		for _, port := range w.ports(h) {
			if _, err := w.walk(ks, h, port); err != nil {
				return false, err.Error()
			}
		}
	}
	return true, ""
}

// Works is the judge over a key: nil where an Encrypt with it succeeds now whichever way the
// request takes first (KMS tries another once), else what KMS answers. A look changes nothing.
func (w *World) Works(keyID string) error {
	k := w.Keys[keyID]
	if k == nil {
		return fmt.Errorf("no key %s", keyID)
	}
	if err := w.usable(k); err != nil {
		return err
	}
	ks := w.KeyStores[k.KeyStore]
	if ks == nil || !ks.External {
		return nil
	}
	ways, ports, err := 1, 1, error(nil)
	if hops, _ := w.routes(ks); len(hops) > 0 {
		ways = len(hops)
		for _, h := range hops {
			ports = max(ports, len(w.ports(h)))
		}
	}
	turn := ks.requests
	for i := range ways * ports {
		ks.requests = turn + i
		if r := w.request(ks); r != (refusal{}) {
			err = &engine.Error{Code: "KMSInvalidStateException", Message: r.text, Status: 409}
		}
	}
	ks.requests = turn
	return err
}

// Use sends one cryptographic request for a key along the path, and returns what KMS
// answers: nil, or an *engine.Error.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
func (w *World) Use(k *Key) error {
	if err := w.usable(k); err != nil {
		return err
	}
	ks := w.KeyStores[k.KeyStore]
	if ks == nil || !ks.External {
		return nil
	}
	if r := w.request(ks); r != (refusal{}) {
		return &engine.Error{Code: "KMSInvalidStateException", Message: r.text, Status: 409}
	}
	return nil
}

// usable judges what KMS knows of a key before it asks any proxy.
func (w *World) usable(k *Key) error {
	arn := w.KeyARN(k)
	switch {
	case k.Denied:
		return &engine.Error{Code: "AccessDeniedException", Message: "no resource-based policy allows the use of " + arn}
	case k.Deleting:
		return &engine.Error{Code: "DisabledException", Message: arn + " is pending deletion.", Status: 409}
	case !k.Enabled:
		return &engine.Error{Code: "DisabledException", Message: arn + " is disabled.", Status: 409}
	}
	if k.KeyStore == "" {
		return nil
	}
	if ks := w.KeyStores[k.KeyStore]; ks == nil || ks.State != Connected {
		return &engine.Error{Code: "KMSInvalidStateException", Message: arn + " is unavailable.", Status: 409}
	}
	return nil
}

// Contact asks a key store's proxy as CreateKey does (GetKeyMetadata) and returns CreateKey's
// error.
func (w *World) Contact(ks *KeyStore) error {
	if r := w.request(ks); r != (refusal{}) {
		return &engine.Error{Code: r.keyCode(), Message: r.text}
	}
	return nil
}

// Probe asks a key store's proxy for its health with the credential and path given, as
// CreateCustomKeyStore and UpdateCustomKeyStore do, and returns their error.
func (w *World) Probe(ks *KeyStore) error {
	r := w.request(ks)
	if r.connect == "" {
		return nil
	}
	return &engine.Error{Code: r.update, Message: r.text}
}
