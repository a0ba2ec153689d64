// Package collect reads everything between AWS KMS and an external key store proxy into a
// path.Snapshot. It only reads, with one exception that changes nothing: an Encrypt with a
// canary key. It judges nothing: what could not be read becomes a gap, and what is not
// there is simply absent.
//
// SDK types stay inside: each file turns one part of AWS's answers into types of package path.
package collect

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// Options is where a Reader looks, and how long.
type Options struct {
	Account    string   // ID of the account
	Partition  string   // aws, aws-cn, aws-us-gov; aws where empty
	Region     string   // the AWS config's where empty
	CanaryKeys []string // ARNs or IDs of KMS keys, at most one a key store; Encrypt is called with those alone

	// ProbeFunction is the name or ARN of the probe function; none is invoked where empty.
	ProbeFunction string
	// PublicDNS looks up the record that proves a private DNS name; nil for no look-up.
	PublicDNS PublicDNS

	// OwnerRoles are ARNs of roles in other accounts, at most one an account, through which the
	// path behind an endpoint service of theirs is read. OwnerExternalID is given with each;
	// empty for none.
	OwnerRoles      []string
	OwnerExternalID string

	// ReadTimeout bounds one read with all its pages and retries; 6 s where zero. A snapshot
	// has at most eight rounds of reads, which so end within a Lambda function's minute.
	ReadTimeout time.Duration
	Now         func() time.Time // time.Now where nil
}

// A Reader takes snapshots. It is safe for concurrent use.
type Reader struct {
	account   string
	partition string
	region    string
	keys      []string
	timeout   time.Duration
	now       func() time.Time
	dns       PublicDNS
	owners    map[string]*owner // by account

	kms     *kms.Client
	ec2     *ec2.Client
	elb     *elbv2.Client
	trail   *cloudtrail.Client
	route53 *route53.Client

	cloudwatch *cloudwatch.Client

	probeFunction string
	lambda        *lambda.Client

	mu       sync.Mutex
	canaries map[string]canaryKey // of Options.CanaryKeys, as far as they are known
}

// New returns a Reader that calls AWS by cfg.
func New(cfg aws.Config, o Options) *Reader {
	theirs := owners(cfg, o)
	cfg = counting(cfg)
	r := &Reader{
		account: o.Account, partition: o.Partition, region: o.Region,
		keys: sorted(o.CanaryKeys), timeout: o.ReadTimeout, now: o.Now, owners: theirs,
		kms: kms.NewFromConfig(cfg), ec2: ec2.NewFromConfig(cfg),
		elb: elbv2.NewFromConfig(cfg), trail: cloudtrail.NewFromConfig(cfg), route53: route53.NewFromConfig(cfg),
		cloudwatch: cloudwatch.NewFromConfig(cfg),
		dns:        o.PublicDNS, probeFunction: o.ProbeFunction, lambda: lambda.NewFromConfig(cfg),
		canaries: map[string]canaryKey{},
	}
	if r.partition == "" {
		r.partition = "aws"
	}
	if r.region == "" {
		r.region = cfg.Region
	}
	if r.timeout == 0 {
		r.timeout = 6 * time.Second
	}
	if r.now == nil {
		r.now = time.Now
	}
	return r
}

// Snapshot reads the path of a subject as it is now. It never fails: each read that gave no
// answer is a Gap with the IAM action and the cause, and so is each part that could not be
// read for want of another.
//
// Of a failed Create or Update, asked says what was asked for; the subject is then the
// endpoint service that it named. Stores and gap are what KeyStores returned a moment ago,
// so that one call serves a batch; with both nil the snapshot reads them itself.
func (r *Reader) Snapshot(ctx context.Context, subject path.Subject, asked path.Requested, stores []path.KeyStore, gap *path.Gap) path.Snapshot {
	s := &survey{Reader: r, out: path.Snapshot{
		Schema: 1, Taken: r.now().UTC(), Partition: r.partition, Account: r.account, Region: r.region,
		Subject: subject, Requested: asked,
	}}
	ctx = withCounter(ctx, &s.calls)
	var beside sync.WaitGroup
	s.aside = func(do read) { beside.Go(func() { do(ctx) }) }
	s.startAlarms()
	s.run(ctx, append(s.pathTracks(stores, gap), s.trailTrack(), s.canaryTrack(stores != nil || gap != nil))...)
	beside.Wait()
	s.takeProbe()
	s.takeAlarms()
	s.takeProof()
	return s.finished()
}

// A survey is one snapshot in the making.
type survey struct {
	*Reader
	out     path.Snapshot
	calls   counter
	through bool                                       // the path behind the service was read through a role of its owner's
	asked   asked                                      // the endpoint service to look for
	proof   proof                                      // of the private DNS name
	groups  []*aboutGroup                              // what is asked of each target group
	found   map[path.InterfaceID]path.NetworkInterface // that any read has found

	side      []track               // beside the tracks that the snapshot began with
	vpcsAsked map[path.VPCID]bool   // of which everything is read
	elsewhere map[path.VPCID]string // VPCs that other accounts own, with the account
	names     names

	aside  func(read) // starts a read that no round waits for
	probed answer[path.Probe]
	alarms answer[alarms]
}

// add takes up network interfaces that any read has found.
func (s *survey) add(interfaces []path.NetworkInterface) {
	if s.found == nil {
		s.found = map[path.InterfaceID]path.NetworkInterface{}
	}
	for _, i := range interfaces {
		s.found[i.ID] = i
	}
}

// finished puts everything in order, so that the same world gives the same snapshot.
func (s *survey) finished() path.Snapshot {
	s.takeNames()
	s.noteUnseen()
	s.inOrderOfID()
	for _, id := range sortedKeys(s.found) {
		s.out.Interfaces = append(s.out.Interfaces, s.found[id])
	}
	s.out.Gaps = orderedGaps(s.out.Gaps)
	s.out.Stats.Calls = s.calls.total()
	return s.out
}
