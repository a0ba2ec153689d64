//go:build e2e

package moto

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/notice"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// A run is one scenario in one mode, event to message.
type run struct {
	*account
	story            story
	mode             string
	path             path
	stack            stack
	pollers          map[string]poller
	queues           []string // that functions read, in order
	sqs              *sqs.Client
	armed            map[string]func() // what to do when the function that made a call is through
	began            time.Time         // the first call that the fault can fail
	person, workload *caller
	events           []lifecycle.Event // as notify was given them, in order
	seen             map[string]bool   // events, since a queue may deliver one twice
	lost             []error           // invocations that ended with an error
	messages         []message
	raw              strings.Builder // the events of the product's bus, as notify's queue had them
	log              bytes.Buffer    // of the functions, which run one after the other
}

// play plays a scenario to its end and returns what came of it.
func play(t *testing.T, a *account, s story, mode string) *run {
	t.Helper()
	r := prepare(t, a, s, mode)
	stage := r.stage()
	if s.arm != nil {
		s.arm(r)
	} else if s.Arm != nil {
		s.Arm(stage)
	}
	if s.Build.State != network.Failed {
		r.fault()
	}
	r.began = r.time
	switch {
	case s.Phase == scenario.Creating:
		_ = stage.Person.Create("payments-hsm") // what came of it is for the product to see
	case s.Phase == scenario.Connecting && s.Build.State == "":
		must(t, stage.Person.Connect(r.path.KeyStore))
	case s.Phase == scenario.Running:
		_ = r.workload.Decrypt(r.path.Workload)
	}
	if s.play != nil {
		s.play(r, stage)
	} else if s.Play != nil {
		s.Play(stage)
	}
	r.until(r.began.Add(s.Limit()), r.quiet)
	return r
}

// quiet says whether nothing has been said for so long that the schedule woke the product in
// vain, and the product waits for nothing. The simulator's rehearsal watches to the scenario's
// limit.
func (r *run) quiet() bool {
	if r.told() == "waiting" {
		return false
	}
	last := r.began
	for _, e := range r.events {
		if e.Time.After(last) {
			last = e.Time
		}
	}
	return r.time.Sub(last) > 7*time.Minute
}

// prepare builds the healthy path, deploys the product beside it, and lets both stand for a
// while. A key store that is to have failed before anybody looks does so before the deployment.
func prepare(t *testing.T, a *account, s story, mode string) *run {
	t.Helper()
	r := &run{account: a.asked(t), story: s, mode: mode, armed: map[string]func(){}, seen: map[string]bool{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the functions said:\n%s", r.log.String())
		}
	})
	r.reset()
	r.people("build", s.build(), &r.path)
	administrator := r.config(keyID, secret, "")
	r.person, r.workload = newCaller(administrator, r.path.ServiceName), newCaller(administrator, r.path.ServiceName)
	switch {
	case s.Phase == scenario.Running:
		must(t, r.workload.Encrypt(r.path.Workload)) // leaves a ciphertext for later
	case s.Phase == scenario.Connecting:
		must(t, r.person.Disconnect(r.path.KeyStore))
		r.wait(time.Minute)
	}
	if s.Build.State == network.Failed {
		r.fault()
		must(t, r.person.Connect(r.path.KeyStore))
		r.wait(6 * time.Minute)
	}
	r.deploy()
	r.until(r.time.Add(rehearse.Settling), never)
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func never() bool { return false }

func (r *run) fault() {
	r.t.Helper()
	for _, f := range r.story.faults {
		name, port, found := strings.Cut(f, ":")
		in := map[string]any{"name": name}
		if found {
			in["port"] = json.Number(port)
		}
		r.people("fault", in, nil)
	}
}

// deploy deploys the template and starts its functions.
func (r *run) deploy() {
	r.t.Helper()
	parameters := map[string]string{"Mode": r.mode, "DnsResolvers": ""}
	if r.story.Canary {
		parameters["CanaryKeys"] = r.path.Canary
	}
	r.people("deploy", map[string]any{"template": e2e.Root() + "/template.yaml", "parameters": parameters}, &r.stack)
	r.post("/plugin/schedule", nil, nil)
	r.pollers = r.stack.pollers(r.t, r.account, &r.log)
	for name := range r.pollers {
		r.queues = append(r.queues, name)
	}
	slices.Sort(r.queues)
	if len(r.queues) != 4 {
		r.t.Fatalf("functions read the queues %v, want 4 of them", r.queues)
	}
	r.sqs = sqs.NewFromConfig(r.config(keyID, secret, ""))
}

// until lets time pass and functions run, until done or a deadline, and says whether it was.
func (r *run) until(deadline time.Time, done func() bool) bool {
	r.t.Helper()
	for !done() {
		ready := r.advance(deadline, r.queues)
		for _, name := range ready {
			r.poll(r.pollers[name])
		}
		if len(ready) == 0 && !r.time.Before(deadline) {
			return done()
		}
	}
	return true
}

