package redact

import "strings"

// A replacement is how the strings of a field are replaced.
type replacement func(*Redactor, string) string

// keep leaves what AWS, or the product, has a word for.
func keep(_ *Redactor, v string) string { return v }

// words are the customer's own: nothing of them is left.
func ownWords(r *Redactor, v string) string { return r.whole(v) }

func value(r *Redactor, v string) string    { return r.Value(v) }
func sentence(r *Redactor, v string) string { return r.Text(v) }
func domain(r *Redactor, v string) string   { return r.domain(v) }
func uriPath(r *Redactor, v string) string  { return r.uriPath(v) }

// record is a value of a TXT record, as it is or in quotes. AWS's own begin with "vpce:".
func record(r *Redactor, v string) string {
	if inner, ok := strings.CutPrefix(v, `"`); ok {
		inner, ok = strings.CutSuffix(inner, `"`)
		if ok {
			return `"` + record(r, inner) + `"`
		}
	}
	if token, ok := strings.CutPrefix(v, "vpce:"); ok {
		return "vpce:" + r.whole(token)
	}
	return r.whole(v)
}

// named is the distinguished name of a certificate: "CN=proxy.example.com,O=Example".
func named(r *Redactor, v string) string {
	parts := strings.Split(v, ",")
	for i, part := range parts {
		key, of, ok := strings.Cut(part, "=")
		switch {
		case !ok:
			parts[i] = r.whole(part)
		case r.isDomain(of):
			parts[i] = key + "=" + r.domain(of)
		case key != "C":
			parts[i] = key + "=" + r.whole(of)
		}
	}
	return strings.Join(parts, ",")
}

