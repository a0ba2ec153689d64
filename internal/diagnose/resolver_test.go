package diagnose_test

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/diagnose"
)

func TestAResolverIsAnAddressWithOrWithoutAPort(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"9.9.9.9": "9.9.9.9:53", "127.0.0.1:5353": "127.0.0.1:5353", "2620:fe::fe": "[2620:fe::fe]:53", "[2620:fe::fe]:5353": "[2620:fe::fe]:5353",
	} {
		var r diagnose.Resolver
		if err := r.UnmarshalText([]byte(text)); err != nil || r.String() != want {
			t.Errorf("%s is %s, %v; want %s", text, r, err, want)
		}
	}
	for _, text := range []string{"", "resolver.example.com", "9.9.9", "9.9.9.9:dns", " 9.9.9.9"} {
		if err := new(diagnose.Resolver).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken for an address", text)
		}
	}
}
