package collect

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// kmsSource is KMS's name in CloudTrail.
const kmsSource = "kms.amazonaws.com"

// A recording is which of KMS's management events a trail records, and where it leaves some
// out, why.
type recording struct {
	reads, writes bool
	why           string
}

// A recorded is a KMS call as an event selector sees it.
type recorded struct {
	name string
	read bool // CloudTrail classes it as read
}

// watched are the calls whose events wake the product. CloudTrail classes cryptographic
// operations as read.
// https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
func watched() []recorded {
	return []recorded{
		{"Decrypt", true}, {"Encrypt", true}, {"ReEncrypt", true}, {"GenerateDataKey", true}, {"GenerateDataKeyWithoutPlaintext", true},
		{"ConnectCustomKeyStore", false}, {"CreateCustomKeyStore", false}, {"CreateKey", false},
		{"DisconnectCustomKeyStore", false}, {"UpdateCustomKeyStore", false},
	}
}

// records judges a trail's selectors, of which a trail has either the basic or the advanced
// sort. An event is recorded where any selector takes it.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
func records(basic []types.EventSelector, advanced []types.AdvancedEventSelector) recording {
	takes := func(c recorded) bool {
		return slices.ContainsFunc(basic, func(s types.EventSelector) bool { return basicTakes(s, c) }) ||
			slices.ContainsFunc(advanced, func(s types.AdvancedEventSelector) bool { return advancedTakes(s, c) })
	}
	out := recording{reads: true, writes: true}
	var left []string
	for _, c := range watched() {
		switch {
		case takes(c):
			continue
		case c.read:
			out.reads = false
		default:
			out.writes = false
		}
		left = append(left, c.name)
	}
	switch {
	case len(left) == 0:
	case len(left) == len(watched()):
		out.why = "its event selectors leave out the management events of " + kmsSource
	default:
		out.why = "its event selectors leave out " + strings.Join(left, ", ")
	}
	return out
}

func basicTakes(s types.EventSelector, c recorded) bool {
	if s.IncludeManagementEvents != nil && !*s.IncludeManagementEvents || slices.Contains(s.ExcludeManagementEventSources, kmsSource) {
		return false
	}
	switch s.ReadWriteType {
	case types.ReadWriteTypeReadOnly:
		return c.read
	case types.ReadWriteTypeWriteOnly:
		return !c.read
	default:
		return true
	}
}

// advancedTakes reports whether every field of a selector admits the call. A field that is
// not known here (who called, from where) admits nothing: it leaves out some calls at least.
func advancedTakes(s types.AdvancedEventSelector, c recorded) bool {
	management := false
	for _, f := range s.FieldSelectors {
		value := ""
		switch aws.ToString(f.Field) {
		case "eventCategory":
			value, management = "Management", true
		case "readOnly":
			value = "false"
			if c.read {
				value = "true"
			}
		case "eventSource":
			value = kmsSource
		case "eventName":
			value = c.name
		case "eventType":
			value = "AwsApiCall"
		default:
			return false
		}
		if !admits(f, value) {
			return false
		}
	}
	return management
}

// admits reports whether a field selector admits a value: any of what it names, and none of
// what it excludes.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
func admits(f types.AdvancedFieldSelector, value string) bool {
	has := func(list []string, match func(string, string) bool) bool {
		return slices.ContainsFunc(list, func(v string) bool { return match(value, v) })
	}
	equal := func(a, b string) bool { return a == b }
	if has(f.NotEquals, equal) || has(f.NotStartsWith, strings.HasPrefix) || has(f.NotEndsWith, strings.HasSuffix) {
		return false
	}
	named := len(f.Equals) + len(f.StartsWith) + len(f.EndsWith)
	return named == 0 || has(f.Equals, equal) || has(f.StartsWith, strings.HasPrefix) || has(f.EndsWith, strings.HasSuffix)
}
