//go:build e2e

package deployment

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/e2e"
)

const bucket = "packages"

// An awsAccount is moto, started for the test.
type awsAccount struct {
	endpoint string
	env      []string
}

// A stack is what stack.py tells of one.
type stack struct {
	ID        string            `json:"id"`
	Outputs   map[string]string `json:"outputs"`
	Resources map[string]struct {
		Type       string            `json:"type"`
		Ref        string            `json:"ref"`
		Attributes map[string]string `json:"attributes"`
		Properties map[string]any    `json:"properties"`
	} `json:"resources"`
}

func startAccount(t *testing.T) *awsAccount {
	t.Helper()
	port := e2e.FreePort(t)
	p := e2e.Start(t, []string{"MOTO_ACCOUNT_ID=" + account}, e2e.Tool(t, "python"), scriptPath("account.py"), strconv.Itoa(port))
	p.AwaitPort(t, port, 2*time.Minute)
	a := &awsAccount{endpoint: "http://127.0.0.1:" + strconv.Itoa(port)}
	a.env = []string{"AWS_ENDPOINT_URL=" + a.endpoint}
	run(t, e2e.Root(), a.env, "", e2e.Tool(t, "aws"), "s3", "mb", "s3://"+bucket)
	return a
}

// samPackage uploads what sam build made, as sam deploy does first, and returns the name of
// the template that points at it.
func (a *awsAccount) samPackage(t *testing.T, checkout string, b build) string {
	t.Helper()
	packaged := filepath.Join(checkout, "packaged.yaml")
	run(t, checkout, a.env, "", e2e.Tool(t, "sam"), "package", "--template-file", filepath.Join(b.folder, "template.yaml"),
		"--s3-bucket", bucket, "--region", region, "--output-template-file", packaged)
	for logicalID, code := range codeOf(t, transform(t, packaged, nil)) {
		if got := bootstrapIn(t, a.object(t, code)); got != b.hashes[logicalID] {
			t.Errorf("%s: S3 holds bootstrap %s, and sam build made %s", logicalID, got, b.hashes[logicalID])
		}
	}
	return packaged
}

// codeOf returns where each function's archive is in the bucket.
func codeOf(t *testing.T, plain []byte) map[string]string {
	t.Helper()
	var template plainTemplate
	if err := json.Unmarshal(plain, &template); err != nil {
		t.Fatal(err)
	}
	keys := make(map[string]string)
	for logicalID, r := range template.Resources {
		if r.Type != "AWS::Lambda::Function" {
			continue
		}
		code := r.Properties["Code"].(map[string]any)
		if code["S3Bucket"] != bucket {
			t.Errorf("%s takes its code from %v, want the bucket %s", logicalID, code, bucket)
		}
		keys[logicalID] = code["S3Key"].(string)
	}
	if len(keys) != len(functions) {
		t.Fatalf("the packaged template has the functions %v, want %d", slices.Sorted(maps.Keys(keys)), len(functions))
	}
	return keys
}

// object reads one object of the bucket.
func (a *awsAccount) object(t *testing.T, key string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.endpoint+"/"+bucket+"/"+key, nil)
	if err != nil {
		t.Fatal(err)
	}
	// moto judges no signature; it wants to be told who asks.
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/"+region+"/s3/aws4_request, SignedHeaders=host, Signature=none")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("reading the object %s: %v", key, err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("reading the object %s: %s, %v", key, answer.Status, err)
	}
	return content
}

// transform has SAM's translator make a plain template, as CloudFormation's macro would.
func transform(t *testing.T, packaged string, parameters map[string]string) []byte {
	t.Helper()
	if parameters == nil {
		parameters = map[string]string{}
	}
	var plain json.RawMessage
	script(t, nil, parameters, &plain, "transform.py", packaged)
	return plain
}

// create deploys a stack and reads it back.
func (a *awsAccount) create(t *testing.T, name string, plain []byte, parameters map[string]string) stack {
	t.Helper()
	var made stack
	input := map[string]any{"template": json.RawMessage(plain), "parameters": parameters}
	script(t, a.env, input, &made, "stack.py", "create", name, bucket)
	return made
}

// delete ends a stack and returns what the account holds then, by resource type.
func (a *awsAccount) delete(t *testing.T, name string) map[string][]string {
	t.Helper()
	var after struct {
		Left map[string][]string `json:"left"`
	}
	script(t, a.env, nil, &after, "stack.py", "delete", name)
	return after.Left
}

// motoShowsNot are the properties that this release of moto neither keeps nor returns. The
// simulator's reader is compared in them as far as it interprets them, cfn-lint judges them by
// AWS's own schemas.
var motoShowsNot = map[string]string{
	"AWS::Lambda::Function.LoggingConfig": "GetFunction returns no LoggingConfig",
	"AWS::Lambda::Function.Tags":          "its CloudFormation gives a function no tags (SAM adds lambda:createdBy)",
}

