//go:build e2e

package usertools

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/e2e"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

// looksOnly are the scenarios whose messages have commands that only look: the fault is where
// no AWS command reaches, and the message says so in words.
var looksOnly = map[string]string{
	"running/proxies-down":                        "the proxies' processes are started on their machines",
	"connecting/proxies-down":                     "the proxies' processes are started on their machines",
	"running/unreadable-security-groups":          "the product may not read the groups, and says which permission is missing",
	"running/disconnected-during-an-outage":       "the proxies' processes are started on their machines",
	"creating/endpoint-service-in-another-region": "the call is to be repeated with a service of this Region; the product does not know its credential",
	"running/load-balancer-internet-facing":       "a load balancer's scheme cannot be changed: another one is built",
	"creating/endpoint-service-in-use":            "the call is to be repeated with another service; the product does not know its credential",
	"creating/endpoint-service-in-use-elsewhere":  "the call is to be repeated with another service; the product does not know its credential",
}

// servesAnyway are those of looksOnly of which the simulator's judge of the path knows nothing:
// by its word KMS gets through all the while.
var servesAnyway = map[string]bool{
	"creating/endpoint-service-in-use": true, "creating/endpoint-service-in-use-elsewhere": true, "running/load-balancer-internet-facing": true,
}

// warningLeft are the scenarios that commands mend and of which a warning stays, and why.
var warningLeft = map[string]string{
	"running/zone-without-healthy-target":          "the other zone's proxies are started on their machines",
	"running/zone-without-healthy-target-is-asked": "the other zone's proxies are started on their machines",
}

// passesAlone are the scenarios of which xksctl diagnose finds nothing wrong: KMS alone says it.
var passesAlone = map[string]string{
	"running/proxy-credential-refused":           "the proxy refuses a credential that only KMS has",
	"creating/endpoint-service-in-use-elsewhere": "another account's key store is not to be seen from here",
}

// tellsNobody are the scenarios whose messages, if there are any, ask nobody to type a command.
var tellsNobody = map[string]string{
	"running/healthy":                   "nothing is wrong",
	"connecting/healthy":                "nothing is wrong",
	"running/access-denied":             "a notice: it has the IAM statement to add",
	"running/disconnected-by-a-person":  "the kill switch: somebody decided it",
	"running/public-endpoint-key-store": "there is no path in a VPC to look at",
	"running/cloudhsm-key-store":        "no external key store",
	"running/caller-mistake":            "the caller's own mistake opens no incident",
	"running/proxy-slow":                "the proxy answers late, and nothing on the path is wrong",
	"creating/private-dns-mismatch":     "the call is to be repeated with the name that the message gives; the product does not know its credential",
}

// unpasted says why nothing of a scenario's messages is typed here; "" where it is. What is
// left out is counted in the report.
func unpasted(s scenario.Scenario) string {
	switch {
	case s.Build.Probe != "":
		return "what a probe sees is mended on the proxies' machines, and the commands look from a host of the VPC"
	case s.Build.Owner != "":
		return "the commands are for the owner of the path, in another account"
	}
	return map[string]string{
		"connecting/endpoint-service-failed":  "a new endpoint service is for the customer to build",
		"creating/endpoint-service-failed":    "a new endpoint service is for the customer to build",
		"creating/gateway-load-balancer":      "a new endpoint service is for the customer to build",
		"running/load-balancer-failed":        "a new load balancer is for the customer to build",
		"running/trail-deleted":               "the trail's name and its bucket are the customer's choice",
		"running/subnets-public":              "a range for the new subnet is the customer's choice",
		"creating/subnets-public":             "a range for the new subnet is the customer's choice",
		"running/on-premises-without-a-route": "which gateway leads to the data centre is the customer's choice",
		"running/route-blackhole":             "what replaces the route's target is the customer's choice",
		"connecting/route-blackhole":          "what replaces the route's target is the customer's choice",
		"running/private-dns-record-removed":  "a warning with the record to publish, at another provider",
	}[s.Name]
}

// A tally is what came of all pasted commands.
type tally struct {
	mu     sync.Mutex
	mended []string // scenarios
	looked []string // scenarios whose commands only look
	silent []string // scenarios that tell nobody to type anything
	typed  int
	asked  int // times that xksctl diagnose was run
}

