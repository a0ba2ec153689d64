package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/netip"
)

// addresses replaces addresses such that two of them have as long a prefix in common as
// before, so that a prefix holds afterwards what it held before; and of the addresses of one
// snapshot, the lower one stays the lower. It is the scheme of Crypto-PAn (Xu, Fan, Ammar,
// Moon, 2002) with two differences: where a snapshot has addresses on both sides of a bit, that
// bit stays, and the first bit at which it has not is always turned, which leads out of all
// that the snapshot holds. Reserved ranges map to themselves, so that what is private stays
// private and what is public stays public.
type addresses struct {
	key      [32]byte
	occupied map[netip.Prefix]bool // prefixes that hold an address or a prefix of the snapshot
	turned   map[netip.Prefix]bool // whether the key turns the bit behind a prefix
	replaced map[netip.Prefix]netip.Prefix
	reserved []netip.Prefix
	constant []netip.Prefix
}

func newAddresses(key [32]byte) addresses {
	return addresses{key, make(map[netip.Prefix]bool), make(map[netip.Prefix]bool), make(map[netip.Prefix]netip.Prefix), reserved(), constant()}
}

// Addr replaces an address.
func (r *Redactor) Addr(a netip.Addr) netip.Addr {
	if !a.IsValid() {
		return a
	}
	return r.Prefix(netip.PrefixFrom(a.WithZone(""), a.BitLen())).Addr()
}

// Prefix replaces a prefix: as many bits as it has, and the host bits too where some are set.
func (r *Redactor) Prefix(p netip.Prefix) netip.Prefix {
	switch a := p.Addr(); {
	case !p.IsValid():
		return p
	case a.Is4In6() && p.Bits() >= 96: // an IPv4 address in other clothes
		inner := r.Prefix(netip.PrefixFrom(a.Unmap(), p.Bits()-96))
		return netip.PrefixFrom(netip.AddrFrom16(inner.Addr().As16()), p.Bits())
	case p != p.Masked():
		return netip.PrefixFrom(r.Addr(a), p.Bits())
	}
	if r.collecting {
		for bits := range p.Bits() + 1 {
			r.addrs.occupied[netip.PrefixFrom(p.Addr(), bits).Masked()] = true
		}
		return p
	}
	return r.addrs.replace(p)
}

func (s addresses) replace(p netip.Prefix) netip.Prefix {
	if known, ok := s.replaced[p]; ok {
		return known
	}
	out := p.Addr().AsSlice()
	first := true
	for bits := range p.Bits() {
		above := netip.PrefixFrom(p.Addr(), bits).Masked()
		if !s.free(above) || s.both(above) {
			continue
		}
		if first || s.turn(above) {
			out[bits/8] ^= 1 << (7 - bits%8)
		}
		first = false
	}
	a, _ := netip.AddrFromSlice(out)
	s.replaced[p] = netip.PrefixFrom(a, p.Bits())
	return s.replaced[p]
}

// both reports whether the snapshot has something on both sides of the bit behind a prefix.
func (s addresses) both(above netip.Prefix) bool {
	lower := netip.PrefixFrom(above.Addr(), above.Bits()+1)
	raised := above.Addr().AsSlice()
	raised[above.Bits()/8] |= 1 << (7 - above.Bits()%8)
	upper, _ := netip.AddrFromSlice(raised)
	return s.occupied[lower] && s.occupied[netip.PrefixFrom(upper, above.Bits()+1)]
}

// turn is a coin for each prefix, thrown by the key.
func (s addresses) turn(above netip.Prefix) bool {
	if turned, known := s.turned[above]; known {
		return turned
	}
	mac := hmac.New(sha256.New, s.key[:])
	mac.Write([]byte(above.String()))
	s.turned[above] = mac.Sum(nil)[0]&1 == 1
	return s.turned[above]
}

// free reports whether the bit behind a prefix may turn: no reserved range begins below it,
// and the prefix is in none whose addresses mean the same to everybody.
func (s addresses) free(above netip.Prefix) bool {
	for _, r := range s.reserved {
		if r.Bits() > above.Bits() && above.Contains(r.Addr()) {
			return false
		}
	}
	for _, c := range s.constant {
		if c.Bits() <= above.Bits() && c.Contains(above.Addr()) {
			return false
		}
	}
	return true
}

// reserved are the ranges whose meaning everybody knows.
// https://www.iana.org/assignments/iana-ipv4-special-registry
// https://www.iana.org/assignments/iana-ipv6-special-registry
func reserved() []netip.Prefix {
	return parsed(
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"::/8", "2000::/3", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "ff00::/8",
	)
}

// constant are the reserved ranges in which each address is its own meaning: this host, the
// loopback, and the link-local addresses of AWS's services.
// https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
func constant() []netip.Prefix {
	return parsed("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "::/8")
}

func parsed(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}
