package lifecycle

// What an event's Mode can be: what the product may do by itself.
const (
	ModeObserve = "observe" // report only
	ModeApprove = "approve" // every action waits for a person
	ModeAuto    = "auto"    // actions of the automatic class are applied
)

// What a Subject's Kind can be.
const (
	SubjectKeyStore = "key-store"        // an external key store that exists
	SubjectService  = "endpoint-service" // the VPC endpoint service that a failed create named
	SubjectAccount  = "account"          // neither: a notice about the account and Region
)

// What a Subject's Connectivity can be, as KMS spells it.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_XksProxyConfigurationType.html
const (
	ConnectivityVPC    = "VPC_ENDPOINT_SERVICE"
	ConnectivityPublic = "PUBLIC_ENDPOINT"
)

// What a Symptom's Kind can be.
const (
	SymptomKMSMessage      = "kms-message"       // a call on a key of the key store failed
	SymptomConnectionError = "connection-error"  // the key store is FAILED with Code
	SymptomConnectRefused  = "connect-refused"   // ConnectCustomKeyStore itself answered an error
	SymptomCreateFailed    = "create-failed"     // CreateCustomKeyStore failed
	SymptomUpdateFailed    = "update-failed"     // UpdateCustomKeyStore failed
	SymptomNoHealthyTarget = "no-healthy-target" // no target behind the listener is healthy
	SymptomCanaryFailed    = "canary-failed"     // an Encrypt with the canary key failed
	SymptomStillConnecting = "still-connecting"  // CONNECTING for over 15 minutes
	SymptomAlarm           = "alarm"             // a CloudWatch alarm
)

// What an Action's Class can be: who may decide on it.
const (
	ClassAutomatic = "automatic" // additive, narrow, no interruption
	ClassApproval  = "approval"  // wider effect or no inverse: a person decides
	ClassManual    = "manual"    // only a person does it
)

// What a Change's Status can be: how far it got.
const (
	StatusIntended = "intended" // written down before the call to AWS
	StatusApplied  = "applied"  // done
	StatusSkipped  = "skipped"  // what it is to bring about was so already
	StatusFailed   = "failed"   // AWS refused
	StatusUnknown  = "unknown"  // the answer was lost and nothing proves what happened
)

// What a Proof's Kind can be.
const (
	ProofKMSAnswered = "kms-answered" // the key store connected, or a canary key's Encrypt succeeded
	ProofCauseGone   = "cause-gone"   // the cause was mended and no new symptom came; no request has proved it yet
)
