package collect

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// AWS shows a CIDR block as it keeps it, and documents that it keeps the canonical form of
// what it was given: 100.68.0.18/18 is 100.68.0.0/18.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
func TestCIDRBlocksAreCanonical(t *testing.T) {
	t.Parallel()
	if got, want := prefix(aws.String("100.68.0.18/18")), netip.MustParsePrefix("100.68.0.0/18"); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, bad := range []*string{nil, aws.String(""), aws.String("10.0.0.0")} {
		if got := prefix(bad); got.IsValid() {
			t.Errorf("%q became %v", aws.ToString(bad), got)
		}
	}
	unreadable := []types.IpPermission{{IpProtocol: aws.String("tcp"), IpRanges: []types.IpRange{{CidrIp: aws.String("new notation")}}}}
	if got := rules(unreadable, "111122223333"); len(got) > 0 {
		t.Errorf("got %+v, want no rule: it would allow nothing that is known", got)
	}
}

// A load balancer reaches an instance at its first interface.
func TestAnInstanceIsReachedAtItsFirstInterface(t *testing.T) {
	t.Parallel()
	const item = `<item><networkInterfaceId>%s</networkInterfaceId><attachment><instanceId>i-1</instanceId><deviceIndex>%d</deviceIndex></attachment></item>`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `<DescribeNetworkInterfacesResponse><networkInterfaceSet>`+item+item+`</networkInterfaceSet></DescribeNetworkInterfacesResponse>`, "eni-second", 1, "eni-first", 0)
	}))
	defer server.Close()
	r := New(aws.Config{Region: "eu-central-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", "")}, Options{})
	got, err := r.primaryInterfaces(t.Context(), []string{"i-1"})
	if err != nil || len(got) != 1 || got[0].ID != "eni-first" {
		t.Errorf("got %+v, %v; want the first", got, err)
	}
}

// EC2 takes 200 values a filter: more are asked for in several calls, each with the other
// filters too.
func TestLongFiltersAreCut(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 450 {
		many = append(many, fmt.Sprintf("10.0.%d.%d", i/250, i%250))
	}
	calls := limited([]types.Filter{filter("addresses.private-ip-address", many...), filter("vpc-id", "vpc-1")})
	if len(calls) != 3 {
		t.Fatalf("got %d calls, want 3", len(calls))
	}
	asked := 0
	for _, c := range calls {
		asked += len(c[0].Values)
		if len(c) != 2 || len(c[0].Values) > 200 || c[1].Values[0] != "vpc-1" {
			t.Errorf("got a call with filters %v", c)
		}
	}
	if asked != 450 {
		t.Errorf("%d values are asked for, want 450", asked)
	}
}

// A trail of another Region alone says nothing of this one, whether or not AWS lists it.
func TestATrailOfAnotherRegionDoesNotCoverThisOne(t *testing.T) {
	t.Parallel()
	r := &Reader{region: "eu-central-1"}
	got := r.covering([]trailtypes.Trail{
		{Name: aws.String("there"), HomeRegion: aws.String("us-east-1")},
		{Name: aws.String("here"), HomeRegion: aws.String("eu-central-1")},
		{Name: aws.String("everywhere"), HomeRegion: aws.String("us-east-1"), IsMultiRegionTrail: aws.Bool(true)},
	})
	if len(got) != 2 || got[0].name != "here" || got[1].name != "everywhere" {
		t.Errorf("got %d trails, want here and everywhere", len(got))
	}
}
