package path

import "slices"

// The metrics of an external key store that an alarm is to watch, in namespace AWS/KMS.
// https://docs.aws.amazon.com/kms/latest/developerguide/monitoring-cloudwatch.html
const (
	CertificateMetric = "XksProxyCertificateDaysToExpire" // dimensions CustomKeyStoreId, CertificateName
	ErrorsMetric      = "XksProxyErrors"                  // CustomKeyStoreId, KmsOperation, XksOperation, KeySpec, ErrorType, ExceptionName
	ManagersMetric    = "XksExternalKeyManagerStates"     // CustomKeyStoreId, XksExternalKeyManagerState
)

// An Alarm is a CloudWatch alarm on one of these metrics. A composite alarm is none: it
// counts through the alarms that it watches.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
type Alarm struct {
	ARN     ARN     `json:"arn"`
	Name    string  `json:"name"`
	Watches []Watch `json:"watches"`
	// Tells is set where going to ALARM has an action: the alarm's own, or one of a composite
	// alarm that then goes to ALARM too.
	Tells  bool   `json:"tells"`
	Silent string `json:"silent,omitempty"` // where it tells nobody: why
	Unread string `json:"unread,omitempty"` // why it could not be worked out whether it tells anybody
}

// A Watch is a metric of external key stores that an alarm watches, and of which of them. The
// zero Watch is of none.
type Watch struct {
	Metric    string       `json:"metric"`              // one of the constants; empty where Unread says why
	KeyStores []KeyStoreID `json:"keyStores,omitempty"` // these alone, or with Others all but these
	Others    bool         `json:"others,omitempty"`
	Unread    string       `json:"unread,omitempty"` // why it could not be worked out what is watched
}

// Of reports whether the watch is of a key store.
func (w Watch) Of(id KeyStoreID) bool { return slices.Contains(w.KeyStores, id) != w.Others }
