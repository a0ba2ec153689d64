package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/xks-remediator/xks-remediator/internal/check"
	"github.com/xks-remediator/xks-remediator/internal/collect"
	"github.com/xks-remediator/xks-remediator/internal/diagnose"
	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/plan"
	"github.com/xks-remediator/xks-remediator/internal/publicdns"
	"github.com/xks-remediator/xks-remediator/internal/saved"
	"github.com/xks-remediator/xks-remediator/internal/symptom"
)

type diagnoseCommand struct {
	Subject     string              `arg:"" optional:"" name:"key-store-id" help:"ID of the key store (cks-…), or of a VPC endpoint service (vpce-svc-…) that no key store uses yet."`
	Format      string              `enum:"text,json" default:"text" help:"text or json."`
	Region      string              `help:"AWS Region; AWS_REGION or the profile's otherwise."`
	Profile     string              `help:"Profile of the shared AWS configuration."`
	EndpointURL string              `name:"endpoint-url" help:"Endpoint of every AWS service, as that of xksctl simulate."`
	CanaryKey   string              `name:"canary-key" help:"ARN of a KMS key in the key store: KMS is asked to encrypt 16 bytes with it, as proof."`
	Probe       string              `name:"probe-function" help:"Name of the deployed probe function (output ProbeFunctionName): it looks at the proxy from inside the VPC."`
	OwnerRole   []string            `name:"owner-role" help:"ARN of a role in the account that owns the endpoint service, through which the path behind it is read."`
	ExternalID  string              `name:"external-id" help:"External ID that the owner's role asks for."`
	URIEndpoint string              `name:"uri-endpoint" help:"URI endpoint that a key store on the endpoint service is to have, as https://name."`
	OptInTag    string              `name:"opt-in-tag" default:"xks-remediator=enabled" help:"Tag, key=value, that resources carry on which the product may write."`
	DNSResolver []diagnose.Resolver `name:"dns-resolver" env:"XKSCTL_DNS_RESOLVERS" default:"1.1.1.1,8.8.8.8" help:"Public DNS resolvers, separated by commas, that are asked for the TXT record of the private DNS name."`
	NoDNS       bool                `name:"no-dns" help:"Ask no DNS."`
	Timeout     time.Duration       `default:"2m" help:"Longest run."`
	Save        string              `placeholder:"FILE" help:"Write the snapshot to a new file, for --from."`
	Force       bool                `help:"Let --save overwrite a file."`
	Redact      bool                `help:"Replace accounts, names, IDs, domains and addresses in the file of --save, the same by the same: it is safe to send to a vendor, and the diagnosis stays."`
	From        string              `placeholder:"FILE" help:"Diagnose a saved snapshot, without AWS and without credentials."`
	NoColor     bool                `name:"no-color" help:"No colours, as where NO_COLOR is set, TERM is dumb or the output is no terminal."`
}

// A report is what diagnose found.
type report struct {
	Subject  string
	Healthy  bool // every check passes or does not apply
	Symptoms []string
	Causes   []check.Finding
	Risks    []check.Finding
	Unknown  []check.Finding
	Passed   []check.ID
	Skipped  []check.Finding // not applicable
	Plan     plan.Plan
	Stats    path.Stats
	findings []check.Finding // all of them, in the catalogue's order
	from     string          // the file that was replayed; empty: AWS was asked
	redacted bool
}

// Run diagnoses once.
func (c *diagnoseCommand) Run(a *app) error {
	if err := c.consistent(); err != nil {
		return err
	}
	key, value, ok := strings.Cut(c.OptInTag, "=")
	if !ok {
		return &hinted{fmt.Errorf("opt-in tag %q has no value", c.OptInTag), "write it as key=value"}
	}
	file, err := c.file(a)
	if err != nil {
		return err
	}
	if c.Save != "" {
		if err := c.save(file, key, value); err != nil {
			return err
		}
	}
	found := judge(file.Snapshot, key, value)
	if c.Format == "json" {
		err = writeJSON(a.out, found)
	} else {
		found.from, found.redacted = c.From, file.Redacted
		err = found.print(a.out, file.Snapshot, a.options(c.NoColor))
	}
	if err == nil && !found.Healthy {
		err = errFindings
	}
	return err
}

