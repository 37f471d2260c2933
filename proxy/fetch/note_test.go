package fetch

import (
	"log/slog"
	"strings"
	"testing"
)

// At level debug the log tells by which ids an origin knows a request, and at
// any other nothing of it.
func TestAnswerIsNoted(t *testing.T) {
	for level, want := range map[slog.Level]int{slog.LevelDebug: 1, slog.LevelInfo: 0} {
		run(t, Options{}, func(t *testing.T, e *edge) {
			e.logger = slog.New(slog.NewTextHandler(e.log, &slog.HandlerOptions{Level: level}))
			e.answer(respond(200, "x", "x-amzn-RequestId: 7f1c0f5e", "x-amz-apigw-id: "+strings.Repeat("a", 200)))
			a, err := e.Alone(t.Context(), e.rules, e.request("GET", "/"), nil)
			if err != nil {
				t.Fatal(err)
			}
			e.want(read(t.Context(), a), KindResponse, 200, "x")
			line := `ids="x-amzn-RequestId=7f1c0f5e x-amz-apigw-id=` + strings.Repeat("a", 128) + `"`
			if got := strings.Count(e.log.String(), line); got != want {
				t.Errorf("level %s: got %d lines with the ids, want %d:\n%s", level, got, want, e.log)
			}
		})
	}
}
