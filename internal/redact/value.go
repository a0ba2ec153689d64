package redact

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Value replaces one thing that stands by itself: an ID, an ARN, an account, a principal, a
// name, an address, a URI. AWS's own are kept.
func (r *Redactor) Value(v string) string {
	switch {
	case v == "" || v == "*" || v == "local":
		return v
	case strings.HasPrefix(v, "arn:"):
		return r.arn(v)
	case strings.Contains(v, "://"):
		return r.uri(v)
	case isAWS(v):
		return r.awsName(v)
	}
	if replaced, ok := r.address(v); ok {
		return replaced
	}
	if r.isDomain(v) {
		return r.domain(v)
	}
	return r.whole(v)
}

// address replaces an address, a prefix or an address with its port.
func (r *Redactor) address(v string) (string, bool) {
	if a, err := netip.ParseAddr(v); err == nil {
		return r.Addr(a).String(), true
	}
	if p, err := netip.ParsePrefix(v); err == nil {
		return r.Prefix(p).String(), true
	}
	if ap, err := netip.ParseAddrPort(v); err == nil {
		return netip.AddrPortFrom(r.Addr(ap.Addr()), ap.Port()).String(), true
	}
	return "", false
}

// arnWords are the parts of ARNs that are AWS's own.
func arnWords() []string {
	return []string{
		"loadbalancer", "net", "app", "gwy", "targetgroup", "listener", "security-group", "security-group-rule", "network-acl", "vpc-endpoint-service",
		"vpc-endpoint", "network-interface", "subnet", "vpc", "route-table", "prefix-list", "vpc-peering-connection", "transit-gateway", "core-network",
		"instance", "key", "alias", "trail", "role", "user", "root", "group", "assumed-role", "federated-user", "policy", "aws-service-role",
		"function", "hostedzone", "alarm", "organization", "ou", "*", "",
	}
}

// arn replaces account and resource of an ARN.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func (r *Redactor) arn(v string) string {
	parts := strings.SplitN(v, ":", 6)
	if len(parts) < 6 {
		return r.whole(v)
	}
	if parts[4] != "" && parts[4] != "aws" {
		parts[4] = r.whole(parts[4])
	}
	parts[5] = r.each(parts[5], ":/", func(part string) string {
		if slices.Contains(arnWords(), part) {
			return part
		}
		return r.Value(part)
	})
	return strings.Join(parts, ":")
}

// each replaces what stands between separators.
func (r *Redactor) each(v, separators string, how func(string) string) string {
	var out strings.Builder
	for v != "" {
		i := strings.IndexAny(v, separators)
		if i < 0 {
			out.WriteString(how(v))
			break
		}
		out.WriteString(how(v[:i]))
		out.WriteByte(v[i])
		v = v[i+1:]
	}
	return out.String()
}

// uri replaces host and path of a URI.
func (r *Redactor) uri(v string) string {
	scheme, rest, _ := strings.Cut(v, "://")
	if u, err := url.Parse(v); err != nil || u.Scheme != scheme {
		return r.whole(v)
	}
	host, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if isAWS(host) && strings.HasPrefix(host, "docs.") {
		return v
	}
	port := ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.Trim(host[i+1:], "0123456789") == "" {
		host, port = host[:i], host[i:]
	}
	if replaced, ok := r.address(strings.Trim(host, "[]")); ok {
		return scheme + "://" + replaced + port + r.uriPath(path)
	}
	return scheme + "://" + r.domain(host) + port + r.uriPath(path)
}

// apiPath is how the path of every external key store proxy ends.
// https://docs.aws.amazon.com/kms/latest/developerguide/create-xks-keystore.html
const apiPath = "/kms/xks/v1"

func (r *Redactor) uriPath(v string) string {
	before, found := strings.CutSuffix(v, apiPath)
	replaced := r.each(before, "/", func(part string) string { return r.whole(part) })
	if found {
		return replaced + apiPath
	}
	return replaced
}

// isAWS reports whether a name is in a domain of AWS, or an endpoint service's.
func isAWS(name string) bool {
	lower := strings.ToLower(strings.TrimSuffix(name, "."))
	for _, domain := range []string{"amazonaws.com", "amazonaws.com.cn", "api.aws", "amazon.com"} {
		if lower == domain || strings.HasSuffix(lower, "."+domain) {
			return !strings.ContainsAny(lower, ":/ ")
		}
	}
	return strings.HasPrefix(lower, "com.amazonaws.") && !strings.ContainsAny(lower, ":/ ")
}

// awsName keeps a name of AWS but for the IDs and names of resources in it.
func (r *Redactor) awsName(v string) string {
	labels := strings.Split(v, ".")
	for i, label := range labels {
		if idPrefix(label) != "" || i == 0 && slices.Contains(labels, "elb") {
			labels[i] = r.whole(label)
		}
	}
	return strings.Join(labels, ".")
}

// domain replaces the labels of a domain name; what tells public from private domains stays.
// A name within another one stays within it.
func (r *Redactor) domain(name string) string {
	if isAWS(name) {
		return r.awsName(name)
	}
	if replaced, ok := r.address(name); ok {
		return replaced
	}
	labels := strings.Split(name, ".")
	last := len(labels) - 1
	if last > 0 && labels[last] == "" {
		last-- // the root
	}
	for i, label := range labels {
		lower := strings.ToLower(label)
		switch {
		case label == "" || label == "*":
		case i == last && last > 0 && (len(lower) == 2 || slices.Contains(topLevels(), lower)):
		case i == last-1 && i > 0 && len(labels[last]) == 2 && slices.Contains([]string{"co", "com", "org", "net", "ac", "gov", "edu"}, lower):
		default:
			labels[i] = r.whole(lower) // DNS names know no case
		}
	}
	return strings.Join(labels, ".")
}

// topLevels are top-level domains that say nothing of whose a name is: the common ones, and
// those that no public domain has.
// https://www.iana.org/assignments/special-use-domain-names
func topLevels() []string {
	return []string{
		"com", "net", "org", "info", "biz", "cloud", "dev", "app", "tech", "online", "bank", "gov", "edu", "mil", "int",
		"local", "localhost", "internal", "test", "example", "invalid", "onion", "alt", "home", "corp", "mail", "lan", "arpa",
	}
}
