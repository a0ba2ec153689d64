package collect

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"golang.org/x/sync/errgroup"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// zonesAtOnce bounds the calls to Route 53, which allows five a second to an account.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
const zonesAtOnce = 4

// askZones reads the account's hosted zones whose domain is name or above it, and what they
// hold under the record's label. The gap names the call that failed.
func (s *survey) askZones(a *answer[[]path.HostedZone], name, label string) read {
	const list, sets = "route53:ListHostedZonesByName", "route53:ListResourceRecordSets"
	domains := upwards(name)
	do := ask(s.Reader, a, question{path.HostedZonePart, list, ""}, func(ctx context.Context) ([]path.HostedZone, error) {
		zones, err := s.zonesNamed(ctx, domains)
		if err != nil {
			return nil, err
		}
		a.action = sets
		return zones, s.readZones(ctx, zones, label, domains)
	})
	return do
}

// upwards returns a name and each domain above it, down to two labels.
func upwards(name string) []string {
	name = strings.TrimPrefix(strings.ToLower(name), "*.")
	var all []string
	for strings.Contains(name, ".") {
		all = append(all, name)
		_, name, _ = strings.Cut(name, ".")
	}
	return all
}

// zonesNamed returns the hosted zones of these very names: public ones first, the longest name
// first. Several may have one name.
func (r *Reader) zonesNamed(ctx context.Context, domains []string) ([]path.HostedZone, error) {
	found := make([][]path.HostedZone, len(domains))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(zonesAtOnce)
	for i, d := range domains {
		group.Go(func() (err error) { found[i], err = r.zonesOf(ctx, d); return err })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	zones := slices.Concat(found...)
	slices.SortFunc(zones, func(a, b path.HostedZone) int {
		return cmp.Or(compareBools(a.Private, b.Private), cmp.Compare(len(b.Name), len(a.Name)), cmp.Compare(a.ID, b.ID))
	})
	return zones, nil
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// zonesOf pages through the zones of one name, which come first from it on.
func (r *Reader) zonesOf(ctx context.Context, domain string) ([]path.HostedZone, error) {
	var zones []path.HostedZone
	in := &route53.ListHostedZonesByNameInput{DNSName: aws.String(domain)}
	for {
		out, err := r.route53.ListHostedZonesByName(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, z := range out.HostedZones {
			if undotted(z.Name) == domain {
				id := strings.TrimPrefix(aws.ToString(z.Id), "/hostedzone/")
				zones = append(zones, path.HostedZone{ID: id, Name: domain, Private: z.Config != nil && z.Config.PrivateZone})
			}
		}
		if !out.IsTruncated || undotted(out.NextDNSName) != domain {
			return zones, nil
		}
		in.DNSName, in.HostedZoneId = out.NextDNSName, out.NextHostedZoneId
	}
}

// readZones reads of each zone its own name servers, and the records at the label.
func (r *Reader) readZones(ctx context.Context, zones []path.HostedZone, label string, domains []string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(zonesAtOnce)
	for i := range zones {
		group.Go(func() error {
			z := &zones[i]
			servers, err := r.set(ctx, z.ID, z.Name, types.RRTypeNs)
			if err != nil {
				return err
			}
			for _, s := range servers.Values {
				z.NameServers = append(z.NameServers, undotted(&s))
			}
			slices.Sort(z.NameServers)
			for _, d := range domains {
				if d != z.Name && !strings.HasSuffix(d, "."+z.Name) {
					continue
				}
				set, err := r.set(ctx, z.ID, label+"."+d, types.RRTypeTxt)
				if err != nil {
					return err
				}
				if len(set.Values) > 0 {
					z.Records = append(z.Records, set)
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// set returns one record set; without values where there is none.
func (r *Reader) set(ctx context.Context, zone, name string, kind types.RRType) (path.TXTRecord, error) {
	out, err := r.route53.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{
		HostedZoneId: &zone, StartRecordName: &name, StartRecordType: kind, MaxItems: aws.Int32(1),
	})
	record := path.TXTRecord{Name: name}
	if err != nil {
		return record, err
	}
	for _, s := range out.ResourceRecordSets {
		if undotted(s.Name) != name || s.Type != kind {
			continue
		}
		record.TTL = int(aws.ToInt64(s.TTL))
		for _, v := range s.ResourceRecords {
			record.Values = append(record.Values, aws.ToString(v.Value))
		}
	}
	return record, nil
}

func undotted(name *string) string {
	return strings.ToLower(strings.TrimSuffix(aws.ToString(name), "."))
}
