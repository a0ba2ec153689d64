//go:build e2e

package patterns

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/awssim/template"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

type object = map[string]any

// kmsModel returns KMS's operations and error codes as AWS's own model names them.
func kmsModel(t *testing.T) (operations, codes []string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(e2e.Root(), ".venv", "lib", "python*", "site-packages", "botocore", "data", "kms", "2014-11-01", "service-2.json.gz"))
	if err != nil || len(found) != 1 {
		t.Fatalf("finding KMS's model: %v, %v", found, err)
	}
	file, err := os.Open(found[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // it is only read
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatalf("reading KMS's model: %v", err)
	}
	var model struct {
		Operations map[string]struct{}
		Shapes     map[string]struct{ Exception bool }
	}
	if err := json.NewDecoder(unzipped).Decode(&model); err != nil {
		t.Fatalf("reading KMS's model: %v", err)
	}
	for name, shape := range model.Shapes {
		if shape.Exception {
			codes = append(codes, name)
		}
	}
	slices.Sort(codes)
	return slices.Sorted(maps.Keys(model.Operations)), codes
}

// moreCodes are what no model lists: refusals by IAM in each spelling, limits, success (no
// field at all), and codes that only look like those which the rules name.
var moreCodes = []any{nil, "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation",
	"ThrottlingException", "ValidationException", "InternalFailure", "", "XksProxy", "XksKey", "Xks", "xksproxyuriunreachableexception",
	"XksProxySomethingNewException", "SomeXksProxyException", "KMSInvalidStateException ", "kmsInvalidStateException", "accessdenied", 403, true}

// spellings are what may stand for a call's parameters or additional data.
var spellings = []any{
	nil, object{"customKeyStoreId": "cks-1234567890abcdef0"}, object{"CustomKeyStoreId": "cks-1234567890abcdef0"}, object{"customKeyStoreId": nil},
	object{"customKeyStoreId": ""}, object{"customKeyStoreId": []any{}}, object{"customKeyStoreId": object{}}, object{"customKeyStoreId": []any{"cks-1"}},
	object{"customKeyStoreName": "payments-hsm", "clusterId": "cluster-1a23b4cdefg"}, object{"keyId": "k", "customKeyStoreId": 7},
	object{}, "omitted", []any{object{"customKeyStoreId": "cks-1"}},
}

// namesStore says whether a spelling holds the key store's ID: any scalar, null among them.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func namesStore(data any) bool {
	if list, ok := data.([]any); ok {
		return slices.ContainsFunc(list, namesStore)
	}
	members, ok := data.(object)
	id, there := members["customKeyStoreId"]
	if !ok || !there {
		return false
	}
	switch id := id.(type) {
	case object:
		return false
	case []any:
		return len(id) > 0
	}
	return true
}

// callers are all kinds of CloudTrail's user identity, the product's own roles among them.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
func callers(stack *template.Stack) []object {
	all := []object{
		{"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/Alice", "accountId": account, "userName": "Alice"},
		{"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": account},
		{"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
		{"type": "AWSAccount", "principalId": "AROAEXAMPLE:session", "accountId": "444455556666"},
		{"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/Bob", "accountId": account},
		{"type": "WebIdentityUser", "userName": "someone"},
		{"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/cdk", "accountId": account, "invokedBy": "cloudformation.amazonaws.com"},
	}
	for _, role := range stack.Roles {
		all = append(all, object{"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/" + role.Name + "/session",
			"sessionContext": object{"sessionIssuer": object{"type": "Role", "arn": role.ARN, "userName": role.Name}}})
	}
	return all
}

// A call is a call of KMS as CloudTrail records it; a nil code is a success.
type call struct {
	operation              string
	code                   any
	parameters, additional any
	caller                 object
}

func (c call) event() object {
	detail := object{"eventVersion": "1.11", "userIdentity": c.caller, "eventTime": "2026-03-02T12:00:01Z", "eventSource": "kms.amazonaws.com",
		"eventName": c.operation, "awsRegion": region, "sourceIPAddress": "198.51.100.24", "requestParameters": c.parameters, "responseElements": nil,
		"requestID": "8f030fd6-6fbe-a3b2-30df-efb445bfc18b", "readOnly": true, "eventType": "AwsApiCall", "managementEvent": true, "eventCategory": "Management"}
	if c.code != nil {
		detail["errorCode"], detail["errorMessage"] = c.code, "AWS KMS cannot communicate with the external key store proxy."
	}
	if c.additional != nil {
		detail["additionalEventData"] = c.additional
	}
	return object{"version": "0", "id": "0fddb993-5eb8-213a-abbb-14a231971d08", "detail-type": "AWS API Call via CloudTrail", "source": "aws.kms",
		"account": account, "time": "2026-03-02T12:00:01Z", "region": region, "resources": []any{}, "detail": detail}
}

// wakes says which rules are to take a call: every Connect, Disconnect and Update; what would
// have made a key store or a key in one and failed for a reason that is the path's or IAM's;
// and what failed since a key's store could not serve it. Who called counts for nothing.
func (c call) wakes() []string {
	code, _ := c.code.(string)
	var rules []string
	if code == "KMSInvalidStateException" && namesStore(c.additional) {
		rules = append(rules, cryptographic)
	}
	if c.failsToMake(code) {
		rules = append(rules, callFailed)
	}
	if slices.Contains([]string{"ConnectCustomKeyStore", "DisconnectCustomKeyStore", "UpdateCustomKeyStore"}, c.operation) {
		rules = append(rules, changed)
	}
	return rules
}

func (c call) failsToMake(code string) bool {
	denied := slices.Contains([]string{"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation"}, code)
	ofXks := strings.HasPrefix(code, "XksProxy") || strings.HasPrefix(code, "XksKey")
	switch c.operation {
	case "CreateKey":
		return ofXks || code == "CustomKeyStoreInvalidStateException" || denied && namesStore(c.parameters)
	case "CreateCustomKeyStore":
		return ofXks || denied
	case "DeleteCustomKeyStore":
		return denied
	}
	return false
}

// calls are each operation of KMS with each code, whoever calls and however its parameters
// are spelled; and for the operations that matter each code with each spelling.
func calls(t *testing.T, stack *template.Stack) []sample {
	t.Helper()
	operations, modelled := kmsModel(t)
	codes := slices.Clone(moreCodes)
	for _, code := range modelled {
		codes = append(codes, code)
	}
	who := callers(stack)
	var all []sample
	add := func(operation string, code any, parameters, additional int) {
		c := call{operation, code, spellings[parameters%len(spellings)], spellings[additional%len(spellings)], who[len(all)%len(who)]}
		all = append(all, sample{name: fmt.Sprintf("%s, %v, by %s", operation, code, c.caller["type"]), event: text(c.event()), want: c.wakes()})
	}
	for i, operation := range operations {
		for j, code := range codes {
			add(operation, code, i+j, 3*i+5*j)
		}
	}
	for _, operation := range []string{"CreateCustomKeyStore", "CreateKey", "DeleteCustomKeyStore", "UpdateCustomKeyStore", "Decrypt", "GenerateDataKey"} {
		for j, code := range codes {
			for k := range spellings {
				add(operation, code, k, j+k)
			}
		}
	}
	for k := range spellings { // each caller with each spelling of what the rules look at
		for range who {
			add("Decrypt", "KMSInvalidStateException", 0, k)
			add("CreateKey", "AccessDenied", k, 0)
		}
	}
	return all
}
