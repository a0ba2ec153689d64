package notice

import (
	"fmt"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

// since says since when, and how long.
func since(e lifecycle.Event) string {
	end := ended(e)
	switch {
	case e.Since.IsZero():
		return ""
	case !end.After(e.Since):
		return "Seen at " + clock(e.Since) + "."
	case e.Type == lifecycle.NoticeRaised && e.State != lifecycle.Resolved:
		return "Seen at " + clock(e.Since) + "."
	case e.State == lifecycle.Resolved && !unproved(e):
		return fmt.Sprintf("From %s to %s: %s.", clock(e.Since), clockOn(e.Since, end), lasted(end.Sub(e.Since)))
	case over(e):
		return "Since " + clock(e.Since) + "."
	}
	return fmt.Sprintf("Since %s: %s so far.", clock(e.Since), lasted(end.Sub(e.Since)))
}

// ended is when an incident's end was seen, with its proof or else with the event; of one
// that goes on, when the event was made.
func ended(e lifecycle.Event) time.Time {
	if e.Proof != nil && !e.Proof.At.IsZero() {
		return e.Proof.At
	}
	return e.Time
}

// ask says whether the reader must get up.
func ask(e lifecycle.Event) string {
	hands := len(byPerson(e)) > 0
	switch {
	case e.Type == lifecycle.NoticeRaised && hands && e.Subject.State == "CONNECTING":
		return "The key store is being connected, and this may make that fail; what to type is below."
	case e.Type == lifecycle.NoticeRaised && hands:
		return "Nothing fails because of it now; what to type is below."
	case e.Type == lifecycle.NoticeRaised:
		return ""
	case e.Type == lifecycle.FixFailed && e.State == lifecycle.Waiting && hands:
		return "The fix did not work. The product looks again now; what to type is below."
	case e.State == lifecycle.Open && hands && len(byProduct(e)) > 0:
		return "The product mends now what it may; the rest needs you: see WHAT TO TYPE."
	case e.State == lifecycle.Open && len(byProduct(e)) > 0:
		return "The product is mending it now. Nothing is asked of you."
	case e.State == lifecycle.Escalated:
		return "The product has stopped, and it needs you: read why first."
	case e.State == lifecycle.Unexplained:
		return "It needs you: no check of this product explains it."
	case e.State == lifecycle.NeedsPerson && hands:
		return "It needs you: see WHAT TO TYPE."
	case e.State == lifecycle.NeedsPerson:
		return "It needs you: see WHAT HAPPENS NEXT."
	case e.State == lifecycle.Waiting && hands:
		return "Part of it needs you: see WHAT TO TYPE."
	case e.State == lifecycle.Resolved && unborn(e.Subject):
		return "Repeat the call that failed."
	}
	return "Nothing is asked of you now."
}