// wait lets time pass while no function is there to run.
func (r *run) wait(d time.Duration) { r.advance(r.time.Add(d), []string{}) }

func (r *run) poll(p poller) {
	r.t.Helper()
	bodies, err := p.poll(r.t.Context(), r.sqs)
	switch {
	case errors.Is(err, errLost):
		r.t.Logf("Lambda polls again: %v", err)
	case err != nil:
		r.lost = append(r.lost, err)
	}
	if p.function == "NotifyFunction" {
		for _, body := range bodies {
			r.take(body)
		}
	}
	if len(r.armed) > 0 {
		r.spring()
	}
}

// take keeps a lifecycle event as notify was given it.
func (r *run) take(body string) {
	r.t.Helper()
	r.raw.WriteString(body)
	var envelope struct {
		Detail lifecycle.Event `json:"detail"`
	}
	if err := json.Unmarshal([]byte(body), &envelope); err != nil {
		r.t.Errorf("reading a message of notify's queue: %v\n%s", err, body)
		return
	}
	e := envelope.Detail
	if id := fmt.Sprint(e.Incident, e.Sequence); !r.seen[id] {
		r.seen[id] = true
		r.events = append(r.events, e)
	}
}

// trap arms the account: do is called when the function that made the product's next call of
// an operation is through.
func (r *run) trap(operation string, do func()) {
	r.armed[operation] = do
	r.post("/plugin/trap", map[string]any{"operation": operation, "role": "xks-remediator"}, nil)
}

func (r *run) spring() {
	var out struct{ Sprung []string }
	r.post("/plugin/sprung", nil, &out)
	for _, operation := range out.Sprung {
		if do := r.armed[operation]; do != nil {
			delete(r.armed, operation)
			do()
		}
	}
}

// stage gives a scenario's own play the account and the people in it. The simulator's world
// is not there: a scenario that edits it is told in this package's own words.
func (r *run) stage() *scenario.Stage {
	return &scenario.Stage{
		Ref: &network.Reference{
			KeyStore: &network.KeyStore{ID: r.path.KeyStore}, Workload: &network.Key{ID: r.path.Workload},
			ProxyGroup: &network.SecurityGroup{ID: r.path.ProxyGroup},
		},
		World:    func(func(*network.World)) { panic("bug in the test: moto has no simulated world") },
		Person:   r.person,
		Workload: r.workload,
		Stranger: r.stranger(),
		Advance:  func(d time.Duration) { r.until(r.time.Add(d), never) },
		Until:    func(done func() bool, limit time.Duration) bool { return r.until(r.time.Add(limit), done) },
		Now:      func() time.Time { return r.time },
		Told:     func() (string, []string) { return r.told(), nil },
		Type:     r.typed,
		Note:     func(string) {},
		After:    r.trap,
		Lose: func(operation string) {
			r.post("/plugin/trap", map[string]any{"operation": operation, "role": "xks-remediator", "lose": true}, nil)
		},
		Deny: func(function, action string) {
			role := r.stack.Resources[strings.TrimSuffix(function, "Function")+"Role"]
			r.people("deny", map[string]string{"role": role, "action": action}, nil)
		},
	}
}

func (r *run) stranger() *caller {
	var session struct{ ID, Secret, Token string }
	r.people("stranger", nil, &session)
	return newCaller(r.config(session.ID, session.Secret, session.Token), r.path.ServiceName)
}

// told returns the state of the event that was told last.
func (r *run) told() string {
	state := ""
	for _, e := range r.events {
		if _, told := notice.For(e); told {
			state = string(e.State)
		}
	}
	return state
}

// A message is one that on-call received from SNS.
type message struct{ Subject, Message, TopicArn string }

// deadLetters names the dead-letter queues of the stack that hold a message.
func (r *run) deadLetters() []string {
	r.t.Helper()
	var full []string
	for name, url := range r.stack.Resources {
		if !strings.HasSuffix(name, "DeadLetterQueue") {
			continue
		}
		got, err := r.sqs.GetQueueAttributes(r.t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages},
		})
		if err != nil {
			r.t.Fatalf("reading how many messages lie in %s: %v", name, err)
		}
		if got.Attributes["ApproximateNumberOfMessages"] != "0" {
			full = append(full, name)
		}
	}
	return full
}

// inbox reads every message that on-call has received, those of earlier reads first.
func (r *run) inbox() []message {
	r.t.Helper()
	all := r.messages
	for {
		got, err := r.sqs.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{
			QueueUrl: &r.stack.Inbox, MaxNumberOfMessages: 10, VisibilityTimeout: 43200,
		})
		if err != nil {
			r.t.Fatalf("reading on-call's messages: %v", err)
		}
		for _, m := range got.Messages {
			var one message
			if err := json.Unmarshal([]byte(aws.ToString(m.Body)), &one); err != nil {
				r.t.Fatalf("reading a message of SNS's: %v", err)
			}
			all = append(all, one)
		}
		if len(got.Messages) == 0 {
			return all
		}
	}
}
