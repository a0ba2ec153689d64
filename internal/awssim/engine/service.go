package engine

import "time"

// A Protocol is one of AWS's wire protocols.
type Protocol uint8

const (
	JSON10    Protocol = iota + 1 // awsJson1_0
	JSON11                        // awsJson1_1
	EC2Query                      // ec2Query: form in, XML with <item> lists out
	AWSQuery                      // awsQuery: form in, XML with <member> lists out
	RESTXML                       // restXml: method, path and query name the operation, XML in and out
	RESTJSON                      // restJson1: method, path, query and headers name the operation, JSON or a Payload out
	RPCv2CBOR                     // smithyRpcv2Cbor: the path names the operation, CBOR in and out
)

// A Service is one AWS service as its clients see it.
type Service struct {
	Name      string   // the SigV4 service name, which also is how a request is routed: "kms", "ec2", "elasticloadbalancing", "sns", "sqs", "dynamodb", "events", "cloudtrail", "monitoring", "sts"
	IAMPrefix string   // the prefix of its IAM actions, as "elasticloadbalancing"
	Protocol  Protocol // how requests and responses are written
	// Spoken are further protocols that its clients may speak; a request shows which it is of.
	// An error's Query is then what clients of the query protocol know it by.
	Spoken  []Protocol
	Version string   // the API version of the query protocols, as "2016-11-15"
	Targets []string // accepted prefixes of X-Amz-Target of the JSON protocols, as "TrentService."
	// Route finds the operation of a RESTXML or RESTJSON request, "" for none, and what the path
	// says as parameters. The query's are added to them, and the body as the parameter Body.
	Route func(method, path string) (operation string, parameters map[string]string)
	// Headers are those of a RESTJSON request that are parameters, with the parameters' names.
	Headers map[string]string
	// Global is set where one endpoint in us-east-1 serves all Regions.
	Global     bool
	Operations map[string]Operation
}

// An Operation is one API call of a service. It runs under the simulator's lock.
type Operation struct {
	// Action is the IAM action without its prefix; empty means the operation's own name.
	Action string
	// Resources names what IAM judges the call on; nil means "*" with no tags. It may
	// return several (the call needs a grant on each).
	Resources func(c *Call) []Resource
	// ReadOnly is what CloudTrail says of the call.
	ReadOnly bool
	// NotManagement is set for data events (SendMessage, GetItem, PutEvents …), which no
	// trail of management events records.
	NotManagement bool
	// Free is set where AWS asks for no permission at all, as for sts:GetCallerIdentity.
	Free bool
	// Do answers the call: a pointer to a response struct, a Rest, or an *Error. nil is an empty answer.
	Do func(c *Call) (any, error)
}

// A Rest is what is left of a call that succeeded, and has to run without the lock since it calls
// the simulator itself: a function's code. It makes the answer. Only RESTJSON operations have one.
type Rest func() Payload

// A Payload is an answer that is no structure: bytes as they are, and headers beside them.
type Payload struct {
	Header map[string]string
	Body   []byte
}

// A Resource is what an IAM statement's Resource and Condition are matched against.
type Resource struct {
	ARN     string
	Tags    map[string]string // aws:ResourceTag/… and the service's own ResourceTag/…
	Context map[string]string // further condition keys, as "dynamodb:LeadingKeys"
	// Action is the IAM action judged on this resource where it is not the operation's
	// own, with its prefix: "ec2:CreateTags" beside ec2:AuthorizeSecurityGroupIngress.
	Action string
}

// A Principal is who signed a call, found by the access key ID of its signature.
type Principal struct {
	Name     string // the simulator's own name for it: a function's logical ID, "admin", "workload"
	ARN      string // as CloudTrail's userIdentity.arn: arn:aws:sts::…:assumed-role/Role/session or arn:aws:iam::…:user/Name
	RoleARN  string // of an assumed role: sessionContext.sessionIssuer.arn; else empty
	Type     string // AssumedRole, IAMUser, AWSService
	KeyID    string // access key ID
	Unbound  bool   // everything is allowed: people and workloads
	UserName string
}

// A Call is one request, decoded.
type Call struct {
	Service   *Service
	Operation string
	Principal Principal
	Time      time.Time
	RequestID string
	Attempt   int // from amz-sdk-request, 1 where absent
	// Trail is what the operation adds to its CloudTrail record.
	Trail Trail

	bind func(any) error
}

// NewCall returns a call whose parameters bind decodes.
func NewCall(s *Service, operation string, p Principal, now time.Time, requestID string, bind func(any) error) *Call {
	return &Call{Service: s, Operation: operation, Principal: p, Time: now, RequestID: requestID, Attempt: 1, bind: bind}
}

// Bind decodes the call's parameters into v, a pointer to a struct whose exported fields
// bear AWS's member names, or are tagged with them (json:"…", query:"…"); a pointer to a
// map[string]any takes everything. It may be called several times. A malformed parameter is
// an *Error of the service's own kind; one that no Bind of the call knew fails the call
// after the fact, unless the server is lenient.
func (c *Call) Bind(v any) error { return c.bind(v) }

// A Trail is what CloudTrail records beyond the envelope. A nil map is written as null.
type Trail struct {
	RequestParameters   map[string]any
	ResponseElements    map[string]any
	AdditionalEventData map[string]any
	Resources           []TrailResource
}

// A TrailResource is one entry of a record's resources.
type TrailResource struct{ Account, Type, ARN string }

// An Error is an AWS error response.
type Error struct {
	Code    string // as the client sees it: "CustomKeyStoreNotFoundException", "InvalidGroup.NotFound"
	Message string
	Status  int // HTTP status; 400 where zero
	// Query is the code in x-amzn-query-error of query-compatible services (SQS, CloudWatch).
	Query string
	// Item is DynamoDB's item of ConditionalCheckFailedException, already in wire form.
	Item map[string]any
	// Members are further members of a JSON error, as CancellationReasons.
	Members map[string]any
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }
