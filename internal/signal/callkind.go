package signal

import (
	"slices"
	"strings"
)

// KMS operations whose records are understood.
const (
	createStore     = "CreateCustomKeyStore"
	updateStore     = "UpdateCustomKeyStore"
	connectStore    = "ConnectCustomKeyStore"
	disconnectStore = "DisconnectCustomKeyStore"
	createKey       = "CreateKey"
)

// storeOperations act on key stores.
func storeOperations() []string {
	return []string{createStore, updateStore, connectStore, disconnectStore}
}

// cryptographicOperations use a key, and so its key store's proxy. Other calls on a key also
// answer KMSInvalidStateException (CancelKeyDeletion), and then no proxy is involved.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
func cryptographicOperations() []string {
	return []string{
		"Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
		"GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
	}
}

// canonical returns an operation's name as KMS spells it, where the record has it in another
// case.
func canonical(operation string) string {
	known := append(append(storeOperations(), createKey), cryptographicOperations()...)
	for _, name := range known {
		if strings.EqualFold(name, operation) {
			return name
		}
	}
	return operation
}

// judge returns the kind of signal that a call by somebody else is, or why it needs nothing.
func judge(s Signal) (k Kind, why string) {
	onStore := slices.Contains(storeOperations(), s.Operation)
	if denied(s.Code) && (onStore || s.Operation == createKey && s.KeyStoreID != "") {
		return AccessDenied, ""
	}
	switch {
	case s.Operation == connectStore && s.Code != "",
		s.Operation == updateStore && aboutProxy(s.Code),
		s.Operation == createStore && aboutProxy(s.Code),
		s.Operation == createKey && (aboutProxy(s.Code) || s.Code == "CustomKeyStoreInvalidStateException"),
		slices.Contains(cryptographicOperations(), s.Operation) && s.Code == "KMSInvalidStateException" && s.KeyStoreID != "":
		return CallFailed, ""
	case s.Operation == connectStore, s.Operation == disconnectStore, s.Operation == updateStore:
		return KeyStoreChange, ""
	case s.Code == "":
		return "", s.Operation + " succeeded"
	case s.Code == "KMSInvalidStateException":
		return "", s.Operation + " failed on a key that names no key store"
	default:
		return "", s.Operation + " failed with " + s.Code + ", which tells nothing of the path"
	}
}

// aboutProxy reports whether an error code is one of those that KMS has for the proxy of an
// external key store and for the keys behind it.
func aboutProxy(code string) bool {
	return strings.HasPrefix(code, "XksProxy") || strings.HasPrefix(code, "XksKey")
}

// denied reports whether IAM refused the call. AWS prints no sample of such a record of KMS,
// and its services spell the code in different ways.
func denied(code string) bool {
	return code == "AccessDenied" || code == "AccessDeniedException" || strings.HasSuffix(code, "UnauthorizedOperation")
}
