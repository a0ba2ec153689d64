package awssim

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/xks-remediator/xks-remediator/internal/awssim/network"
)

// Dial returns how a function that is deployed into a VPC opens TCP connections: the world
// decides which proxy answers, or why none does, and the proxy then speaks over loopback.
func (s *Sim) Dial(function string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, transport, addr string) (net.Conn, error) {
		to, err := netip.ParseAddrPort(addr)
		if err != nil {
			return nil, fmt.Errorf("dialing %s: %w", addr, err)
		}
		face, name, err := s.face(function, to)
		switch {
		case errors.Is(err, network.ErrDropped):
			return nil, &net.OpError{Op: "dial", Net: transport, Err: os.ErrDeadlineExceeded}
		case err != nil:
			return nil, &net.OpError{Op: "dial", Net: transport, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
		}
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		go s.show(listener, face, name)
		return new(net.Dialer).DialContext(ctx, transport, listener.Addr().String())
	}
}

func (s *Sim) face(function string, to netip.AddrPort) (network.Face, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	attached := s.attached[function]
	if len(attached) == 0 {
		return "", "", fmt.Errorf("function %s is in no VPC", function)
	}
	proxy, name, err := s.World.Connection(attached[0], to)
	if err != nil {
		return "", "", err
	}
	return proxy.Face, name, nil
}

// ProxyClock is the time for who measures a proxy: the simulator's own stands still while a
// function runs, and a sluggish proxy takes its time all the same.
func (s *Sim) ProxyClock() time.Time {
	return s.Now().Add(time.Duration(s.lag.Load()) * time.Millisecond)
}

// show has a proxy answer the one connection that comes.
func (s *Sim) show(listener net.Listener, face network.Face, name string) {
	ended := make(chan struct{})
	once := &single{Listener: listener, ended: ended}
	server := &http.Server{
		ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0), Handler: s.manners(face),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				close(ended)
			}
		},
	}
	if face == network.Plaintext {
		_ = server.Serve(once)
		return
	}
	_ = server.Serve(tls.NewListener(once, s.public.config(face, name, s.Now())))
}

// manners are how a face answers GetHealthStatus without a signature.
// https://github.com/aws/aws-kms-xksproxy-api-spec/blob/main/xks_proxy_api_spec.md
func (s *Sim) manners(face network.Face) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		switch face {
		case network.WebServer:
			w.Header().Set("Server", "nginx")
			http.Error(w, "not found", http.StatusNotFound)
			return
		case network.Sluggish:
			s.lag.Add(network.SluggishFor)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"errorName":"AuthenticationFailedException"}`)
	}
}

// single is a listener of one connection, until that has ended.
type single struct {
	net.Listener
	taken bool
	ended chan struct{}
}

// Accept returns the connection, then waits for its end.
func (l *single) Accept() (net.Conn, error) {
	if l.taken {
		<-l.ended
		return nil, io.EOF
	}
	l.taken = true
	conn, err := l.Listener.Accept()
	_ = l.Listener.Close() // no second one comes
	return conn, err
}

// Close leaves the listener to Accept.
func (l *single) Close() error { return nil }