// file is the snapshot to judge: a saved one, or what AWS says now.
func (c *diagnoseCommand) file(a *app) (saved.File, error) {
	if c.From != "" {
		return c.load()
	}
	subject, err := subjectOf(c.Subject)
	if err != nil {
		return saved.File{}, err
	}
	ctx, cancel := context.WithTimeout(a.ctx, c.Timeout)
	defer cancel()
	s, err := c.snapshot(ctx, subject)
	return fresh(s), err
}

func subjectOf(id string) (path.Subject, error) {
	switch {
	case strings.HasPrefix(id, "cks-"):
		return path.Subject{Kind: path.KeyStoreSubject, ID: id}, nil
	case strings.HasPrefix(id, "vpce-svc-"):
		return path.Subject{Kind: path.ServiceSubject, ID: id}, nil
	}
	return path.Subject{}, &hinted{fmt.Errorf("%q is neither a key store nor an endpoint service", id),
		"give the ID of a key store (cks-…; aws kms describe-custom-key-stores lists them) or of a VPC endpoint service (vpce-svc-…)"}
}

func (c *diagnoseCommand) snapshot(ctx context.Context, subject path.Subject) (path.Snapshot, error) {
	var options []func(*config.LoadOptions) error
	if c.Region != "" {
		options = append(options, config.WithRegion(c.Region))
	}
	if c.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(c.Profile))
	}
	if c.EndpointURL != "" {
		options = append(options, config.WithBaseEndpoint(c.EndpointURL))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return path.Snapshot{}, &hinted{fmt.Errorf("reading the AWS settings: %w", err), "check --profile and the AWS_… variables"}
	}
	if cfg.Region == "" {
		return path.Snapshot{}, &hinted{errors.New("no AWS Region is set"), "set AWS_REGION or give --region"}
	}
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return path.Snapshot{}, &hinted{fmt.Errorf("asking AWS who we are: %w", err), "check the credentials (aws sts get-caller-identity) and the endpoint"}
	}
	options2 := collect.Options{Account: aws.ToString(who.Account), Partition: partition(aws.ToString(who.Arn)), Region: cfg.Region}
	options2.ProbeFunction = c.Probe
	if c.CanaryKey != "" {
		options2.CanaryKeys = []string{c.CanaryKey}
	}
	if !c.NoDNS && len(c.DNSResolver) > 0 {
		options2.PublicDNS = publicdns.New(publicdns.Options{Resolvers: diagnose.Addresses(c.DNSResolver)})
	}
	options2.OwnerRoles, options2.OwnerExternalID = c.OwnerRole, c.ExternalID
	asked := path.Requested{UriEndpoint: c.URIEndpoint}
	if subject.Kind == path.ServiceSubject {
		asked.ServiceName = "com.amazonaws.vpce." + cfg.Region + "." + subject.ID
	}
	return collect.New(cfg, options2).Snapshot(ctx, subject, asked, nil, nil), nil
}

// partition is the second part of an ARN.
func partition(arn string) string {
	parts := strings.SplitN(arn, ":", 3)
	if len(parts) < 3 {
		return "aws"
	}
	return parts[1]
}

// judge runs the checks and sorts what they say.
func judge(s path.Snapshot, tagKey, tagValue string) report {
	findings := check.Run(check.Catalogue(), s)
	symptoms := symptom.Observed(s)
	ranked := symptom.Rank(symptoms, findings)
	r := report{Subject: s.Subject.String(), Causes: ranked.Causes, Risks: ranked.Risks, Stats: s.Stats, findings: findings}
	for _, one := range symptoms {
		r.Symptoms = append(r.Symptoms, said(one))
	}
	failed := 0
	for _, f := range findings {
		switch f.Verdict {
		case check.Pass:
			r.Passed = append(r.Passed, f.Check)
		case check.Unknown:
			r.Unknown = append(r.Unknown, f)
		case check.NotApplicable:
			r.Skipped = append(r.Skipped, f)
		case check.Fail:
			failed++
		}
	}
	r.Healthy = failed == 0 && len(r.Unknown) == 0
	causes := append(append([]check.Finding(nil), r.Causes...), r.Risks...)
	r.Plan = plan.Make(causes, s, plan.Policy{OptInKey: tagKey, OptInValue: tagValue, Attempted: attempted(s), Unread: ranked.Unread})
	return r
}

func attempted(s path.Snapshot) bool {
	return s.KeyStore == nil || s.KeyStore.ConnectionState == "FAILED"
}

func said(s symptom.Symptom) string {
	parts := []string{string(s.Kind)}
	for _, p := range []string{s.Code, s.Text} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ": ")
}