// A variant is one way of deploying.
type variant struct {
	name       string
	parameters map[string]string
}

func variants() []variant {
	var all []variant
	for _, mode := range []string{"observe", "approve", "auto"} {
		all = append(all,
			variant{mode, map[string]string{"Mode": mode}},
			variant{mode + "-all", map[string]string{"Mode": mode, "Architecture": "x86_64", "TickMinutes": "15",
				"OptInTagKey": "team:xks.repair", "OptInTagValue": "yes", "NotificationEmail": "on-call@example.com",
				"CanaryKeys": "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555," +
					"arn:aws:kms:eu-central-1:111122223333:key/66666666-7777-8888-9999-000000000000"}})
	}
	return all
}

// deployEveryVariant deploys one after the other, each beside what those before it left.
func deployEveryVariant(t *testing.T, aws *awsAccount, packaged string) {
	inMoto, inSimulator := newComparison(motoShowsNot), newComparison(simulatorReadsNot)
	var sizes, kept []string
	where := aws.place(t)
	for _, v := range append(variants(), optional(where)...) {
		ok := t.Run("deploy "+v.name, func(t *testing.T) {
			plain := transform(t, packaged, v.parameters)
			made := aws.create(t, "xks-"+v.name, plain, v.parameters)
			sizes = append(sizes, fmt.Sprintf("%s %d", v.name, len(made.Resources)))
			there := aws.compare(t, inMoto, v, plain, made)
			holdsWhatMatters(t, v, there)
			aws.attachesNothing(t, where)
			compareSimulator(t, inSimulator, v, plain)
			kept = append(kept, made.Resources["Table"].Ref)
			onlyTablesStay(t, aws.delete(t, "xks-"+v.name), kept)
		})
		if !ok {
			t.FailNow()
		}
	}
	var added struct{ Types, Mends []string }
	script(t, nil, nil, &added, "account.py", "--mends")
	e2e.Report(t, step, "moto: resources deployed, read back and deleted but for the table: %s", strings.Join(sizes, ", "))
	e2e.Report(t, step, "moto: %d values compared with the template; not shown by moto: %s", inMoto.count, inMoto.finish(t))
	e2e.Report(t, step, "moto: its CloudFormation was given %s, and mended in %s", strings.Join(added.Types, ", "), strings.Join(added.Mends, "; "))
	e2e.Report(t, step, "moto: its Lambda keeps the VPC of a function, and attaches nothing to it: no network interface was made in the probe's subnets, so that no call tried the grants for them")
	e2e.Report(t, step, "simulator: %d values of its reading compared with the template; not read: %s", inSimulator.count, inSimulator.finish(t))
}

// compare compares a stack in moto with the template, and returns what is there.
func (a *awsAccount) compare(t *testing.T, c *comparison, v variant, plain []byte, made stack) map[string]stated {
	t.Helper()
	r := newResolver(t, plain, v.parameters, "xks-"+v.name, made.ID)
	there := make(map[string]stated)
	for logicalID, one := range made.Resources {
		r.ref[logicalID], r.attributes[logicalID] = one.Ref, one.Attributes
		there[logicalID] = stated{one.Type, one.Properties}
	}
	all := r.resources()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(all)), slices.Sorted(maps.Keys(there))); diff != "" {
		t.Fatalf("resources (-stated +there):\n%s", diff)
	}
	want := attach(t, all, r.ref)
	for logicalID, key := range codeOf(t, plain) { // GetFunction tells the archive by its hash
		if _, asked := want[logicalID]; !asked {
			continue // the condition of the probe's function does not hold
		}
		sum := sha256.Sum256(a.object(t, key))
		want[logicalID].Properties["Code"] = map[string]any{"Sha256": base64.StdEncoding.EncodeToString(sum[:])}
	}
	maps.DeleteFunc(there, func(_ string, one stated) bool { _, ok := resourcePolicies[one.Type]; return ok })
	c.resources(t, want, there)
	if diff := cmp.Diff(r.outputs(), made.Outputs); diff != "" {
		t.Errorf("outputs (-stated +there):\n%s", diff)
	}
	c.count += len(made.Outputs)
	return there
}

// onlyTablesStay wants docs/operations.md to be right: deleting the stack keeps the table,
// which holds the journal, and deletes the rest.
func onlyTablesStay(t *testing.T, left map[string][]string, tables []string) {
	t.Helper()
	want := map[string][]string{"AWS::DynamoDB::Table": slices.Sorted(slices.Values(tables)), "AWS::Events::EventBus": {"default"}}
	for kind, names := range left {
		if !slices.Equal(names, want[kind]) {
			t.Errorf("after the stack was deleted there are %s %v, want %v", kind, names, want[kind])
		}
	}
	if len(left) < 10 {
		t.Errorf("only %v were looked for", slices.Sorted(maps.Keys(left)))
	}
}
