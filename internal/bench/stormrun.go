package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	"github.com/xks-remediator/xks-remediator/internal/awssim/platform/eventbridge"
	"github.com/xks-remediator/xks-remediator/internal/lifecycle"
	"github.com/xks-remediator/xks-remediator/internal/rehearse"
	"github.com/xks-remediator/xks-remediator/internal/scenario"
)

const (
	stormLasts = 10 * time.Minute // simulated: how long events come in
	stormLag   = 5 * time.Second  // least from a failed call to its event; at most three times as much
	stormAfter = 5 * time.Minute  // simulated: how long it is watched when no event comes any more
	batchSize  = 10               // as template.yaml has it
)

// stormOptions say what a storm is.
type stormOptions struct {
	stores, events int
	// mended has the product mend the paths at once: what comes in then happened before. Else
	// it may only look, and calls fail for as long as the storm lasts.
	mended bool
	// queued sends the events through the default bus, the rule and the queue. Else batches go
	// straight to the function's code.
	queued bool
	// busy, where set, is the one key store of almost all events; the last one has a single
	// event, in the middle.
	busy bool
}

// stormCounts are what came out of a storm.
type stormCounts struct {
	Incidents, Looks, Diagnoses, Writes, Messages int
	Calls                                         stormCalls
}

// stormCalls are the product's AWS calls by what they are for.
type stormCalls struct{ TableReads, TableWrites, Path, Told int }

func (c stormCalls) all() int { return c.TableReads + c.TableWrites + c.Path + c.Told }

// A stormed is one storm that is over.
type stormed struct {
	stormOptions
	stormCounts
	took     time.Duration // real, of the events alone
	heapLive uint64        // bytes that a collection left, at most; the simulator's among them
	heapMost uint64        // bytes with what is not yet collected, at most
	logBytes int

	waited     int           // batches between the lone event's and its look
	waitedTime time.Duration // real, from the start of its batch to the end of its look
}

// A stormRun is a storm under way.
type stormRun struct {
	*liveWorld
	stormed
	event   *stormEvent
	log     *stormLog
	stores  []string
	broken  time.Time
	sent    int
	batch   []happening
	payload []byte
	lone    bool // the lone event is out, and its look not yet done
	loneAt  time.Time
	batches int
}

// runStorm breaks every path and lets the storm loose.
func runStorm(ctx context.Context, o stormOptions) (stormed, error) {
	r := &stormRun{stormed: stormed{stormOptions: o}, log: &stormLog{}}
	var err error
	if r.event, err = readStormEvent(); err != nil {
		return stormed{}, err
	}
	mode := "observe"
	if o.mended {
		mode = "auto"
	}
	r.liveWorld, err = newLiveWorld(ctx, liveOptions{sim: awssim.Options{}, stores: o.stores, mode: mode, log: r.log})
	if err != nil {
		return stormed{}, err
	}
	defer r.sim.Close()
	r.breakAll()
	runtime.GC() // what earlier measures left is not this one's
	if err := r.rage(ctx); err != nil {
		return stormed{}, err
	}
	if r.lone {
		return stormed{}, errNoLook
	}
	r.sim.Advance(stormAfter)
	r.count()
	return r.stormed, nil
}

var errNoLook = errors.New("the lone event beside the storm led to no look")

// breakAll closes every path, for a minute before the first event comes in.
func (r *stormRun) breakAll() {
	r.sim.Do(func(world *network.World) {
		for _, ref := range r.refs {
			scenario.TargetGroupClosed(443)(world, ref)
			r.stores = append(r.stores, ref.KeyStore.ID)
		}
	})
	r.broken = r.sim.Now()
	r.sim.Advance(time.Minute)
}

// rage has the events come in, second by simulated second. None is made before its time.
func (r *stormRun) rage(ctx context.Context) error {
	seconds := int(stormLasts / time.Second)
	for s := range seconds {
		began := time.Now()
		for due := r.events * (s + 1) / seconds; r.sent < due; {
			n := min(batchSize, due-r.sent)
			r.batch = r.batch[:0]
			for range n {
				r.batch = append(r.batch, r.next())
			}
			if err := r.deliver(ctx); err != nil {
				return err
			}
		}
		if r.queued {
			r.sim.Advance(time.Second)
			r.took += time.Since(began)
		} else {
			r.took += time.Since(began)
			r.sim.Advance(time.Second)
		}
		r.sample(s)
	}
	return nil
}

