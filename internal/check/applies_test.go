package check

import (
	"testing"

	"github.com/xks-remediator/xks-remediator/internal/path"
	"github.com/xks-remediator/xks-remediator/internal/path/pathtest"
)

func TestWhatToLookAtForTheEndpointService(t *testing.T) {
	t.Parallel()
	noARN := pathtest.Service(func(e *path.EndpointService) { e.ARN = "" })
	tests := map[string]struct {
		edit pathtest.Edit
		want path.ARN
	}{
		"its ARN":                               {pathtest.Unchanged, pathtest.ServiceARN},
		"its ID where AWS gave no ARN":          {noARN, path.ARN(pathtest.ServiceID)},
		"the name that the key store gives it":  {pathtest.NoService, pathtest.ServiceName},
		"the name that a failed create gave it": {pathtest.All(pathtest.FailedCreate, pathtest.NoService), pathtest.ServiceName},
		"the subject where nothing names it": {
			pathtest.All(pathtest.FailedCreate, pathtest.NoService, func(s *path.Snapshot) { s.Requested = path.Requested{} }), path.ARN(pathtest.ServiceID),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := serviceARN(pathtest.With(tt.edit)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestWhatOnlyTheOwnerSeesNamesTheOwner(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		edit pathtest.Edit
		want string
	}{
		"an owner that is known": {
			pathtest.CrossAccount, "the endpoint service is owned by account 444455556666, and only its owner sees this",
		},
		"an owner that is not known": {
			pathtest.All(pathtest.CrossAccount, pathtest.Service(func(e *path.EndpointService) { e.Owner = "" })),
			"the endpoint service is owned by another account, and only its owner sees this",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gap := Run([]Check{endpointServiceAvailable}, pathtest.With(tt.edit))[0].Evidence.Gap
			if gap == nil || gap.Message != tt.want || gap.Cause != path.NotVisible || gap.Action != "ec2:DescribeVpcEndpointServiceConfigurations" {
				t.Errorf("gap %+v, want the message %q", gap, tt.want)
			}
		})
	}
}
