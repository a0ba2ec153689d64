package incident_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/signal"
)

const (
	storeID = "cks-1234567890abcdef0"
	unreach = "AWS KMS cannot communicate with the external key store proxy. Verify that your external key store proxy is active and is connected to the network, and that its URI path and endpoint URI or VPC service name are correct in your external key store."
)

// A story is a record and a clock, told step by step.
type story struct {
	t     *testing.T
	rec   incident.Record
	now   time.Time
	mode  plan.Mode
	ids   int
	ended []incident.Incident
	told  []lifecycle.Event // everything that went through the outbox
	looks []incident.Recheck
}

func begin(t *testing.T) *story {
	return &story{
		t: t, now: time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC), mode: plan.Auto,
		rec: incident.Record{Subject: path.Subject{Kind: path.KeyStoreSubject, ID: storeID}},
	}
}

func (s *story) rules() incident.Rules {
	return incident.Rules{
		Mode: s.mode, OptInKey: "xks-remediator", OptInValue: "enabled", Writes: 10, Rounds: 6,
		Delays: []time.Duration{15 * time.Second, 30 * time.Second, time.Minute}, Reminder: 4 * time.Hour,
	}
}

func (s *story) after(d time.Duration) *story { s.now = s.now.Add(d); return s }

// decrypt is a workload's Decrypt that failed with a message of KMS's.
func (s *story) decrypt(message string) incident.Reception {
	return s.rec.Receive(signal.Signal{
		ID: fmt.Sprint("event-", s.now.UnixNano()), Kind: signal.CallFailed, At: s.now, Operation: "Decrypt",
		Code: "KMSInvalidStateException", Message: message, KeyStoreID: storeID,
	}, s.now)
}

// call is somebody's call on the key store.
func (s *story) call(operation, code string) incident.Reception {
	return s.rec.Receive(signal.Signal{
		ID: fmt.Sprint("call-", s.now.UnixNano()), Kind: signal.KeyStoreChange, At: s.now, Operation: operation,
		Code: code, Actor: "arn:aws:iam::111122223333:user/Alice", KeyStoreID: storeID,
	}, s.now)
}

// look diagnoses a path that differs from a healthy one by edits.
func (s *story) look(edits ...pathtest.Edit) *story {
	s.t.Helper()
	return s.lookOnly(edits...).send()
}

// lookOnly is a look whose outbox stays as it is.
func (s *story) lookOnly(edits ...pathtest.Edit) *story {
	s.t.Helper()
	snapshot := pathtest.With(edits...)
	snapshot.Taken, snapshot.Subject = s.now, s.rec.Subject
	if snapshot.Canary != nil {
		snapshot.Canary.At = s.now
	}
	l := incident.Look{
		Snapshot: snapshot, Findings: check.Run(check.Catalogue(), snapshot), Now: s.now, Rules: s.rules(),
		NewID: func() string { s.ids++; return fmt.Sprintf("INCIDENT%d", s.ids) },
	}
	if in := s.rec.Decide(s.rec.Assess(l), incident.Culprit{}); in != nil {
		s.ended = append(s.ended, *in)
	}
	return s
}

// send empties the outbox.
func (s *story) send() *story {
	for _, p := range s.rec.Outbox {
		if p.Event != nil {
			s.told = append(s.told, *p.Event)
		} else {
			s.looks = append(s.looks, *p.Recheck)
		}
	}
	s.rec.Sent(s.rec.Outbox)
	return s
}

// apply carries out the handed plan as remediate does, every step with a status.
func (s *story) apply(status incident.Status) *story {
	s.t.Helper()
	in := s.rec.Incident
	must(s.t, s.rec.Lock(incident.Order{Incident: in.ID, Digest: in.Plan.Digest}, "token", s.now, s.now.Add(time.Minute)))
	steps, _ := s.rec.Todo()
	for _, step := range steps {
		must(s.t, s.rec.Intend("token", step, s.rules(), s.now))
		s.rec.Note(step, status, "", nil, s.now)
	}
	s.rec.Finish("token", s.rules(), "111122223333", "eu-central-1", s.now)
	return s.send()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// state is that of the open incident, or "none".
func (s *story) state() lifecycle.State {
	if s.rec.Incident == nil {
		return "none"
	}
	return s.rec.Incident.State
}

// automatic names the automatic steps that were handed over last.
func (s *story) automatic() []plan.Kind {
	var kinds []plan.Kind
	if s.rec.Incident == nil || s.rec.Incident.Handed == "" || !s.rec.Incident.FinishedAt.Before(s.rec.Incident.HandedAt) {
		return nil
	}
	steps, _ := s.rec.Todo()
	for _, step := range steps {
		kinds = append(kinds, step.Action.Kind())
	}
	return kinds
}

// messages are the events that somebody is told, as "type/state".
func (s *story) messages() []string {
	var all []string
	for _, e := range s.told {
		if e.Quiet || e.Type == lifecycle.IncidentOpened || e.Type == lifecycle.ApprovalRequested {
			continue
		}
		all = append(all, string(e.Type)+"/"+string(e.State))
	}
	return all
}

func (s *story) want(state lifecycle.State) *story {
	s.t.Helper()
	if got := s.state(); got != state {
		reason := ""
		if s.rec.Incident != nil {
			reason = s.rec.Incident.Reason + " " + s.rec.Incident.Next
		}
		s.t.Fatalf("state is %s, want %s (%s)", got, state, reason)
	}
	return s
}

// recheck delivers one of the delayed looks that the record ordered.
func (s *story) recheck(r incident.Recheck) incident.Reception {
	return s.rec.Receive(signal.Signal{Kind: signal.Recheck, At: s.now, Subject: s.rec.Subject.String(), Incident: r.Incident, Generation: r.Generation, Due: r.Due}, s.now)
}

// refused is a Connect by somebody else that answered an error.
func (s *story) refused(code string) incident.Reception {
	return s.rec.Receive(signal.Signal{
		ID: fmt.Sprint("connect-", s.now.UnixNano()), Kind: signal.CallFailed, At: s.now, Operation: "ConnectCustomKeyStore",
		Code: code, Actor: "arn:aws:iam::111122223333:user/Alice", KeyStoreID: storeID,
	}, s.now)
}

// updateFailed is an Update by somebody else that the proxy's configuration made fail.
func (s *story) updateFailed() incident.Reception {
	return s.rec.Receive(signal.Signal{
		ID: fmt.Sprint("update-", s.now.UnixNano()), Kind: signal.CallFailed, At: s.now, Operation: "UpdateCustomKeyStore",
		Code: "XksProxyInvalidConfigurationException", Actor: "arn:aws:iam::111122223333:user/Alice", KeyStoreID: storeID,
	}, s.now)
}
