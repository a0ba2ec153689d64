package awssim

import (
	"slices"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/cloudwatch"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/ec2"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/elb"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/kms"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/route53"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network/trail"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/cloudtrail"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/sts"
)

// services are all that the simulator answers.
func (s *Sim) services() []*engine.Service {
	return []*engine.Service{
		s.byAccount(ec2.Service), s.byAccount(elb.Service), kms.Service(s.World),
		route53.Service(s.World), cloudwatch.Service(s.World),
		trail.Service(s.World, history{s.Trail}, s.options.HistoryDelay),
		s.Queues.Service(), s.Buses.Service(), s.Tables.Service(), s.Topics.Service(), sts.Service(s.account, s),
		s.Lambda.Service(s.ctx),
	}
}

// Operations returns every operation that the simulator answers, as "kms.Encrypt", in order.
func (s *Sim) Operations() []string {
	var all []string
	for _, service := range s.services() {
		for name := range service.Operations {
			all = append(all, service.Name+"."+name)
		}
	}
	slices.Sort(all)
	return all
}

// history shows CloudTrail's records to the API that looks them up.
type history struct{ recorder *cloudtrail.Recorder }

// Events returns every record, oldest first.
func (h history) Events() []trail.Event {
	records := h.recorder.History()
	events := make([]trail.Event, len(records))
	for i, r := range records {
		events[i] = trail.Event{Time: r.Time, Record: r.JSON}
	}
	return events
}
