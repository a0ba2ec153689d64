package signal

// parseTick reads the schedule's event, events/signals/tick.json.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
func parseTick(e envelope, _ Self) (Signal, error) {
	if e.at.IsZero() {
		return Signal{}, e.malformed("the event has no time")
	}
	return e.signal(Tick), nil
}
