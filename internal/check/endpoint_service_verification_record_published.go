package check

import (
	"fmt"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// endpointServiceVerificationRecordPublished asks public DNS, as AWS does. Whether AWS looks
// again once a name is verified is not documented: a record that is gone by then is a
// warning, and never a cause.
var endpointServiceVerificationRecordPublished = Check{
	ID:      "endpoint-service.verification-record-published",
	Title:   "The TXT record that proves the private DNS name is in public DNS",
	Fails:   "the TXT record that AWS expects is not in public DNS, or not with the exact value",
	Why:     "New connections only: AWS verifies the private DNS name by this record, and denies new connections while the name is not verified. A record that is removed after the verification is a warning: whether AWS looks again is not documented.",
	Console: "Amazon VPC console, Endpoint services: choose the service. The Details tab shows Domain verification name and Domain verification value. Where Route 53 serves the domain: Route 53 console, Hosted zones, the public zone, Create record, type TXT, the value in quotes, beside any value that is there. Then Endpoint services, Actions, Verify domain ownership for private DNS name, Verify.",
	Source:  "https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html",
	Needs:   []path.Part{path.ServicePart, path.PublicDNSPart},
	Applies: onPath,
	Run: ofOwnService(path.PublicDNSPart, "ec2:DescribeVpcEndpointServiceConfigurations", func(s path.Snapshot, e path.EndpointService) Finding {
		switch {
		case e.PrivateDnsName == "":
			return notApplicable(serviceARN(s), "there is no private DNS name to prove: see endpoint-service.private-dns-name")
		case e.PrivateDnsRecordName == "" || e.PrivateDnsRecordValue == "":
			return notApplicable(serviceARN(s), "AWS asks for no TXT record")
		case s.DNS == nil:
			return notApplicable(serviceARN(s), "public DNS was not asked: no resolver is configured")
		}
		expected := fmt.Sprintf("TXT record %s.<domain> with the value %q in public DNS, <domain> being %s or a domain above it",
			e.PrivateDnsRecordName, e.PrivateDnsRecordValue, e.PrivateDnsName)
		seen := recordOf(*s.DNS, e.PrivateDnsRecordValue)
		if seen.published() {
			return pass(serviceARN(s), expected, seen.proof())
		}
		wrong, headline := seen.wrong()
		f := fail(serviceARN(s), expected, wrong+": "+seen.answers(), headline)
		if fold(e.PrivateDnsState, "verified") {
			f.Warning = true
			f.Evidence.Seen = "the name is verified, but " + f.Evidence.Seen
		}
		return f
	}),
}

// VerificationRecord says whether public DNS holds the record that proves the private DNS
// name: Pass or Fail, NotApplicable where nobody asked, Unknown where nobody answered.
func VerificationRecord(s path.Snapshot) Verdict {
	return endpointServiceVerificationRecordPublished.judge(s)[0].Verdict
}
