package check

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

var keyStoreExists = Check{
	ID:      "key-store.exists",
	Title:   "The key store exists",
	Fails:   "the account has no such key store in the Region",
	Why:     "Every call that names the key store is refused, and nothing below it can be looked at.",
	Console: "AWS KMS console, Custom key stores, External key stores: look for the ID in this account, with the Region selector at the Region of the key store.",
	Source:  "https://docs.aws.amazon.com/kms/latest/APIReference/API_CustomKeyStoresListEntry.html",
	Needs:   []path.Part{path.KeyStorePart},
	Applies: ofKeyStore,
	Run: func(s path.Snapshot) []Finding {
		id := path.ARN(s.Subject.ID)
		expected := fmt.Sprintf("key store %s in account %s, %s", s.Subject.ID, s.Account, s.Region)
		if s.KeyStore == nil {
			return one(fail(id, expected, "no such key store", "key store does not exist"))
		}
		return one(pass(id, expected, fmt.Sprintf("key store %s", s.KeyStore.Name)))
	},
}
