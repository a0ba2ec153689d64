package signal

import (
	"regexp"
	"slices"
	"strings"
)

// parseAlarm reads the change of a CloudWatch alarm's state, events/signals/alarm-metric.json
// and its sisters. An alarm may watch one metric, an expression over several, or a Metrics
// Insights query.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
func parseAlarm(e envelope, _ Self) (Signal, error) {
	state := e.detail.object("state")
	if at := state.time("timestamp"); !at.IsZero() {
		e.at = at
	}
	value := strings.ToUpper(state.text("value"))
	switch {
	case value == "":
		return Signal{}, e.malformed("the alarm has no state")
	case e.at.IsZero():
		return Signal{}, e.malformed("the event has no time")
	case value != "ALARM":
		return Signal{}, e.dropped("alarm went to " + value)
	}
	stores, watches := watched(e.detail.object("configuration").objects("metrics"))
	if !watches {
		return Signal{}, e.dropped("alarm is not on a metric of an external key store")
	}
	s := e.signal(Alarm)
	s.AlarmName = e.detail.text("alarmName")
	s.Message = state.long("reason", 1024)
	if len(stores) == 1 {
		s.KeyStoreID = stores[0]
	}
	return s, nil
}

// watched returns the key stores that an alarm's metrics name, sorted, and whether any metric
// is one of external key stores at all.
func watched(metrics []object) (stores []string, any bool) {
	for _, m := range metrics {
		metric := m.object("metricStat", "metric")
		if id, ok := watchedMetric(metric); ok {
			any = true
			stores = append(stores, id)
		}
		if ids, ok := watchedQuery(m.long("expression", 4096)); ok {
			any = true
			stores = append(stores, ids...)
		}
	}
	stores = slices.DeleteFunc(stores, func(id string) bool { return id == "" })
	slices.Sort(stores)
	return slices.Compact(stores), any
}

// watchedMetric returns the key store that a metric's dimensions name, and whether it is a
// metric of external key stores. The dimensions come as an object, or as a list of names and
// values.
// https://docs.aws.amazon.com/kms/latest/developerguide/monitoring-cloudwatch.html
func watchedMetric(metric object) (store string, ok bool) {
	store = metric.object("dimensions").storeID("CustomKeyStoreId")
	for _, d := range metric.objects("dimensions") {
		if strings.EqualFold(d.text("name"), "CustomKeyStoreId") {
			store = d.storeID("value")
		}
	}
	name := firstOf(metric.text("name"), metric.text("metricName"))
	about := store != "" || strings.HasPrefix(name, "Xks") || name == "ExternalKeyStoreThrottle"
	return store, metric.text("namespace") == "AWS/KMS" && about
}

// watchedQuery returns the key stores that a Metrics Insights query or a search asks for,
// and whether it asks for metrics of external key stores. An expression over other metrics
// of the same alarm names none by itself.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
func watchedQuery(expression string) (stores []string, ok bool) {
	if !strings.Contains(expression, "AWS/KMS") || !aboutStores.MatchString(expression) {
		return nil, false
	}
	for _, m := range equalsStore.FindAllStringSubmatch(expression, -1) {
		if len(m[1]) <= longestStore {
			stores = append(stores, m[1])
		}
	}
	return stores, true
}

var (
	aboutStores = regexp.MustCompile(`CustomKeyStoreId|Xks|ExternalKeyStoreThrottle`)
	equalsStore = regexp.MustCompile(`(?i)CustomKeyStoreId["'\s]*=\s*["']?(cks-[0-9a-z]+)\b`)
)

// longestStore is the most letters of a key store's ID.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_CustomKeyStoresListEntry.html
const longestStore = 64
