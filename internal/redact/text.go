package redact

import (
	"regexp"
	"slices"
	"strings"
)

// chunks are what may be one thing in a text.
var chunks = regexp.MustCompile("[^\\s\"'`(),;<>\\[\\]{}|]+")

// Text replaces what a sentence of AWS's names, and leaves the sentence.
func (r *Redactor) Text(text string) string {
	return chunks.ReplaceAllStringFunc(text, r.chunk)
}

func (r *Redactor) chunk(word string) string {
	core := strings.TrimRight(word, ".:!?")
	tail := word[len(core):]
	switch {
	case strings.HasPrefix(core, "arn:"):
		return r.arn(core) + tail
	case strings.Contains(core, "://"):
		return r.uri(core) + tail
	case isAWS(core):
		return r.awsName(core) + tail
	case isAccount(core) || isID(core) || isOpaque(core):
		return r.whole(core) + tail
	}
	if replaced, ok := r.address(core); ok {
		return replaced + tail
	}
	if token, ok := r.known(core); ok {
		return token + tail
	}
	if r.isDomain(core) {
		return r.domain(core) + tail
	}
	return r.each(core, ":/=@+.#%&", r.leaf) + tail
}

// leaf replaces a word, or names within one that hyphens join.
func (r *Redactor) leaf(word string) string {
	if isAccount(word) || isID(word) || isOpaque(word) {
		return r.whole(word)
	}
	if token, ok := r.known(word); ok {
		return token
	}
	parts := strings.FieldsFunc(word, func(c rune) bool { return c == '-' || c == '_' })
	for n := len(parts); n > 0; n-- { // the longest first
		for i := 0; i+n <= len(parts); i++ {
			for _, hyphen := range []string{"-", "_"} {
				name := strings.Join(parts[i:i+n], hyphen)
				token, ok := r.known(name)
				if !ok {
					continue
				}
				if at := strings.Index(word, name); at >= 0 {
					return r.leaf(word[:at]) + token + r.leaf(word[at+len(name):])
				}
			}
		}
	}
	return word
}

// known returns the replacement of a name that the snapshot holds elsewhere. A name that is
// a word of AWS's own sentences cannot be told from it in a text.
func (r *Redactor) known(name string) (string, bool) {
	if r.collecting || len(name) < 2 || r.words[strings.ToLower(name)] {
		return "", false
	}
	if token, ok := r.tokens[name]; ok {
		return token, true
	}
	token, ok := r.tokens[strings.ToLower(name)] // the label of a domain
	return token, ok
}

// isDomain reports whether a word is a domain name of the customer's: under a top-level
// domain that domains have, or with a label that the snapshot holds.
func (r *Redactor) isDomain(word string) bool {
	labels := strings.Split(word, ".")
	if len(labels) < 2 || strings.Trim(strings.ToLower(word), "abcdefghijklmnopqrstuvwxyz0123456789-_.*") != "" || slices.Contains(labels, "") {
		return false
	}
	last := strings.ToLower(labels[len(labels)-1])
	return slices.Contains(topLevels(), last) || len(labels) > 2 && len(last) == 2 && strings.Trim(last, "abcdefghijklmnopqrstuvwxyz") == ""
}

// words are those of AWS's sentences about external key stores and refused calls.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
func words() []string {
	return strings.Fields(`a access account action additional allotted an and any api application are at authenticate authenticated authentication
		authorized authorization aws be because but by call calls cannot ciphertext cloudhsm code communicate communications configuration connect connected connection
		corrupted could create cryptographic cks custom data default denied denies deny describe did disabled dns does due ec2 elb enabled encryption endpoint error errors establish
		excludes explicit external failed for frequency from gateway group has health healthy high iam identity-based identity if in interpret invalid is issue it its
		key keys kms kmsinvalidstateexception listener load balancer local manager manage management match might more name network no not of
		on only operation or organization path pending deletion perform permission permissions policy policies principal private proxy public rate read reduce reachable
		records region rejected request requested requests resource resource-based respond response role root rule rules security service services sg state store
		stores submitted subnet support sure target targets than that the this time timed timeout tls to token too trail transient try type unavailable
		unhealthy uri used user users using verify version very vpc vpce was were when with write writes xks you your`)
}
