package awssim

import (
	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/ec2"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/elb"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sts"
)

// services are all that the simulator answers.
func (s *Sim) services() []*engine.Service {
	return []*engine.Service{
		ec2.Service(s.World), elb.Service(s.World),
		s.Queues.Service(), s.Buses.Service(), s.Tables.Service(), s.Topics.Service(), sts.Service(s.account),
	}
}
