package symptom_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

// Lists of checks as the pages of AWS give them, apart from the code's own.
var (
	wantNetwork = []check.ID{
		"endpoint-service.exists", "endpoint-service.available", "endpoint-service.network-load-balancer", "load-balancer.active",
		"load-balancer.listener-443", "target-group.registered", "load-balancer.listener-forwards", "target.security-group-admits",
		"load-balancer.egress-to-targets", "target.network-acl-request", "target.network-acl-reply", "target.route", "target.on-premises-reachable",
		"load-balancer.privatelink-enforcement", "target-group.protocol", "load-balancer.zone-without-healthy-target", "target-group.healthy", "proxy.tcp",
	}
	wantReached = []check.ID{
		"endpoint-service.exists", "endpoint-service.available", "endpoint-service.network-load-balancer", "load-balancer.active",
		"load-balancer.listener-443", "target-group.registered", "load-balancer.listener-forwards", "target.security-group-admits",
		"load-balancer.egress-to-targets", "target.network-acl-request", "target.network-acl-reply", "target.route", "target.on-premises-reachable",
		"load-balancer.privatelink-enforcement", "target-group.protocol", "proxy.latency", "load-balancer.zone-without-healthy-target", "target-group.healthy", "proxy.tcp",
		"key-store.uri-endpoint-matches-private-dns-name",
	}
	wantConfiguration = []check.ID{
		"key-store.endpoint-service-region", "endpoint-service.exists", "endpoint-service.available", "endpoint-service.network-load-balancer",
		"endpoint-service.kms-principal-allowed", "endpoint-service.acceptance-not-required", "endpoint-service.private-dns-name",
		"endpoint-service.verification-record-published", "endpoint-service.private-dns-verified", "vpc.private-subnets-in-two-zones", "load-balancer.two-zones", "endpoint-service.two-zones", "endpoint-service.ipv4", "key-store.uri-endpoint-matches-private-dns-name",
	}
	wantEverything = []check.ID{
		"key-store.endpoint-service-region", "endpoint-service.exists", "endpoint-service.available", "endpoint-service.network-load-balancer",
		"endpoint-service.kms-principal-allowed", "endpoint-service.acceptance-not-required", "endpoint-service.no-pending-connection",
		"endpoint-service.private-dns-name", "endpoint-service.verification-record-published", "endpoint-service.private-dns-verified", "vpc.private-subnets-in-two-zones", "load-balancer.two-zones", "endpoint-service.two-zones", "endpoint-service.ipv4", "load-balancer.active",
		"load-balancer.listener-443", "target-group.registered", "load-balancer.listener-forwards", "target.security-group-admits",
		"load-balancer.egress-to-targets", "target.network-acl-request", "target.network-acl-reply", "target.route", "target.on-premises-reachable",
		"load-balancer.privatelink-enforcement", "target-group.protocol",
		"proxy.certificate-dates", "proxy.certificate-name", "proxy.certificate-chain", "proxy.tls-version", "proxy.answers", "proxy.latency",
		"load-balancer.zone-without-healthy-target", "target-group.healthy", "proxy.tcp", "key-store.uri-endpoint-matches-private-dns-name", "key-store.endpoint-service-exclusive",
	}
	wantFound   = []check.ID{"key-store.endpoint-service-region", "endpoint-service.exists", "endpoint-service.available", "endpoint-service.kms-principal-allowed"}
	wantSlow    = []check.ID{"target.security-group-admits", "load-balancer.egress-to-targets", "target.network-acl-request", "target.network-acl-reply", "target.route", "target.on-premises-reachable", "proxy.latency", "load-balancer.zone-without-healthy-target", "target-group.healthy", "proxy.tcp"}
	wantTLS     = []check.ID{"target-group.protocol", "proxy.certificate-dates", "proxy.certificate-name", "proxy.certificate-chain", "proxy.tls-version", "key-store.uri-endpoint-matches-private-dns-name"}
	wantOther   = []check.ID{"proxy.answers"}
	wantUri     = []check.ID{"key-store.uri-endpoint-matches-private-dns-name"}
	wantPlain   = []check.ID{"target-group.protocol", "proxy.answers"}
	wantInUse   = []check.ID{"key-store.endpoint-service-exclusive"}
	wantState   = []check.ID{"key-store.connection-state"}
	wantPending = check.ID("endpoint-service.no-pending-connection")
)

