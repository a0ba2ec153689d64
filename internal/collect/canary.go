package collect

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/xks-remediator/xks-remediator/internal/awserr"
	"github.com/xks-remediator/xks-remediator/internal/path"
)

// A canaryKey is a key of Options.CanaryKeys. It never moves to another key store.
type canaryKey struct {
	arn   path.ARN
	store path.KeyStoreID
}

// canaryTrack asks KMS for a proof: an Encrypt with the key store's canary key. A key store
// that is not CONNECTED has its answer already. Known says that the key stores need no read.
func (s *survey) canaryTrack(known bool) track {
	if s.out.Subject.Kind != path.KeyStoreSubject {
		return nil
	}
	var (
		described []*answer[canaryKey]
		tried     answer[path.Canary]
	)
	readKeys := func() []read {
		var reads []read
		for _, key := range s.unknownCanaries() {
			a := new(answer[canaryKey])
			described = append(described, a)
			reads = append(reads, ask(s.Reader, a, question{path.CanaryPart, "kms:DescribeKey", path.ARN(key)},
				func(ctx context.Context) (canaryKey, error) { return s.describeCanary(ctx, key) }))
		}
		if len(reads) == 0 && !known {
			return []read{func(context.Context) {}} // the state of the key store comes with this round
		}
		return reads
	}
	try := func() []read {
		for _, a := range described {
			note(s, *a)
		}
		key, ok := s.canaryOf(path.KeyStoreID(s.out.Subject.ID))
		if unread, hidden := s.out.Gap(path.KeyStorePart); ok && hidden {
			s.blocked(unread, path.CanaryPart) // a person may have disconnected it: an Encrypt would prove nothing
			return nil
		}
		if !ok || s.out.KeyStore == nil || s.out.KeyStore.ConnectionState != "CONNECTED" {
			return nil
		}
		return []read{ask(s.Reader, &tried, question{path.CanaryPart, "kms:Encrypt", key.arn},
			func(ctx context.Context) (path.Canary, error) { return s.encrypt(ctx, key.arn) })}
	}
	take := func() []read {
		if tried.asked && !note(s, tried) {
			s.out.Canary = &tried.value
		}
		return nil
	}
	return track{readKeys, try, take}
}

// encrypt returns what KMS answered. The error is non-nil only where the answer says nothing of
// the path: refused, throttled, AWS's own failure, or none at all.
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-troubleshooting.html
func (r *Reader) encrypt(ctx context.Context, key path.ARN) (path.Canary, error) {
	canary := path.Canary{Key: key, At: r.now().UTC()}
	_, err := r.kms.Encrypt(ctx, &kms.EncryptInput{KeyId: aws.String(string(key)), Plaintext: []byte("xks-remediator-1")})
	switch {
	case err == nil:
		canary.OK = true
	case awserr.IsDenied(err), awserr.IsPassing(err), awserr.Code(err) == "":
		return path.Canary{}, err
	default:
		canary.Code, canary.Message = awserr.Code(err), sentence(err)
	}
	return canary, nil
}

// unknownCanaries returns the canary keys of which it is not known whose they are.
func (r *Reader) unknownCanaries() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var unknown []string
	for _, key := range r.keys {
		if _, ok := r.canaries[key]; !ok {
			unknown = append(unknown, key)
		}
	}
	return unknown
}

func (r *Reader) describeCanary(ctx context.Context, key string) (canaryKey, error) {
	out, err := r.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &key})
	if err != nil {
		return canaryKey{}, err
	}
	known := canaryKey{arn: path.ARN(key)}
	if m := out.KeyMetadata; m != nil {
		known = canaryKey{arn: id[path.ARN](m.Arn), store: id[path.KeyStoreID](m.CustomKeyStoreId)}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.canaries[key] = known
	return known, nil
}

// canaryOf returns a key store's canary key, the first where there are several.
func (r *Reader) canaryOf(store path.KeyStoreID) (canaryKey, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range r.keys {
		if known, ok := r.canaries[key]; ok && known.store == store {
			return known, true
		}
	}
	return canaryKey{}, false
}
