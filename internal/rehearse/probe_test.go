package rehearse_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
)

// proxyChecks are those that the probe alone can see to.
var proxyChecks = []check.ID{
	"proxy.answers", "proxy.certificate-chain", "proxy.certificate-dates", "proxy.certificate-name", "proxy.latency", "proxy.tcp", "proxy.tls-version",
}

// TestAProbeThatMayNotBeInvokedBlindsTheProxysChecks takes the permission to invoke it away
// from diagnose: each check of the proxy, which passed, is unknown and says what to grant.
func TestAProbeThatMayNotBeInvokedBlindsTheProxysChecks(t *testing.T) {
	t.Parallel()
	inWorld(t, found(t, "running/probe-healthy"), func(w *sightWorld) {
		w.subject = w.subjects()[0]
		before := w.look(t, nil)
		i := slices.IndexFunc(before.reads(refused), func(r read) bool { return r.operation == "Invoke" })
		if i < 0 {
			t.Fatalf("diagnose did not invoke the probe: %v", before.reads(refused))
		}
		invoke := before.reads(refused)[i]
		if invoke.action != "lambda:InvokeFunction" || invoke.principal != rehearse.DiagnoseFunction {
			t.Errorf("the probe was invoked as %+v", invoke)
		}
		after := w.look(t, []read{invoke})
		function, _ := w.stack.Function(rehearse.ProbeFunction)
		statement := `{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"` + function.ARN + `"}`
		for _, id := range proxyChecks {
			if !before.finds(id, check.Pass) {
				t.Errorf("%s did not pass while the probe answered", id)
			}
			now, texts := after.of(id)
			if len(now) != 1 || now[0].Verdict != check.Unknown || !strings.Contains(now[0].Evidence.Expected, statement) {
				t.Errorf("%s says %v, want unknown and the statement %s", id, texts, statement)
			}
		}
		if gap, ok := after.snapshot.Gap(path.ProbePart); !ok || gap.Cause != path.AccessDenied {
			t.Errorf("the snapshot's gap is %+v", gap)
		}
	})
}
