package notice_test

import (
	"strings"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/notice"
)

func TestALateMessageSaysSo(t *testing.T) {
	t.Parallel()
	e := lifecycle.Event{Time: time.Date(2026, 3, 2, 3, 3, 12, 0, time.UTC)}
	m := notice.Message{Subject: "[XKS] payments-hsm down", Body: "payments-hsm down.\n"}
	if got := m.Late(e, e.Time.Add(90*time.Second)); got.Body != m.Body {
		t.Errorf("told in time, but the body is %q", got.Body)
	}
	got := m.Late(e, e.Time.Add(3*time.Minute))
	if !strings.HasPrefix(got.Body, "LATE by 3 min: this is what was so at 2026-03-02 03:03:12 UTC.") || !strings.HasSuffix(got.Body, m.Body) || got.Subject != m.Subject {
		t.Errorf("told three minutes late, the message is %+v", got)
	}
}
