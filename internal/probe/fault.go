package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/xks-remediator/xks-remediator/internal/path"
)

// name says what an error of the network or of TLS means to an operator.
func name(err error) (path.ProbeFault, string) {
	if err == nil {
		return "", ""
	}
	return faultOf(err), text(err.Error())
}

func faultOf(err error) path.ProbeFault {
	if record, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		if strings.HasPrefix(string(record.RecordHeader[:]), "HTTP") {
			return path.ProbePlainHTTP
		}
		return path.ProbeNotTLS
	}
	// crypto/tls has no type for the other side's alerts but this operation's name.
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return path.ProbeAlert
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return path.ProbeTimedOut
	}
	for _, known := range []struct {
		cause error
		fault path.ProbeFault
	}{
		{os.ErrDeadlineExceeded, path.ProbeTimedOut},
		{context.DeadlineExceeded, path.ProbeTimedOut},
		{context.Canceled, path.ProbeTimedOut},
		{syscall.ECONNREFUSED, path.ProbeRefused},
		{syscall.ECONNRESET, path.ProbeReset},
		{syscall.EPIPE, path.ProbeReset},
		{syscall.EHOSTUNREACH, path.ProbeUnreachable},
		{syscall.ENETUNREACH, path.ProbeUnreachable},
		{io.EOF, path.ProbeClosed},
		{io.ErrUnexpectedEOF, path.ProbeClosed},
		{io.ErrClosedPipe, path.ProbeClosed},
	} {
		if errors.Is(err, known.cause) {
			return known.fault
		}
	}
	return path.ProbeOther
}

// maxText bounds every text that the other side had a hand in.
const maxText = 256

// text makes what others wrote fit to be shown: printable, and not too long.
func text(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == '\x7f' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}