func with(ids []check.ID, more ...check.ID) []check.ID { return append(slices.Clone(ids), more...) }

// of makes the symptom of a call, by its code and message.
func of(kind symptom.Kind, code, message string) symptom.Symptom {
	k := symptom.Classify(code, message)
	return symptom.Symptom{Kind: kind, Code: code, Class: k.Class, ID: k.ID, Text: message}
}

func TestWhatCanExplainAMessageOfARunningKeyStore(t *testing.T) {
	t.Parallel()
	tests := map[string][]check.ID{
		"M1": with(wantNetwork, wantUri...), "M2": wantReached, "M3": wantSlow, "M4": {"proxy.latency"}, "M5": nil, "M6": wantOther,
		"M7": wantTLS, "M8": {"target-group.healthy"}, "M9": wantPlain, "M10": nil, "M11": nil, "M12": nil, "M13": nil, "M14": nil,
		"M15": nil, "M16": nil, "M17": nil, "M18": nil, "M19": wantState,
	}
	if len(tests) != len(kmsTexts()) {
		t.Errorf("%d of %d messages", len(tests), len(kmsTexts()))
	}
	for id, want := range tests {
		for _, kind := range []symptom.Kind{symptom.KMSMessage, symptom.CanaryFailed} {
			for _, code := range []string{"KMSInvalidStateException", "CustomKeyStoreInvalidStateException"} {
				if diff := cmp.Diff(want, symptom.Explains(of(kind, code, text(id)))); diff != "" {
					t.Errorf("%s, %s as %s (-want +got):\n%s", id, code, kind, diff)
				}
			}
		}
	}
}

// What only new connections feel cannot explain what runs.
func TestARunningKeyStoreIsNeverExplainedByWhatNewConnectionsFeel(t *testing.T) {
	t.Parallel()
	felt := []check.ID{
		"endpoint-service.kms-principal-allowed", "endpoint-service.acceptance-not-required", "endpoint-service.private-dns-verified",
		"endpoint-service.verification-record-published", wantPending,
	}
	symptoms := []symptom.Symptom{{Kind: symptom.NoHealthyTarget}, of(symptom.KMSMessage, "KMSInvalidStateException", "new words")}
	for _, m := range kmsTexts() {
		symptoms = append(symptoms, of(symptom.KMSMessage, "KMSInvalidStateException", m.text))
	}
	for _, s := range symptoms {
		for _, id := range symptom.Explains(s) {
			if slices.Contains(felt, id) {
				t.Errorf("%+v is explained by %s", s, id)
			}
		}
	}
}

