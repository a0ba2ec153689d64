package incident_test

import (
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
	"github.com/xks-remediator/xks-remediator/internal/signal"
)

const (
	unavailable = "arn:aws:kms:eu-central-1:111122223333:key/1 is unavailable."
	keyManager  = "The external key store proxy did not respond to the request in the time allotted. Retry the request."
)

// looksOf counts the looks that a message asks for, come again every second for a time.
func (s *story) looksOf(message string, lasts time.Duration, edits ...pathtest.Edit) int {
	looks := 0
	for range int(lasts / time.Second) {
		s.after(time.Second)
		if s.decrypt(message).Look {
			looks++
			s.look(edits...)
		}
	}
	return looks
}

func TestAStormAsksForLooksByTheClockAndNotByTheEvent(t *testing.T) {
	t.Parallel()
	off := pathtest.State("DISCONNECTED", "")
	t.Run("of a key store that somebody disconnected", func(t *testing.T) {
		s := begin(t)
		if n := s.looksOf(unavailable, 10*time.Minute, pathtest.NoCanary, off); n != 1 {
			t.Errorf("600 events asked for %d looks, want 1", n)
		}
		// It is connected, and disconnected again: that is told again.
		s.call("ConnectCustomKeyStore", "")
		s.look(pathtest.NoCanary)
		s.call("DisconnectCustomKeyStore", "")
		s.look(pathtest.NoCanary, off)
		if n := s.looksOf(unavailable, time.Minute, pathtest.NoCanary, off); n != 1 {
			t.Errorf("60 events after it was disconnected again asked for %d looks, want 1", n)
		}
		if n := len(s.messages()); n != 2 {
			t.Errorf("%d messages, want one each time: %v", n, s.messages())
		}
	})
	t.Run("of a message that counts only if it comes again", func(t *testing.T) {
		s := begin(t)
		if n := s.looksOf(keyManager, 59*time.Second, pathtest.NoCanary); n != 1 {
			t.Errorf("59 events asked for %d looks, want 1", n)
		}
		if n := s.looksOf(keyManager, 2*time.Second, pathtest.NoCanary); n != 1 || s.rec.Incident == nil {
			t.Errorf("a minute later %d looks were asked for and the incident is %v, want one look that opens it", n, s.rec.Incident)
		}
	})
}

func TestASubjectThatIsNotOursIsLookedAtOnce(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.rec.Foreign = "an AWS CloudHSM key store has no path to an external key store proxy"
	if got := s.decrypt(unreach); got.Look || got.Dropped == "" {
		t.Errorf("its symptom asks for %+v", got)
	}
	if got := s.call("DisconnectCustomKeyStore", ""); got.Look {
		t.Errorf("a call on it asks for %+v", got)
	}
}

func TestAFailedUpdateThatNamesAServiceIsTheServicesSymptom(t *testing.T) {
	t.Parallel()
	s := begin(t)
	got := s.rec.Receive(signal.Signal{
		ID: "event-1", Kind: signal.CallFailed, At: s.now, Operation: "UpdateCustomKeyStore", KeyStoreID: storeID,
		Code: "XksProxyVpcEndpointServiceNotFoundException", ServiceName: "com.amazonaws.vpce.eu-central-1.vpce-svc-0fedcba9876543210",
	}, s.now)
	if !got.Look || s.rec.Touch == nil {
		t.Errorf("the key store's own record asks for %+v and remembers %+v: want a look and the call", got, s.rec.Touch)
	}
	s.look(pathtest.NoCanary).want("none")
}