// next is the next failed call. Events come in late and out of order; CloudTrail's times are
// whole seconds.
func (r *stormRun) next() happening {
	i := r.sent
	r.sent++
	h := happening{number: i, store: r.stores[i%len(r.stores)]}
	spread := time.Duration(uint64(i) * 2654435761 % uint64(2*stormLag)) // scattered, the same in each run
	h.at = r.sim.Now().Add(-stormLag - spread)
	if r.mended {
		h.at = r.broken.Add(time.Duration(uint64(i) * 2654435761 % uint64(time.Minute-stormLag)))
	}
	if r.busy {
		h.store = r.stores[0]
		if i == r.events/2 {
			h.store = r.stores[len(r.stores)-1]
			r.lone = true
		}
	}
	h.at = h.at.Truncate(time.Second)
	return h
}

// deliver hands one batch to the function, or each of its events to the default bus.
func (r *stormRun) deliver(ctx context.Context) error {
	if r.queued {
		return r.emit()
	}
	if r.lone && r.loneAt.IsZero() {
		r.loneAt, r.waited = time.Now(), -r.batches
		r.log.watch(r.stores[len(r.stores)-1])
	}
	r.payload = r.event.batch(r.payload[:0], r.batch)
	out, err := r.code[rehearse.DiagnoseFunction](ctx, r.payload)
	if err != nil {
		return fmt.Errorf("handling a batch of the storm: %w", err)
	}
	if bytes.Contains(out, []byte("itemIdentifier")) {
		return fmt.Errorf("messages of the storm came back: %s", out)
	}
	if r.lone && r.log.looked() {
		r.lone = false
		r.waited += r.batches
		r.waitedTime = time.Since(r.loneAt)
	}
	r.batches++
	return nil
}

func (r *stormRun) emit() error {
	for _, h := range r.batch {
		var e eventbridge.Event
		if err := json.Unmarshal(r.event.text(nil, h, false), &e); err != nil {
			return fmt.Errorf("reading an event of the storm: %w", err)
		}
		r.sim.Emit(e)
	}
	return nil
}

// sample notes how much memory is in use; once a simulated minute after a collection, so that
// what lives is told from what is not yet collected.
func (r *stormRun) sample(second int) {
	read := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(read)
	r.heapMost = max(r.heapMost, read[0].Value.Uint64())
	if second%60 == 0 {
		runtime.GC()
		metrics.Read(read)
		r.heapLive = max(r.heapLive, read[0].Value.Uint64())
	}
}

// count reads what came out.
func (r *stormRun) count() {
	r.Looks, r.logBytes = r.log.total()
	r.Messages = len(r.sim.Published())
	r.sim.Do(func(*network.World) {
		for _, b := range r.stack.Buses {
			for _, e := range r.sim.Buses.Bus(b.Name).Events() {
				switch e.DetailType {
				case string(lifecycle.IncidentOpened):
					r.Incidents++
				case string(lifecycle.DiagnosisCompleted):
					r.Diagnoses++
				}
			}
		}
	})
	for _, c := range r.sim.Calls() {
		if r.code[c.Principal] == nil || c.Attempt > 1 { // a retry is loopback's, not AWS's
			continue
		}
		if c.Err == "" && rehearse.IsCustomerWrite(c) {
			r.Writes++
		}
		switch c.Operation {
		case "GetItem", "Query":
			r.Calls.TableReads++
		case "PutItem", "UpdateItem":
			r.Calls.TableWrites++
		case "PutEvents", "SendMessage", "Publish", "GetTopicAttributes":
			r.Calls.Told++
		default:
			r.Calls.Path++
		}
	}
}

// A stormLog reads the functions' log lines and keeps none.
type stormLog struct {
	mu     sync.Mutex
	looks  int
	bytes  int
	wanted []byte // a subject whose look is waited for
	seen   bool
}

var lookCompleted = []byte(`"msg":"look completed"`)

func (l *stormLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bytes += len(line)
	if bytes.Contains(line, lookCompleted) {
		l.looks++
		l.seen = l.seen || l.wanted != nil && bytes.Contains(line, l.wanted)
	}
	return len(line), nil
}

func (l *stormLog) watch(store string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wanted, l.seen = []byte(`"key-store/`+store+`"`), false
}

func (l *stormLog) looked() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen
}

func (l *stormLog) total() (looks, size int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.looks, l.bytes
}
