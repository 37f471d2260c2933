package listener_test

import (
	"context"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestConnectionField: the proxy may ask for the connection's end (CF-CER-10).
func TestConnectionField(t *testing.T) {
	for _, value := range []string{"close", "keep-alive", "x-secret"} {
		t.Run(value, func(t *testing.T) {
			h := func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
				if err := w.WriteHead(200, field.Lines{{Name: "Connection", Value: value}}, 0); err != nil {
					t.Error(err)
				}
			}
			run(t, false, listener.Options{Handler: h}, func(t *testing.T, s *site) {
				resp, err := s.client(t, false).Get("http://api.example/x")
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				want := value
				if value == "x-secret" {
					want = ""
				}
				if got := resp.Header.Get("Connection"); got != want && !(value == "close" && resp.Close) {
					t.Errorf("Connection: got %q, want %q", got, want)
				}
			})
		})
	}
}
