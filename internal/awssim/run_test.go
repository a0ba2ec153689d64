package awssim_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/xks-remediator/xks-remediator/internal/awssim"
	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
	simsqs "github.com/xks-remediator/xks-remediator/internal/awssim/platform/sqs"
)

func TestTheClockMovesOnlyWhenItIsTold(t *testing.T) {
	t.Parallel()
	s := start(t)
	began := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	if got := s.Now(); !got.Equal(began) {
		t.Fatalf("it begins at %s; want %s", got, began)
	}
	s.Advance(90 * time.Second)
	if got := s.Now().Sub(began); got != 90*time.Second {
		t.Errorf("it moved by %s; want 90 s", got)
	}
	if s.RunUntil(func() bool { return false }, time.Minute) {
		t.Error("what never happens happened")
	}
	if got := s.Now().Sub(began); got != 150*time.Second {
		t.Errorf("it stands at %s after waiting a minute in vain; want 150 s", got)
	}
	if !s.RunUntil(func() bool { return true }, time.Hour) || s.Now().Sub(began) != 150*time.Second {
		t.Error("what has happened already took time")
	}
}

func TestBatchesOfAQueueRunTogetherOnRequest(t *testing.T) {
	t.Parallel()
	s := awssim.New(awssim.Options{Concurrent: true})
	t.Cleanup(s.Close)
	var both sync.WaitGroup
	both.Add(2)
	stack := deploy(t, s, func(ctx context.Context, _ []byte) ([]byte, error) {
		both.Done()
		met := make(chan struct{})
		go func() { both.Wait(); close(met) }()
		select {
		case <-met:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	for range 20 {
		if err := stack.Send("Signals", "a"); err != nil {
			t.Fatal(err)
		}
	}
	s.Advance(time.Second)
	for _, o := range s.Outcomes() {
		if o.Err != nil {
			t.Errorf("a batch did not meet the other: %v", o.Err)
		}
	}
	if got := len(s.Outcomes()); got != 2 {
		t.Errorf("%d batches ran; want 2", got)
	}
}

func TestServeFollowsRealTime(t *testing.T) {
	t.Parallel()
	s := start(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	began := s.Now()
	ran := make(chan struct{}, 1)
	stack := deploy(t, s, func(context.Context, []byte) ([]byte, error) { ran <- struct{}{}; return nil, nil })
	if err := stack.Send("Signals", "a"); err != nil {
		t.Fatal(err)
	}
	go func() { ended <- s.Serve(ctx, listener) }()
	cfg := as(s, awssim.Admin)
	cfg.BaseEndpoint = aws.String("http://" + listener.Addr().String())
	if _, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
		t.Errorf("the given address does not answer: %v", err)
	}
	<-ran // nobody moves the clock but Serve
	if !s.Now().After(began) {
		t.Error("the clock stands still")
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("serving ended with %v", err)
	}
}

func TestServeSaysWhyItCannot(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := start(t).Serve(t.Context(), listener); err == nil {
		t.Error("serving on a closed listener ended without an error")
	}
}

func TestServeFollowsRealTimeAsFastAsItIsTold(t *testing.T) {
	t.Parallel()
	s := awssim.New(awssim.Options{Speed: 10_000})
	t.Cleanup(s.Close)
	client, url := queue(t, s, simsqs.Settings{Name: "q"})
	if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("late"), DelaySeconds: 900}); err != nil {
		t.Fatal(err)
	}
	arrived := make(chan struct{}, 1)
	s.Do(func(*network.World) { s.Queues.ByName("q").OnArrival(func() { arrived <- struct{}{} }) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	select {
	case <-arrived:
	case <-ctx.Done():
		t.Error("a message that is due in 15 minutes did not come within one: the clock runs no faster than real time")
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("serving ended with %v", err)
	}
}
