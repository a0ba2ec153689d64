//go:build e2e

package patterns

import (
	"fmt"
	"slices"
	"strings"
)

// otherServices are events that have the words of a failing call in them and are none: of
// another source, of another service in the record, or no API call.
func otherServices() []sample {
	sources := []any{"aws.ec2", "aws.s3", "aws.cloudhsm", "aws.KMS", "AWS.kms", "aws.kms2", "kms", "", nil, "custom.aws.kms", object{"aws": "kms"}}
	kinds := []any{"KMS CMK Rotation", "KMS CMK Deletion", "KMS Imported Key Material Expiration", "AWS Service Event via CloudTrail",
		"AWS API call via CloudTrail", "AWS Console Sign In via CloudTrail", "", nil, 1}
	services := []any{"ec2.amazonaws.com", "cloudhsm.amazonaws.com", "KMS.amazonaws.com", "kms.amazonaws.com.cn", "kms", "", nil}
	failing := []call{
		{operation: "Decrypt", code: "KMSInvalidStateException", additional: object{"customKeyStoreId": "cks-1"}},
		{operation: "CreateCustomKeyStore", code: "XksProxyUriUnreachableException"},
		{operation: "CreateKey", code: "XksKeyNotFoundException"},
		{operation: "DeleteCustomKeyStore", code: "AccessDenied"},
		{operation: "ConnectCustomKeyStore"},
		{operation: "DisconnectCustomKeyStore", code: "AccessDenied"},
		{operation: "CreateKey", code: "AccessDenied", parameters: object{"customKeyStoreId": "cks-1"}},
	}
	var all []sample
	for _, c := range failing {
		add := func(what string, change func(event object), want []string) {
			event := c.event()
			change(event)
			all = append(all, sample{name: c.operation + ", " + what, event: text(event), want: want})
		}
		add("as KMS sends it", func(object) {}, c.wakes())
		for _, source := range sources {
			add(fmt.Sprintf("source %v", source), func(e object) { e["source"] = source }, nil)
		}
		for _, kind := range kinds {
			add(fmt.Sprintf("detail-type %v", kind), func(e object) { e["detail-type"] = kind }, nil)
		}
		for _, service := range services {
			add(fmt.Sprintf("eventSource %v", service), func(e object) { e["detail"].(object)["eventSource"] = service }, nil)
		}
		add("source twice", func(e object) { e["source"] = []any{"aws.ec2", "aws.kms"} }, c.wakes())
		add("the record in a list", func(e object) { e["detail"] = []any{e["detail"]} }, c.wakes())
		add("the record within itself", func(e object) { e["detail"] = object{"detail": e["detail"]} }, nil)
		add("the record as text", func(e object) { e["detail"] = text(e["detail"]) }, nil)
		add("without record", func(e object) { delete(e, "detail") }, nil)
	}
	return all
}

// A metric is one of an alarm's: of a metric, or, with an expression, of others.
type metric struct {
	namespace, name string
	dimensions      object
	expression      string
}

// metrics are those of external key stores, others of KMS, and others of the same names.
// https://docs.aws.amazon.com/kms/latest/developerguide/monitoring-cloudwatch.html
func metrics() []metric {
	all := []metric{
		{expression: "m1/m2*100"}, {expression: `SELECT SUM(XksProxyErrors) FROM "AWS/KMS" GROUP BY CustomKeyStoreId`},
		{expression: `SELECT AVG(XksProxyLatency) FROM SCHEMA("AWS/KMS", CustomKeyStoreId)`}, {expression: `SELECT SUM(ExternalKeyStoreThrottle) FROM "AWS/KMS"`},
		{expression: `SELECT SUM(XksProxyErrors) FROM "Custom"`}, {expression: `SELECT MIN(SecondsUntilKeyMaterialExpiration) FROM "AWS/KMS" GROUP BY KeyId`},
		{expression: `SELECT SUM(New) FROM SCHEMA("AWS/KMS", CustomKeyStoreId)`}, {expression: `AWS/KMS before Xks`},
		{expression: "XksAWS/KMS"}, {expression: "xksAWS/KMS"}, {expression: "Xks AWS/kms"},
	}
	for _, namespace := range []string{"AWS/KMS", "AWS/kms", "AWS/KMS2", "AWS/EC2", "Custom", "XksRemediator"} {
		for _, name := range []string{"XksProxyErrors", "XksProxyLatency", "XksExternalKeyManagerStates", "XksProxyCertificateDaysToExpire",
			"XksProxyCredentialAge", "ExternalKeyStoreThrottle", "SecondsUntilKeyMaterialExpiration", "Xks", "xksProxyErrors", "TicksCompleted", "New"} {
			for _, dimensions := range []object{nil, {}, {"CustomKeyStoreId": "cks-1"}, {"customKeyStoreId": "cks-1"}, {"KeyId": "k"}, {"CustomKeyStoreId": "cks-1", "ErrorType": "Retryable"}} {
				all = append(all, metric{namespace: namespace, name: name, dimensions: dimensions})
			}
		}
	}
	return all
}

func (m metric) json() object {
	if m.expression != "" {
		return object{"id": "e1", "expression": m.expression, "label": "rate", "returnData": true}
	}
	of := object{"namespace": m.namespace, "name": m.name}
	if m.dimensions != nil {
		of["dimensions"] = m.dimensions
	}
	return object{"id": "m1", "metricStat": object{"metric": of, "period": 60, "stat": "Sum"}, "returnData": false}
}

