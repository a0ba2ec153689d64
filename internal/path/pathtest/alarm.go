package pathtest

import "github.com/xks-remediator/xks-remediator/internal/path"

// Names of the alarms on the key store.
const (
	CertificateAlarm = "xks-certificate"
	ManagersAlarm    = "xks-key-managers"
	ErrorsAlarm      = "xks-proxy-errors"
)

// alarms are on the key store itself, one for each metric.
func alarms() []path.Alarm {
	return []path.Alarm{
		alarm(CertificateAlarm, path.CertificateMetric), alarm(ManagersAlarm, path.ManagersMetric), alarm(ErrorsAlarm, path.ErrorsMetric),
	}
}

func alarm(name, metric string) path.Alarm {
	return path.Alarm{
		ARN: path.ARN("arn:aws:cloudwatch:us-west-2:111122223333:alarm:" + name), Name: name, Tells: true,
		Watches: []path.Watch{{Metric: metric, KeyStores: []path.KeyStoreID{KeyStoreID}}},
	}
}

// Alarm edits the alarm of a name.
func Alarm(name string, edit func(*path.Alarm)) Edit {
	return func(s *path.Snapshot) {
		for i := range s.Alarms {
			if s.Alarms[i].Name == name {
				edit(&s.Alarms[i])
			}
		}
	}
}

// AddAlarm adds an alarm on a metric of the key store, made different by edit.
func AddAlarm(name, metric string, edit func(*path.Alarm)) Edit {
	return func(s *path.Snapshot) {
		a := alarm(name, metric)
		edit(&a)
		s.Alarms = append(s.Alarms, a)
	}
}

// Silence makes an alarm one without an action.
func Silence(a *path.Alarm) { a.Tells, a.Silent = false, "no action on ALARM" }

// NoAlarms makes the account one without an alarm on external key stores.
func NoAlarms(s *path.Snapshot) { s.Alarms = nil }
