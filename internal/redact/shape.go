package redact

import "strings"

// prefixes are those of the resource IDs of AWS, the longer before what they begin with.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
func prefixes() []string {
	return []string{
		"cks-", "vpce-svc-", "vpce-", "sgr-", "sg-", "eni-", "subnet-", "vpc-", "pl-", "acl-", "aclassoc-", "rtb-", "rtbassoc-", "pcx-",
		"igw-", "eigw-", "vgw-", "cgw-", "vpn-", "nat-", "tgw-attach-", "tgw-rtb-", "tgw-", "lgw-", "cagw-", "dxgw-", "core-network-",
		"eipalloc-", "eipassoc-", "mrk-", "i-",
	}
}

// idPrefix returns the prefix of a resource ID, or "".
func idPrefix(value string) string {
	for _, p := range prefixes() {
		if strings.HasPrefix(value, p) && len(value) > len(p) {
			return p
		}
	}
	return ""
}

// isID reports whether a word of a text is a resource ID as AWS makes them.
func isID(word string) bool {
	p := idPrefix(word)
	rest := word[len(p):]
	return p != "" && len(rest) >= 8 && isHex(rest, len(rest))
}

func isAccount(value string) bool {
	return len(value) == 12 && strings.Trim(value, "0123456789") == ""
}

func isHex(value string, length int) bool {
	return len(value) == length && length > 0 && strings.Trim(value, "0123456789abcdef") == ""
}

func isUUID(value string) bool {
	parts := strings.Split(strings.ToLower(value), "-")
	if len(parts) != 5 {
		return false
	}
	for i, n := range []int{8, 4, 4, 4, 12} {
		if !isHex(parts[i], n) {
			return false
		}
	}
	return true
}

// isZone reports whether a value is the ID of a hosted zone.
func isZone(value string) bool {
	return len(value) >= 10 && value[0] == 'Z' && strings.Trim(value, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// isOpaque reports whether a word is a token that only a machine reads: a request ID, an
// encoded message.
func isOpaque(word string) bool {
	return isUUID(word) || len(word) >= 16 && isHex(word, len(word)) ||
		len(word) >= 40 && strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}