// ofKeyStore says whether a metric is one of external key stores: by its name, by its
// dimension, or by what a query says.
func (m metric) ofKeyStore() bool {
	if m.expression == "" {
		_, dimension := m.dimensions["CustomKeyStoreId"]
		return m.namespace == "AWS/KMS" && (strings.HasPrefix(m.name, "Xks") || m.name == "ExternalKeyStoreThrottle" || dimension)
	}
	return follows(m.expression, "Xks", "AWS/KMS") || follows(m.expression, "ExternalKeyStoreThrottle", "AWS/KMS") || follows(m.expression, "AWS/KMS", "CustomKeyStoreId")
}

// follows says whether second comes somewhere after first.
func follows(s, first, second string) bool {
	_, rest, found := strings.Cut(s, first)
	return found && strings.Contains(rest, second)
}

func alarmEvent(state any, configuration any) object {
	return object{"version": "0", "id": "1", "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch", "account": account,
		"time": "2026-03-02T15:04:05Z", "region": region, "resources": []any{"arn:aws:cloudwatch:eu-central-1:111122223333:alarm:a"},
		"detail": object{"alarmName": "a", "state": object{"value": state, "reason": "Threshold Crossed"}, "previousState": object{"value": "ALARM"}, "configuration": configuration}}
}

// alarms are changes of state of alarms on each metric, alone and with a second one.
func alarms() []sample {
	every := metrics()
	var all []sample
	for i, m := range every {
		other := every[(7*i+3)%len(every)]
		for _, state := range []any{"ALARM", "OK", "INSUFFICIENT_DATA", "alarm", []any{"OK", "ALARM"}, nil} {
			_, both := state.([]any)
			in := state == "ALARM" || both
			for _, with := range [][]metric{{m}, {m, other}, {other, m, other}} {
				var list []any
				for _, one := range with {
					list = append(list, one.json())
				}
				var want []string
				if in && slices.ContainsFunc(with, metric.ofKeyStore) {
					want = []string{alarmed}
				}
				all = append(all, sample{name: fmt.Sprintf("%v of %+v", state, with), event: text(alarmEvent(state, object{"metrics": list})), want: want})
			}
		}
	}
	// A composite alarm has no metrics, and a rule of names in place of them.
	composite := object{"alarmRule": `ALARM("XksProxyErrors in AWS/KMS of CustomKeyStoreId")`, "actionsSuppressor": "arn"}
	split := object{"metrics": []any{object{"metricStat": object{"metric": object{"namespace": "AWS/KMS"}}}, object{"metricStat": object{"metric": object{"name": "XksProxyErrors"}}}}}
	return append(all,
		sample{name: "a composite alarm", event: text(alarmEvent("ALARM", composite))},
		sample{name: "namespace and name of two metrics", event: text(alarmEvent("ALARM", split))},
		sample{name: "no configuration", event: text(alarmEvent("ALARM", nil))},
		sample{name: "no metrics", event: text(alarmEvent("ALARM", object{"metrics": []any{}}))})
}

// lifecycleEvents are the product's own events, of its source and of others; and schedules.
func lifecycleEvents() []sample {
	kinds := []string{"Incident Opened", "Diagnosis Completed", "Fix Applied", "Fix Failed", "Approval Requested", "Incident Reminder", "Incident Resolved",
		"Incident Escalated", "Incident Closed", "Notice Raised", "Fix Approved", "diagnosis completed", "Diagnosis Completed ", "Something New"}
	sources := []any{"xks-remediator", "Xks-Remediator", "xks-remediator2", "aws.kms", "", nil, []any{"xks-remediator"}}
	automatic := []any{true, false, "true", "TRUE", nil, 1, []any{true}, []any{false, true}, object{}, "absent"}
	var all []sample
	for _, kind := range kinds {
		for _, source := range sources {
			list, isList := source.([]any)
			own := source == "xks-remediator" || isList && slices.Contains(list, any("xks-remediator"))
			for _, flag := range automatic {
				detail := object{"schema": 1, "incident": "01KQRC2TT8YFZMTH8Y8AF1G8GN", "automatic": flag}
				if flag == "absent" {
					delete(detail, "automatic")
				}
				var want []string
				flags, isFlags := flag.([]any)
				if own && kind == "Diagnosis Completed" && (flag == true || isFlags && slices.Contains(flags, any(true))) {
					want = append(want, ordered)
				}
				if own {
					want = append(want, noticed)
				}
				event := object{"version": "0", "id": "1", "detail-type": kind, "source": source, "account": account, "region": region, "resources": []any{}, "detail": detail}
				all = append(all, sample{name: fmt.Sprintf("%s by %v, automatic %v", kind, source, flag), event: text(event), want: want})
			}
		}
	}
	for _, source := range []string{"aws.events", "aws.scheduler", "aws.kms", "aws.cloudwatch"} {
		event := object{"version": "0", "id": "1", "detail-type": "Scheduled Event", "source": source, "account": account, "region": region,
			"resources": []any{"arn:aws:events:eu-central-1:111122223333:rule/tick"}, "detail": object{}}
		all = append(all, sample{name: "a schedule by " + source, event: text(event)})
	}
	return all
}
