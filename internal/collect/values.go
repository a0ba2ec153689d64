package collect

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// sorted returns a sorted copy of values, nil where there are none.
func sorted[T cmp.Ordered](values []T) []T {
	if len(values) == 0 {
		return nil
	}
	return slices.Sorted(slices.Values(values))
}

// unique returns the values sorted, each once.
func unique[T cmp.Ordered](values []T) []T { return slices.Compact(sorted(values)) }

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// as returns strings as another string type.
func as[To, From ~string](values []From) []To {
	var out []To
	for _, v := range values {
		out = append(out, To(v))
	}
	return out
}

// id returns the string behind p as another string type.
func id[To ~string](p *string) To { return To(aws.ToString(p)) }

// instant returns the time behind p in UTC, the zero time where there is none.
func instant(p *time.Time) time.Time {
	if p == nil {
		return time.Time{}
	}
	return p.UTC()
}

// number returns the number behind p, or other where there is none.
func number(p *int32, other int) int {
	if p == nil {
		return other
	}
	return int(*p)
}

// address returns the address behind p, invalid where there is none.
func address(p *string) netip.Addr {
	a, err := netip.ParseAddr(aws.ToString(p))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}

// prefix returns the CIDR block behind p in canonical form, invalid where there is none.
func prefix(p *string) netip.Prefix {
	b, err := netip.ParsePrefix(aws.ToString(p))
	if err != nil {
		return netip.Prefix{}
	}
	return b.Masked()
}

func ec2Tags(tags []ec2types.Tag) map[string]string {
	if len(tags) == 0 {
		return nil
	}
	out := make(map[string]string, len(tags))
	for _, t := range tags {
		out[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return out
}

// filter is an EC2 filter: any of values.
func filter(name string, values ...string) ec2types.Filter {
	return ec2types.Filter{Name: &name, Values: values}
}

// filterLimit is the most values that EC2 takes in one filter.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html
const filterLimit = 200

// pageLimit is the most that a page of EC2's describe calls holds.
// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-pagination.html
const pageLimit = 1000
