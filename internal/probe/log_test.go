package probe

import (
	"bytes"
	"log"
	"log/slog"
	"testing"
)

func TestWhatTheRuntimeClientSaysIsALineOfTheLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	own := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	log.New(RuntimeLog{own}, "", 0).Printf("%s", `{"errorMessage":"port 0 is none"}`)
	want := `{"level":"ERROR","msg":"the Lambda runtime client says","incident":"","text":"{\"errorMessage\":\"port 0 is none\"}"}` + "\n"
	if out.String() != want {
		t.Errorf("got %s, want %s", out.String(), want)
	}
}
