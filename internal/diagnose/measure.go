package diagnose

import (
	"regexp"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/incident"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/signal"
)

// measure counts what a look came to, and writes its closing line.
func (v *visit) measure(before incident.Record, s path.Snapshot, ended *incident.Incident) {
	v.Metrics.Count("AwsCalls", float64(s.Stats.Calls), nil)
	now := v.record.Incident
	id, outcome := "", "nothing to tell"
	switch {
	case ended != nil:
		id, outcome = ended.ID, string(ended.State)
		if ended.State == lifecycle.Resolved {
			v.Metrics.Duration("TimeToResolution", ended.Ended.Sub(ended.Since), nil)
		}
	case now != nil:
		id, outcome = now.ID, string(now.State)
	}
	if before.Incident == nil && (now != nil || ended != nil) {
		v.Metrics.Count("IncidentsOpened", 1, nil)
		since := v.Now()
		if now != nil {
			since = now.Since
		}
		v.Metrics.Duration("TimeToDiagnosis", v.Now().Sub(since), nil)
	}
	v.Log.Info("look completed", "incident", id, "subject", v.record.Subject.String(), "outcome", outcome,
		"calls", s.Stats.Calls, "rounds", s.Stats.Rounds, "milliseconds", v.Now().Sub(v.began)/time.Millisecond)
}

// permission finds the action in AWS's access-denied sentence.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
var permission = regexp.MustCompile(`not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)`)

// denied is a refused call as the snapshot holds it.
func denied(s signal.Signal) *path.DeniedCall {
	action := "kms:" + s.Operation
	if m := permission.FindStringSubmatch(s.Message); m != nil {
		action = m[1]
	}
	return &path.DeniedCall{Principal: s.Actor, Operation: s.Operation, Action: action, Message: s.Message}
}
