package collect

import (
	"context"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/sync/errgroup"
)

// atOnce bounds the calls in flight of one snapshot: a burst of describe calls is throttled.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/throttling.html
const atOnce = 8

// A read is one question to AWS; it keeps the answer itself.
type read func(context.Context)

// A step takes up what the reads before it have answered, and returns the reads that are
// possible now.
type step func() []read

// A track is steps of which each needs the answers to the one before.
type track []step

// next returns the track's next reads, going over the steps that have none.
func (t *track) next() []read {
	for len(*t) > 0 {
		do := (*t)[0]
		*t = (*t)[1:]
		if reads := do(); len(reads) > 0 {
			return reads
		}
	}
	return nil
}

// begin adds a track to walk beside the others from this round on. In later rounds its steps
// come before theirs, so that they may use what it has found.
func (s *survey) begin(t track) { s.side = append(s.side, t) }

// run walks the tracks side by side: a round is one step of each of them, its reads
// concurrent. Steps run one at a time, so that they may share the snapshot. There are as many
// rounds as the longest track has steps with reads, which is the fewest there can be.
func (s *survey) run(ctx context.Context, tracks ...track) {
	for {
		var reads []read
		begun := len(s.side)
		for i := range begun {
			reads = append(reads, s.side[i].next()...)
		}
		for i := range tracks {
			reads = append(reads, tracks[i].next()...)
		}
		for i := begun; i < len(s.side); i++ {
			reads = append(reads, s.side[i].next()...)
		}
		if len(reads) == 0 {
			return
		}
		s.out.Stats.Rounds++
		var group errgroup.Group
		group.SetLimit(atOnce)
		for _, do := range reads {
			group.Go(func() error { do(ctx); return nil })
		}
		_ = group.Wait() // a read keeps its own error
	}
}

// An answer is what became of one question.
type answer[T any] struct {
	question
	value T
	err   error
	asked bool
}

// ask returns a read that puts the answer to q into a.
func ask[T any](r *Reader, a *answer[T], q question, put func(context.Context) (T, error)) read {
	a.question, a.asked = q, true
	return func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, r.timeout)
		defer cancel()
		a.value, a.err = put(ctx)
	}
}

// A pager is one of the SDK's paginators.
type pager[Out, Options any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*Options)) (*Out, error)
}

// pages calls each with every page.
func pages[Out, Options any](ctx context.Context, p pager[Out, Options], each func(*Out)) error {
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return err
		}
		each(page)
	}
	return nil
}

// A counter counts AWS calls, each once however often the SDK tries it.
type counter struct{ n atomic.Int64 }

func (c *counter) total() int { return int(c.n.Load()) }

type counterKey struct{}

func withCounter(ctx context.Context, c *counter) context.Context {
	return context.WithValue(ctx, counterKey{}, c)
}

// counting returns cfg with a middleware that counts calls on their context's counter.
func counting(cfg aws.Config) aws.Config {
	cfg = cfg.Copy()
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("CountCall",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				if c, ok := ctx.Value(counterKey{}).(*counter); ok {
					c.n.Add(1)
				}
				return next.HandleInitialize(ctx, in)
			}), middleware.Before)
	})
	return cfg
}
