package notice

import (
	"fmt"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
)

// overtaken is how late a message may be before it says so: later messages of the incident
// may have been told first.
const overtaken = 90 * time.Second

// Late returns the message as it is told at now: one that is late says so above all else,
// so that nobody takes what was so for what is so.
func (m Message) Late(e lifecycle.Event, now time.Time) Message {
	late := now.Sub(e.Time)
	if late <= overtaken {
		return m
	}
	m.Body = fmt.Sprintf("LATE by %s: this is what was so at %s. A later message counts more.\n\n", lasted(late), clock(e.Time)) + m.Body
	return m
}