// fields decides on every field of a snapshot that holds text. Addresses, numbers, truth
// values, times and tags are decided on by their type.
func fields() map[string]replacement {
	return map[string]replacement{
		"Snapshot.Partition": keep, "Snapshot.Account": value, "Snapshot.Region": keep,
		"Subject.Kind": keep, "Subject.ID": value,
		"Requested.KeyStoreName": ownWords, "Requested.KeyStoreID": value, "Requested.UriEndpoint": value, "Requested.ServiceName": value,
		"Requested.ServiceOwner": value, "Requested.Code": keep,

		"KeyStore.ID": value, "KeyStore.Name": ownWords, "KeyStore.ConnectionState": keep, "KeyStore.ConnectionErrorCode": keep,
		"KeyStore.Connectivity": keep, "KeyStore.UriEndpoint": value, "KeyStore.UriPath": uriPath, "KeyStore.ServiceName": value, "KeyStore.ServiceOwner": value,

		"EndpointService.ID": value, "EndpointService.ARN": value, "EndpointService.Name": value, "EndpointService.Owner": value,
		"EndpointService.State": keep, "EndpointService.Types": keep, "EndpointService.Zones": keep, "EndpointService.ZoneIDs": keep,
		"EndpointService.LoadBalancers": value, "EndpointService.GatewayLoadBalancers": value, "EndpointService.AddressTypes": keep,
		"EndpointService.PrivateDnsName": domain, "EndpointService.PrivateDnsState": keep, "EndpointService.PrivateDnsRecordName": domain,
		"EndpointService.PrivateDnsRecordValue": record, "EndpointService.Through": value,
		"AllowedPrincipal.Type": keep, "AllowedPrincipal.Principal": value,
		"EndpointConnection.EndpointID": value, "EndpointConnection.Owner": value, "EndpointConnection.State": keep,

		"LoadBalancer.ARN": value, "LoadBalancer.Name": ownWords, "LoadBalancer.Type": keep, "LoadBalancer.Scheme": keep, "LoadBalancer.State": keep,
		"LoadBalancer.VPC": value, "LoadBalancer.SecurityGroups": value, "LoadBalancer.Enforcement": keep, "LoadBalancer.Nodes": value,
		"Zone.Name": keep, "Zone.Subnet": value,
		"Listener.ARN": value, "Listener.Protocol": keep, "Listener.TargetGroups": value,
		"TargetGroup.ARN": value, "TargetGroup.Name": ownWords, "TargetGroup.Protocol": keep, "TargetGroup.TargetType": keep, "TargetGroup.VPC": value,
		"TargetGroup.LoadBalancers": value, "TargetGroup.CrossZone": keep,
		"HealthCheck.Protocol": keep, "HealthCheck.Port": keep,
		"Target.ID": value, "Target.Zone": keep, "Target.State": keep, "Target.Reason": keep, "Target.Description": sentence, "Target.Interface": value,

		"NetworkInterface.ID": value, "NetworkInterface.Type": keep, "NetworkInterface.Description": ownWords, "NetworkInterface.VPC": value,
		"NetworkInterface.Subnet": value, "NetworkInterface.Zone": keep, "NetworkInterface.SecurityGroups": value, "NetworkInterface.Instance": value,
		"SecurityGroup.ID": value, "SecurityGroup.ARN": value, "SecurityGroup.Name": ownWords, "SecurityGroup.VPC": value,
		"Rule.Protocol": keep, "Rule.PrefixList": value, "Rule.Group": value, "Rule.Peering": value, "Rule.PeeringStatus": keep, "Rule.Owner": value,
		"Rule.Description": ownWords,
		"PrefixList.ID":    value,

		"VPC.ID": value, "Subnet.ID": value, "Subnet.VPC": value, "Subnet.Zone": keep, "Subnet.ZoneID": keep,
		"NetworkACL.ID": value, "NetworkACL.ARN": value, "NetworkACL.VPC": value, "NetworkACL.Subnets": value,
		"RouteTable.ID": value, "RouteTable.VPC": value, "RouteTable.Subnets": value,
		"Route.PrefixList": value, "Route.Target": value, "Route.State": keep, "Route.Origin": keep,
		"Peering.ID": value, "Peering.Status": keep, "PeeringVPC.VPC": value, "PeeringVPC.Account": value, "PeeringVPC.Region": keep,

		"PublicDNS.Names": domain, "DNSZone.Name": domain, "DNSZone.NameServers": domain,
		"DNSAnswer.Server": value, "DNSAnswer.Name": domain, "DNSAnswer.Outcome": keep, "DNSAnswer.Values": record, "DNSAnswer.Alias": domain,
		"DNSAnswer.Message": sentence,
		"HostedZone.ID":     value, "HostedZone.Name": domain, "HostedZone.NameServers": domain,
		"TXTRecord.Name": domain, "TXTRecord.Values": record,

		"Probe.Name": domain, "ProbedStep.Fault": keep, "ProbedStep.Detail": sentence,
		"ProbedTLS.Offered": keep, "ProbedTLS.Version": keep, "ProbedTLS.Cipher": keep, "ProbedTLS.Trust": keep, "ProbedTLS.Why": sentence,
		"ProbedCertificate.Subject": named, "ProbedCertificate.CommonName": domain, "ProbedCertificate.Names": domain, "ProbedCertificate.Issuer": named,
		"ProbedAnswer.Error": keep, "ProbedAnswer.Server": ownWords,

		"Trail.ARN": value, "Trail.Name": ownWords, "Trail.Why": sentence, "Trail.Unread": sentence,
		"Alarm.ARN": value, "Alarm.Name": ownWords, "Alarm.Silent": keep, "Alarm.Unread": keep,
		"Watch.Metric": keep, "Watch.KeyStores": value, "Watch.Unread": keep,
		"Canary.Key": value, "Canary.Code": keep, "Canary.Message": sentence,
		"DeniedCall.Principal": value, "DeniedCall.Operation": keep, "DeniedCall.Action": keep, "DeniedCall.Message": sentence,
		"Gap.Part": keep, "Gap.Action": keep, "Gap.On": value, "Gap.Role": value, "Gap.Cause": keep, "Gap.Message": sentence,
	}
}