func (y *tally) note(list *[]string, name string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	*list = append(*list, name)
}

// pasted plays every scenario in observe mode, in which the product writes nothing, and types
// what its messages say with the real AWS CLI: the fault is mended by it.
func (s *suite) pasted(t *testing.T) {
	template, err := os.ReadFile(filepath.Join(e2e.Root(), "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	y := &tally{}
	slots := make(chan struct{}, 3)
	var all []scenario.Scenario
	for _, one := range scenario.All() {
		if unpasted(one) == "" {
			all = append(all, one)
		}
	}
	left := len(scenario.All()) - len(all)
	t.Run("scenario", func(t *testing.T) {
		for _, one := range all {
			t.Run(one.Name, func(t *testing.T) {
				t.Parallel()
				slots <- struct{}{}
				defer func() { <-slots }()
				p := &pasting{T: t, suite: s, tally: y, done: map[string]bool{}}
				p.play(one, template)
			})
		}
	})
	told := len(y.mended) + len(y.looked) + len(y.silent)
	if told != len(all) && !t.Failed() {
		t.Logf("%d of %d scenarios were played: what follows is of these", told, len(all))
	}
	for name := range tellsNobody {
		if told == len(all) && !slices.Contains(y.silent, name) {
			t.Errorf("%s asks somebody to type commands, and needs no excuse (%s)", name, tellsNobody[name])
		}
	}
	for name := range looksOnly {
		if told == len(all) && !slices.Contains(y.looked, name) {
			t.Errorf("%s is excused (%s), and needs no excuse", name, looksOnly[name])
		}
	}
	e2e.Report(t, step, "pasted: %d scenarios mended by the commands of their messages in observe mode (%d commands typed into bash), "+
		"%d with commands that only look, %d that tell nobody to type anything; xksctl diagnose ran %d times; %d more scenarios are not pasted, each with its reason",
		len(y.mended), y.typed, len(y.looked), len(y.silent), y.asked, left)
}

// A pasting is one scenario of which somebody reads the messages.
type pasting struct {
	*testing.T
	suite *suite
	tally *tally
	sim   *awssim.Sim
	sh    shell
	stage *scenario.Stage
	phase scenario.Phase
	first int             // exit code of xksctl diagnose before anything is typed
	left  int             // exit code of xksctl diagnose after the repair
	done  map[string]bool // commands that were typed
}

func (p *pasting) play(s scenario.Scenario, template []byte) {
	before, name := s.Play, s.Name
	p.phase, p.first = s.Phase, 1
	if passesAlone[name] != "" {
		p.first = 0
	}
	if warningLeft[name] != "" {
		p.left = 1
	}
	s.Watch = time.Second // the reader decides how long the run goes on
	s.Play = func(stage *scenario.Stage) {
		p.stage = stage
		if before != nil {
			before(stage)
		}
		p.read(name)
	}
	got, err := rehearse.Run(p.Context(), rehearse.Options{Scenario: s, Mode: "observe", Template: template,
		Prepare: func(sim *awssim.Sim, _ *awssim.Stack) {
			p.sim = sim
			id, secret := sim.Credentials(awssim.Admin)
			p.sh = newShell(p.T, p.suite, "AWS_ENDPOINT_URL="+sim.URL(), "AWS_REGION="+sim.Region(), "AWS_DEFAULT_REGION="+sim.Region(),
				"AWS_ACCESS_KEY_ID="+id, "AWS_SECRET_ACCESS_KEY="+secret, "AWS_EC2_METADATA_DISABLED=true",
				"XKSCTL_DNS_RESOLVERS="+sim.DNS())
		}})
	if err != nil {
		p.Fatal(err)
	}
	if got.Writes != nil {
		p.Errorf("the product wrote in observe mode: %v", got.Writes)
	}
}

// rounds is how many messages somebody follows before giving up.
const rounds = 6

// read follows message after message until the fault is mended, and judges.
func (p *pasting) read(name string) {
	for range rounds {
		if !p.stage.Until(func() bool { return len(p.fresh()) > 0 }, 25*time.Minute) {
			break
		}
		if len(p.done) == 0 {
			p.diagnose(p.first)
		}
		told := p.fresh()
		p.stand(told)
		for _, c := range told {
			p.done[c] = true
			p.follow(c)
		}
		p.stage.Until(p.mended, 7*time.Minute)
		p.stage.Advance(5 * time.Minute) // targets, and what reads show, need minutes
		if p.Failed() || p.mended() {
			break
		}
	}
	switch {
	case p.Failed():
	case len(p.done) == 0:
		if tellsNobody[name] == "" {
			p.Error("nobody was asked to type anything, and the fault stands")
		}
		p.tally.note(&p.tally.silent, name)
	case looksOnly[name] != "":
		if p.mended() && !servesAnyway[name] {
			p.Errorf("the commands mend it: it needs no excuse (%s)", looksOnly[name])
		}
		p.tally.note(&p.tally.looked, name)
	case p.mended():
		p.proved()
		p.tally.note(&p.tally.mended, name)
	default:
		state, _ := p.stage.Told()
		p.Errorf("typing what the messages say mends nothing: %s (told: %s); typed:\n%s", p.wrong(), state,
			strings.Join(slices.Sorted(maps.Keys(p.done)), "\n"))
	}
}

// fresh are the commands of the last message that were not typed yet. A message of an
// incident that is closed asks for nothing.
func (p *pasting) fresh() []string {
	state, commands := p.stage.Told()
	if state == "closed" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(commands), func(c string) bool {
		return p.done[c] || strings.HasPrefix(c, "dig ") // asks public DNS, and changes nothing
	})
}

// stand wants each command whole and on a line of its own in the message: so it is pasted.
func (p *pasting) stand(commands []string) {
	published := p.sim.Published()
	body := published[len(published)-1].Body
	for _, c := range commands {
		if !strings.Contains("\n"+body+"\n", "\n"+c+"\n") {
			p.Errorf("the message has no line\n%s\nbut says\n%s", c, body)
		}
	}
}

// follow does what the message asks for beside the command, fills in what only a person
// knows, and types.
func (p *pasting) follow(command string) {
	for _, line := range p.filled(command) {
		p.tally.mu.Lock()
		p.tally.typed++
		p.tally.mu.Unlock()
		got, err := p.typeWhileTimePasses(line)
		if err != nil {
			p.Fatal(err)
		}
		if got.code != 0 && !shows(line, got) {
			p.Errorf("%s\n%v", line, got)
		}
	}
}

// shows says whether an error is what a command is there to show: that an endpoint service
// does not exist.
func shows(line string, got answer) bool {
	return strings.HasPrefix(line, "aws ec2 describe-vpc-endpoint-services ") && strings.Contains(got.errOut, "(InvalidServiceName)")
}

// typeWhileTimePasses types a command. A command that waits has the simulated time pass
// meanwhile.
func (p *pasting) typeWhileTimePasses(line string) (answer, error) {
	if !strings.HasPrefix(line, "sh -c 'until ") {
		return p.sh.paste(p.Context(), line)
	}
	ctx, cancel := context.WithTimeout(p.Context(), 2*time.Minute)
	defer cancel()
	var got answer
	var err error
	ended := make(chan struct{})
	go func() {
		got, err = p.sh.paste(ctx, line)
		close(ended)
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return got, err
		case <-tick.C:
			p.stage.Advance(10 * time.Second)
		}
	}
}

// wrong says why the simulator would not call the fault mended; "" where it would.
func (p *pasting) wrong() (why string) {
	p.stage.World(func(w *network.World) {
		r := p.stage.Ref
		service, endpoint := r.Service.Name, "https://payments-hsm.xks.example.com"
		if r.KeyStore != nil {
			service, endpoint = r.KeyStore.ServiceName, r.KeyStore.URIEndpoint
			if err := w.Works(r.Workload.ID); err != nil {
				why = err.Error()
			}
		}
		if fault, _ := w.ServiceFault(service, endpoint); fault != nil {
			why += fmt.Sprintf(" a new connection: %s: %s", fault.Code, fault.Message)
		}
	})
	return why
}

func (p *pasting) mended() bool { return p.wrong() == "" }
