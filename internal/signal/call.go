package signal

import (
	"strings"
)

// parseCall reads CloudTrail's record of a KMS call, as events/signals/decrypt-failed.json.
// https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
func parseCall(e envelope, self Self) (Signal, error) {
	record := e.detail
	e.id = firstOf(record.text("eventID"), e.id)
	if at := record.time("eventTime"); !at.IsZero() {
		e.at = at
	}
	operation := record.text("eventName")
	source := record.text("eventSource")
	switch {
	case source != "" && !strings.EqualFold(source, "kms.amazonaws.com"):
		return Signal{}, e.malformed("the record is not of a KMS call but of " + source)
	case operation == "":
		return Signal{}, e.malformed("the record names no operation")
	case e.at.IsZero():
		return Signal{}, e.malformed("the record has no time")
	}
	e.account = firstOf(record.text("recipientAccountId"), e.account)
	e.region = firstOf(record.text("awsRegion"), e.region)

	s := e.signal("")
	s.Operation = canonical(operation)
	s.Code, s.Message = outcome(record)
	s.Actor = actor(record)
	nameStore(&s, record)
	nameKey(&s, record)

	why := elsewhere(s.Account, s.Region, self)
	if why == "" {
		why = notOurs(s, record, self)
	}
	if why == "" {
		s.Kind, why = judge(s)
	}
	if why != "" {
		return Signal{}, e.dropped(why)
	}
	return s, nil
}

// outcome returns the call's error, both empty where it succeeded.
func outcome(record object) (code, message string) {
	code, message = record.text("errorCode"), record.long("errorMessage", 1024)
	if code == "" && message != "" {
		code = "UnknownError" // it failed, whatever the record leaves out
	}
	return code, message
}

// nameStore fills in which key store and endpoint service the call is about. Nothing else
// of the request is copied: it may hold an encryption context or a credential.
func nameStore(s *Signal, record object) {
	request, more := record.object("requestParameters"), record.object("additionalEventData")
	s.KeyStoreID = firstOf(more.storeID("customKeyStoreId"), request.storeID("customKeyStoreId"))
	s.StoreName = firstOf(request.text("newCustomKeyStoreName"), request.text("customKeyStoreName"), more.text("customKeyStoreName"))
	s.ServiceName = request.text("xksProxyVpcEndpointServiceName")
	s.ServiceOwner = request.text("xksProxyVpcEndpointServiceOwner")
	s.UriEndpoint = request.text("xksProxyUriEndpoint")
}

// nameKey fills in which KMS key the call used.
func nameKey(s *Signal, record object) {
	for _, r := range record.objects("resources") {
		if arn := r.long("ARN", 1024); strings.Contains(arn, ":key/") {
			s.Key, s.KeyAccount = arn, firstOf(r.text("accountId"), accountOf(arn))
			return
		}
	}
	if arn := record.object("requestParameters").long("keyId", 1024); strings.Contains(arn, ":key/") {
		s.Key, s.KeyAccount = arn, accountOf(arn)
	}
}

// notOurs says why a call is none of the product's business, or "".
func notOurs(s Signal, record object, self Self) string {
	request, more := record.object("requestParameters"), record.object("additionalEventData")
	switch {
	case ownCall(record, self):
		return "call by the product's own role"
	case s.KeyAccount != "" && self.Account != "" && s.KeyAccount != self.Account:
		return "key of another account, " + s.KeyAccount
	case request.text("customKeyStoreType") == "AWS_CLOUDHSM",
		firstOf(request.text("cloudHsmClusterId"), request.text("clusterId"), more.text("clusterId"), more.text("cloudHsmClusterId")) != "",
		strings.HasPrefix(s.Code, "CloudHsm"):
		return "CloudHSM key store"
	default:
		return ""
	}
}

// accountOf returns the account ID in an ARN, or "".
func accountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}