func TestWhatCanExplainAFailedCall(t *testing.T) {
	t.Parallel()
	const create, update, connect = symptom.CreateFailed, symptom.UpdateFailed, symptom.ConnectRefused
	tests := map[string]struct {
		symptom symptom.Symptom
		want    []check.ID
	}{
		"create, service not found":             {of(create, "XksProxyVpcEndpointServiceNotFoundException", ""), wantFound},
		"create, service invalid":               {of(create, "XksProxyVpcEndpointServiceInvalidConfigurationException", ""), wantConfiguration},
		"create, service in use":                {of(create, "XksProxyVpcEndpointServiceInUseException", ""), wantInUse},
		"create, proxy invalid":                 {of(create, "XksProxyInvalidConfigurationException", ""), []check.ID{"endpoint-service.acceptance-not-required"}},
		"create, proxy invalid by its URI path": {of(create, "XksProxyInvalidConfigurationException", text("M6")), nil},
		"create, proxy invalid by its TLS":      {of(create, "XksProxyInvalidConfigurationException", text("M7")), wantUri},
		"create, proxy unreachable":             {of(create, "XksProxyUriUnreachableException", text("M1")), wantConfiguration},
		"create, response invalid":              {of(create, "XksProxyInvalidResponseException", text("M9")), nil},
		"create, credential refused":            {of(create, "XksProxyIncorrectAuthenticationCredentialException", text("M5")), nil},
		"create, URI in use":                    {of(create, "XksProxyUriInUseException", ""), wantInUse},
		"create, endpoint in use":               {of(create, "XksProxyUriEndpointInUseException", ""), wantInUse},
		"create, a new code":                    {of(create, "XksProxySomethingNewException", ""), wantConfiguration},
		"update, service not found":             {of(update, "XksProxyVpcEndpointServiceNotFoundException", ""), wantFound},
		"update, service invalid":               {of(update, "XksProxyVpcEndpointServiceInvalidConfigurationException", ""), wantConfiguration},
		"update asks the proxy: unreachable":    {of(update, "XksProxyUriUnreachableException", ""), wantReached},
		"update asks the proxy: M2":             {of(update, "XksProxyUriUnreachableException", text("M2")), wantReached},
		"update asks the proxy: M7":             {of(update, "XksProxyInvalidConfigurationException", text("M7")), wantTLS},
		"update asks the proxy: M9":             {of(update, "XksProxyInvalidResponseException", text("M9")), wantPlain},
		"update asks the proxy: M8":             {of(update, "XksProxyUriUnreachableException", text("M8")), []check.ID{"target-group.healthy"}},
		"update, proxy invalid":                 {of(update, "XksProxyInvalidConfigurationException", ""), []check.ID{"endpoint-service.acceptance-not-required"}},
		"update, service in use":                {of(update, "XksProxyVpcEndpointServiceInUseException", ""), wantInUse},
		"update, response invalid":              {of(update, "XksProxyInvalidResponseException", ""), wantPlain},
		"update, credential refused":            {of(update, "XksProxyIncorrectAuthenticationCredentialException", text("M5")), nil},
		"connect, service invalid":              {of(connect, "XksProxyVpcEndpointServiceInvalidConfigurationException", ""), wantConfiguration},
		"connect, state invalid":                {of(connect, "CustomKeyStoreInvalidStateException", ""), wantState},
		"connect, a new code":                   {of(connect, "SomeNewException", ""), wantEverything},
		"create key, store not connected":       {of(symptom.KMSMessage, "CustomKeyStoreInvalidStateException", ""), wantState},
		"create key, external key unknown":      {of(symptom.KMSMessage, "XksKeyNotFoundException", ""), nil},
		"decrypt, words that AWS changed":       {of(symptom.KMSMessage, "KMSInvalidStateException", "the proxy is gone"), wantNetwork},
		"still connecting":                      {symptom.Symptom{Kind: symptom.StillConnecting}, wantEverything},
		"an alarm":                              {symptom.Symptom{Kind: symptom.AlarmRaised}, nil},
		"no healthy target": {symptom.Symptom{Kind: symptom.NoHealthyTarget}, []check.ID{
			"load-balancer.active", "target-group.registered", "load-balancer.listener-forwards", "target.security-group-admits",
			"load-balancer.egress-to-targets", "target.network-acl-request", "target.network-acl-reply", "target.route", "target.on-premises-reachable", "target-group.protocol", "target-group.healthy",
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, symptom.Explains(tt.symptom)); diff != "" {
				t.Errorf("explains (-want +got):\n%s", diff)
			}
		})
	}
}

// Create tests the endpoint service's configuration only, never the network.
// https://docs.aws.amazon.com/kms/latest/developerguide/create-xks-keystore.html
func TestAFailedCreateIsNeverExplainedByTheNetwork(t *testing.T) {
	t.Parallel()
	allowed := with(wantConfiguration, wantUri...)
	for _, code := range []string{
		"XksProxyVpcEndpointServiceNotFoundException", "XksProxyVpcEndpointServiceInvalidConfigurationException", "XksProxyUriUnreachableException",
		"XksProxyInvalidConfigurationException", "XksProxyInvalidResponseException", "SomeNewException",
	} {
		for _, m := range append(kmsTexts(), message{}) {
			for _, id := range symptom.Explains(of(symptom.CreateFailed, code, m.text)) {
				if !slices.Contains(allowed, id) {
					t.Errorf("a create with %s %s is explained by %s", code, m.id, id)
				}
			}
		}
	}
}

// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html#xks-connection-error-codes
func TestConnectionErrorCodes(t *testing.T) {
	t.Parallel()
	const path, proxy, other = symptom.PathClass, symptom.ProxyClass, symptom.OtherClass
	tests := map[string]struct {
		class symptom.Class
		want  []check.ID
	}{
		"INTERNAL_ERROR":                                 {path, wantEverything},
		"NETWORK_ERRORS":                                 {path, slices.Insert(slices.Clone(wantNetwork), 3, wantPending)},
		"XKS_PROXY_NOT_REACHABLE":                        {path, with(slices.Insert(slices.Clone(wantNetwork), 3, wantPending), wantUri...)},
		"XKS_PROXY_TIMED_OUT":                            {path, wantSlow},
		"XKS_PROXY_INVALID_TLS_CONFIGURATION":            {path, wantTLS},
		"XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION": {path, slices.Insert(slices.Insert(slices.Clone(wantConfiguration), 6, wantPending), 14, "proxy.certificate-name")},
		"XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND":             {path, wantFound},
		"INVALID_CREDENTIALS":                            {proxy, nil},
		"XKS_PROXY_ACCESS_DENIED":                        {proxy, nil},
		"XKS_PROXY_INVALID_CONFIGURATION":                {proxy, wantOther},
		"XKS_PROXY_INVALID_RESPONSE":                     {proxy, wantPlain},
		"CLUSTER_NOT_FOUND":                              {other, nil},
		"INSUFFICIENT_CLOUDHSM_HSMS":                     {other, nil},
		"INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET":          {other, nil},
		"SUBNET_NOT_FOUND":                               {other, nil},
		"USER_LOCKED_OUT":                                {other, nil},
		"USER_LOGGED_IN":                                 {other, nil},
		"USER_NOT_FOUND":                                 {other, nil},
		"A_CODE_THAT_AWS_MAY_ADD":                        {other, nil},
		"":                                               {other, nil},
	}
	for code, tt := range tests {
		t.Run("code "+code, func(t *testing.T) {
			t.Parallel()
			if k := symptom.ClassifyConnection(code); k.Class != tt.class || k.Text == "" {
				t.Errorf("%+v, want class %s and a text", k, tt.class)
			}
			if diff := cmp.Diff(tt.want, symptom.Explains(symptom.Symptom{Kind: symptom.ConnectionError, Code: code})); diff != "" {
				t.Errorf("explains (-want +got):\n%s", diff)
			}
		})
	}
}

// Every check either explains some symptom or is known to be no more than a risk.
func TestEveryCheckExplainsSomethingOrIsARisk(t *testing.T) {
	t.Parallel()
	risks := []check.ID{"vpc.dns", "key-store.exists", "endpoint-service.allow-list-narrow", "load-balancer.internal", "key-store.answers", "caller.permission", "trail.records-kms", "alarm.coverage", "diagnosis.visibility"}
	reachable := make(map[check.ID]bool)
	for _, s := range everySymptom() {
		for _, id := range symptom.Explains(s) {
			reachable[id] = true
			if _, ok := check.Lookup(id); !ok {
				t.Errorf("%+v is explained by %s, which is no check", s, id)
			}
		}
	}
	for _, c := range check.Catalogue() {
		if reachable[c.ID] == slices.Contains(risks, c.ID) {
			t.Errorf("%s explains a symptom: %v, and is listed as a risk: %v", c.ID, reachable[c.ID], slices.Contains(risks, c.ID))
		}
	}
}

func TestNoListNamesACheckTwice(t *testing.T) {
	t.Parallel()
	for _, s := range everySymptom() {
		ids := symptom.Explains(s)
		slices.Sort(ids)
		if len(slices.Compact(slices.Clone(ids))) != len(ids) {
			t.Errorf("%+v: %v", s, ids)
		}
	}
}

func everySymptom() []symptom.Symptom {
	all := []symptom.Symptom{{Kind: symptom.NoHealthyTarget}, {Kind: symptom.StillConnecting}}
	for _, kind := range []symptom.Kind{symptom.KMSMessage, symptom.CanaryFailed, symptom.CreateFailed, symptom.UpdateFailed, symptom.ConnectRefused} {
		for _, m := range kmsTexts() {
			all = append(all, of(kind, "KMSInvalidStateException", m.text))
		}
		for _, code := range []string{"XksProxyVpcEndpointServiceNotFoundException", "XksProxyVpcEndpointServiceInvalidConfigurationException", "SomeNewException"} {
			all = append(all, of(kind, code, ""))
		}
	}
	all = append(all, of(symptom.CreateFailed, "XksProxyVpcEndpointServiceInUseException", ""))
	for _, code := range []string{"INTERNAL_ERROR", "NETWORK_ERRORS", "XKS_PROXY_NOT_REACHABLE", "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND"} {
		all = append(all, symptom.Symptom{Kind: symptom.ConnectionError, Code: code})
	}
	return all
}
