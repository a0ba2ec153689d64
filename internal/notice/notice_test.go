package notice

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/golden"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

// sample reads one of the public contract's samples.
func sample(t testing.TB, name string) lifecycle.Event {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("../../events/lifecycle", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := lifecycle.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func at(s string) time.Time {
	t, err := time.Parse(time.DateTime, s)
	if err != nil {
		panic(err)
	}
	return t
}

// A letter is a message to be read by a person: a sample, and one edit of it.
type letter struct {
	sample string
	edit   func(*lifecycle.Event)
}

func asItIs(*lifecycle.Event) {}

const (
	serviceID  = "vpce-svc-0a1b2c3d4e5f60718"
	serviceARN = "arn:aws:ec2:eu-central-1:111122223333:vpc-endpoint-service/" + serviceID
	proxyGroup = "arn:aws:ec2:eu-central-1:111122223333:security-group/sg-0c4f2a6e8b1d3f507"
	ownPage    = "https://docs.aws.amazon.com/kms/latest/developerguide/vpc-connectivity.html"
	fixPage    = "https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html#fix-xks-connection"
)

var letters = map[string]letter{
	"diagnosis-auto":          {"diagnosis-completed", asItIs},
	"fix-applied":             {"fix-applied", asItIs},
	"fix-failed":              {"fix-failed", asItIs},
	"reminder-create-failed":  {"incident-reminder", asItIs},
	"resolved-kms-answered":   {"incident-resolved", asItIs},
	"escalated-undone":        {"incident-escalated", asItIs},
	"closed-kill-switch":      {"incident-closed", asItIs},
	"notice-risk":             {"notice-raised", asItIs},
	"diagnosis-observe":       {"diagnosis-completed", inObserve},
	"diagnosis-approve":       {"diagnosis-completed", sharedGroup},
	"diagnosis-two-causes":    {"diagnosis-completed", twoCauses},
	"diagnosis-create-failed": {"incident-reminder", asDiagnosis},
	"diagnosis-public":        {"diagnosis-completed", publicEndpoint},
	"diagnosis-unexplained":   {"diagnosis-completed", unexplained},
	"diagnosis-unread":        {"diagnosis-completed", notReadable},
	"diagnosis-reconnect":     {"fix-failed", reconnect},
	"resolved-cause-gone":     {"incident-resolved", causeGone},
	"resolved-create-failed":  {"incident-reminder", createRepaired},
	"reminder-escalated":      {"incident-escalated", reminded},
	"diagnosis-manual":        {"incident-reminder", manual},
	"diagnosis-behind-proxy":  {"diagnosis-completed", behindProxy},
	"notice-access-denied":    {"notice-raised", accessDenied},
	"notice-disconnected":     {"notice-raised", disconnected},
	"notice-risk-gone":        {"notice-raised", riskGone},
	"notice-unnamed-service":  {"notice-raised", unnamed},
	"diagnosis-foreign-name":  {"diagnosis-completed", foreignName},
}

func inObserve(e *lifecycle.Event) {
	e.Mode, e.State, e.Automatic, e.NextLook = lifecycle.ModeObserve, lifecycle.NeedsPerson, false, time.Time{}
	e.Next = "Nothing is changed in observe mode: type the commands, or change the mode."
}

func sharedGroup(e *lifecycle.Event) {
	inObserve(e)
	e.Mode = lifecycle.ModeApprove
	e.Next = "Nothing is changed in approve mode: type the commands, or change the mode."
	e.Plan = slices.Clone(e.Plan)
	e.Plan[0].Class, e.Plan[0].Why = lifecycle.ClassApproval, "3 other network interfaces carry the group"
}

func twoCauses(e *lifecycle.Event) {
	e.Causes = slices.Insert(slices.Clone(e.Causes), 1, lifecycle.Finding{
		Check: "load-balancer.privatelink-enforcement", Title: "The load balancer's security groups let PrivateLink traffic in",
		ARN:      "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/net/nlb-xks-proxy/50dc6c495c0c9188",
		Expected: "inbound TCP 443 from everywhere, or inbound rules not enforced on PrivateLink traffic",
		Seen:     "inbound rules are enforced on PrivateLink traffic, and none admits TCP 443",
		Source:   "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html",
	})
	e.Plan = append(slices.Clone(e.Plan), lifecycle.Action{
		ID: "2-enforcement-off", Kind: "enforcement-off", Class: lifecycle.ClassApproval,
		Why:      "it has a wider effect: the load balancer's inbound rules no longer judge PrivateLink traffic",
		Resource: "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/net/nlb-xks-proxy/50dc6c495c0c9188",
		Summary:  "stop enforcing inbound rules on PrivateLink traffic of network load balancer nlb-xks-proxy",
		Commands: []string{"aws elbv2 set-security-groups --load-balancer-arn arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/net/nlb-xks-proxy/50dc6c495c0c9188 --security-groups sg-0d9e8f7a6b5c41302 --enforce-security-group-inbound-rules-on-private-link-traffic off"},
		Undo:     "aws elbv2 set-security-groups --load-balancer-arn arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/net/nlb-xks-proxy/50dc6c495c0c9188 --security-groups sg-0d9e8f7a6b5c41302 --enforce-security-group-inbound-rules-on-private-link-traffic on",
	})
	e.Risks = []lifecycle.Finding{principalMissing()}
}

func principalMissing() lifecycle.Finding {
	return lifecycle.Finding{
		Check: "endpoint-service.kms-principal-allowed", Title: "The KMS service principal is allowed", ARN: serviceARN,
		Expected: "cks.kms.eu-central-1.amazonaws.com on the list of allowed principals",
		Seen:     "arn:aws:iam::111122223333:root", Source: ownPage,
	}
}

func asDiagnosis(e *lifecycle.Event) {
	e.Type, e.Sequence, e.Time = lifecycle.DiagnosisCompleted, 2, at("2026-05-04 09:30:23")
	e.Severity, e.NextLook = lifecycle.Critical, time.Time{}
	e.Next = "What is left to do is for a person; the product does not do it by itself."
}

func publicEndpoint(e *lifecycle.Event) {
	inObserve(e)
	e.Mode, e.State, e.Headline = lifecycle.ModeAuto, lifecycle.Unexplained, "KMS cannot reach the proxy"
	e.Subject.Connectivity, e.Subject.ServiceName = lifecycle.ConnectivityPublic, ""
	e.Causes, e.Plan, e.Digest = nil, nil, ""
	e.Next = "The product keeps looking and tells when KMS answers again. It changes nothing meanwhile."
}

func unexplained(e *lifecycle.Event) {
	publicEndpoint(e)
	e.Subject.Connectivity, e.Subject.ServiceName = lifecycle.ConnectivityVPC, "com.amazonaws.vpce.eu-central-1."+serviceID
	e.Headline = "proxy does not accept KMS's credential"
	e.Symptoms = []lifecycle.Symptom{{
		Kind: lifecycle.SymptomKMSMessage, Operation: "Encrypt", Code: "KMSInvalidStateException", Count: 1,
		Text:  "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the credentials for your external key store and update if necessary.",
		First: e.Since, Last: e.Since,
	}}
	e.RuledOut = []string{
		"endpoint-service.exists", "load-balancer.active", "load-balancer.listener-443",
		"target-group.healthy", "target.security-group-admits",
	}
}

func notReadable(e *lifecycle.Event) {
	inObserve(e)
	e.Mode, e.Headline = lifecycle.ModeAuto, "part of the path could not be read"
	e.Unread = []lifecycle.Finding{{
		Check: "target.security-group-admits", Title: "Target security groups admit the load balancer's traffic and health checks",
		Seen:   "not read: the role lacks ec2:DescribeSecurityGroups (You are not authorized to perform this operation.)",
		Source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html#target-security-groups",
	}}
	e.Causes, e.Plan = nil, nil
	e.Next = "Grant the missing permission or judge the unread parts by hand. The product looks again at every tick."
}

func reconnect(e *lifecycle.Event) {
	e.Type, e.State, e.Reason, e.Done, e.Automatic = lifecycle.DiagnosisCompleted, lifecycle.Open, "", nil, true
	e.Headline = "FAILED with XKS_PROXY_NOT_REACHABLE"
	e.Causes = []lifecycle.Finding{{
		Check: "key-store.connection-state", Title: "The key store is connected", ARN: "cks-1234567890abcdef0",
		Expected: "CONNECTED", Seen: "FAILED, connection error code XKS_PROXY_NOT_REACHABLE", Source: fixPage,
	}}
	e.Plan = []lifecycle.Action{{
		ID: "1-disconnect-key-store", Kind: "disconnect-key-store", Class: lifecycle.ClassAutomatic, Resource: "cks-1234567890abcdef0",
		Summary:  "disconnect key store cks-1234567890abcdef0 out of FAILED",
		Commands: []string{"aws kms disconnect-custom-key-store --custom-key-store-id cks-1234567890abcdef0"},
		Undo:     "aws kms connect-custom-key-store --custom-key-store-id cks-1234567890abcdef0",
	}}
	e.Next = "The automatic actions are being applied; a look follows."
}

func causeGone(e *lifecycle.Event) {
	e.Proof = &lifecycle.Proof{
		Kind: lifecycle.ProofCauseGone, At: at("2026-05-04 02:16:00"),
		Text: "Repaired; no request has proved it yet. What explained the failure passes now, and no request failed since.",
	}
	e.Time = at("2026-05-04 02:16:01")
}

func createRepaired(e *lifecycle.Event) {
	e.Type, e.State, e.Severity, e.Sequence, e.NextLook = lifecycle.IncidentResolved, lifecycle.Resolved, lifecycle.Info, 5, time.Time{}
	e.Proof = &lifecycle.Proof{
		Kind: lifecycle.ProofCauseGone, At: at("2026-05-04 13:35:20"),
		Text: "Repaired; no request has proved it yet. Repeat the call.",
	}
	e.Time, e.Next = at("2026-05-04 13:35:22"), ""
}

func reminded(e *lifecycle.Event) {
	e.Type, e.Sequence, e.Time = lifecycle.IncidentReminder, 7, at("2026-05-06 18:40:03")
}

func manual(e *lifecycle.Event) {
	asDiagnosis(e)
	e.Headline = "private DNS name is not verified: failed"
	e.Causes = []lifecycle.Finding{{
		Check: "endpoint-service.private-dns-verified", Title: "The domain of the private DNS name is verified", ARN: serviceARN,
		Expected: "domain verification status verified", Seen: "domain verification status failed",
		Source: "https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html",
	}}
	e.Plan = []lifecycle.Action{{
		ID: "1-instruct", Kind: "instruct", Class: lifecycle.ClassManual, Resource: serviceARN,
		Summary:  `have the TXT record _6e86v84tqgqubxbwii1m.xks.example.com with the exact value "vpce:l6p0ERxlTt45jevFwOCp" in public DNS`,
		Commands: []string{"dig +short TXT _6e86v84tqgqubxbwii1m.xks.example.com"}, Undo: "the product did not do it",
	}, {
		ID: "2-restart-verification", Kind: "restart-verification", Class: lifecycle.ClassApproval, Resource: serviceARN,
		Summary:  "start the verification of the private DNS name again",
		Commands: []string{"aws ec2 start-vpc-endpoint-service-private-dns-verification --service-id " + serviceID},
		Undo:     "a verification changes no setting",
	}}
}

func behindProxy(e *lifecycle.Event) {
	unexplained(e)
	e.RuledOut = nil
	e.Symptoms = append(e.Symptoms, lifecycle.Symptom{
		Kind: lifecycle.SymptomNoHealthyTarget, Text: "No target behind the load balancer's listener on 443 is healthy.",
		First: e.Since, Last: e.Time, Count: 3,
	})
}

func accessDenied(e *lifecycle.Event) {
	e.Subject = lifecycle.Subject{Kind: lifecycle.SubjectAccount, ID: "111122223333"}
	e.State, e.Since, e.Headline = lifecycle.Closed, at("2026-05-06 07:59:58"), "access denied: CreateCustomKeyStore"
	e.Risks, e.Plan, e.Digest = nil, nil, ""
	e.Causes = []lifecycle.Finding{{
		Check: "caller.permission", Title: "The caller may make the call", ARN: "arn:aws:iam::111122223333:role/key-admin",
		Expected: `{"Effect":"Allow","Action":"kms:CreateCustomKeyStore","Resource":"*"}`,
		Seen:     "arn:aws:iam::111122223333:role/key-admin lacks kms:CreateCustomKeyStore",
		Source:   "https://docs.aws.amazon.com/kms/latest/developerguide/authorize-xks-key-store.html",
	}}
	e.Reason = "arn:aws:sts::111122223333:assumed-role/key-admin/alice may not call CreateCustomKeyStore."
	e.Next = "If the call is meant, add the statement above to the caller's policy. Nothing is down because of this."
}

func disconnected(e *lifecycle.Event) {
	e.State, e.Headline, e.Risks, e.Plan, e.Digest = lifecycle.Closed, "requests fail: the key store is disconnected", nil, nil, ""
	e.Subject.State, e.Since = "DISCONNECTED", e.Time
	e.Symptoms = []lifecycle.Symptom{{
		Kind: lifecycle.SymptomKMSMessage, Operation: "Decrypt", Code: "KMSInvalidStateException", Count: 1,
		Text:  "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab is unavailable.",
		First: at("2026-05-06 08:00:05"), Last: at("2026-05-06 08:00:05"),
	}}
	e.Reason = "arn:aws:iam::111122223333:user/alice disconnected the key store at 07:55:10 UTC. The product never reconnects what somebody else disconnected."
	e.Next = "If it was not meant: aws kms connect-custom-key-store --custom-key-store-id cks-1234567890abcdef0"
}

func riskGone(e *lifecycle.Event) {
	e.State, e.Severity, e.Headline = lifecycle.Resolved, lifecycle.Info, "nothing is at risk any more"
	e.Since, e.Time, e.Sequence = e.Time, e.Time.Add(26*time.Hour), 2
	e.Risks, e.Plan, e.Digest, e.Next = nil, nil, "", "Every check passes now."
}

func unnamed(e *lifecycle.Event) {
	accessDenied(e)
	e.Causes, e.Headline = nil, "CreateCustomKeyStore failed: XksProxyUriUnreachable"
	e.Symptoms = []lifecycle.Symptom{{
		Kind: lifecycle.SymptomCreateFailed, Operation: "CreateCustomKeyStore", Code: "XksProxyUriUnreachableException", Count: 1,
		First: e.Since, Last: e.Since,
	}}
	e.Reason = "The event names no VPC endpoint service, so the path cannot be diagnosed."
	e.Next = "VPC endpoint services of this account and Region that admit KMS: " + serviceID + "."
}

func foreignName(e *lifecycle.Event) {
	inObserve(e)
	e.Subject.Name = "Zahlungsverkehr-Schlüsselspeicher für das Kernbanksystem (Zürich)"
}

// What on-call reads. After -update, read every file that changed as somebody would who
// was woken by it.
func TestMessagesReadAsTheyShould(t *testing.T) {
	t.Parallel()
	for name, l := range letters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := sample(t, l.sample)
			l.edit(&e)
			if err := e.Validate(); err != nil {
				t.Fatal(err)
			}
			m, ok := For(e)
			if !ok {
				t.Fatal("nobody is told")
			}
			golden.Equal(t, "testdata/"+name+".txt", []byte(page1(m)))
		})
	}
}

// page1 is a message as an e-mail program shows it, with its attributes above.
func page1(m Message) string {
	var head strings.Builder
	for _, k := range []string{"severity", "state", "keyStoreId", "incidentId"} {
		fmt.Fprintf(&head, "%s: %s\n", k, m.Attributes[k])
	}
	return head.String() + "Subject: " + m.Subject + "\n\n" + m.Body
}

func TestEveryGoldenFileIsALetter(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, ok := letters[strings.TrimSuffix(filepath.Base(f), ".txt")]; !ok {
			t.Errorf("%s is no longer made by a test", f)
		}
	}
}
