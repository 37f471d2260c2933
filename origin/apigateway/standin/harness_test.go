package standin

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const testHost = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"

var testTime = time.Date(2026, time.May, 4, 12, 30, 0, 0, time.UTC)

// newTest returns a stand-in with a fixed clock and seeded ids.
func newTest(t *testing.T, o Options) *Standin {
	t.Helper()
	if o.Now == nil {
		o.Now = func() time.Time { return testTime }
	}
	setDefault(&o.IDSeed, 1)
	s, err := New(o)
	if err != nil {
		t.Fatalf("New(%+v): %v", o, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// send sends "METHOD target" with "Name: value" lines and no content.
func send(s *Standin, request string, lines ...string) *httptest.ResponseRecorder {
	return sendContent(s, "", request, lines...)
}

func sendContent(s *Standin, content, request string, lines ...string) *httptest.ResponseRecorder {
	method, target, _ := strings.Cut(request, " ")
	r := httptest.NewRequest(method, target, strings.NewReader(content))
	r.Host = s.Host()
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// raw returns the value of a response field by the exact spelling of its name.
func raw(w *httptest.ResponseRecorder, name string) string {
	return strings.Join(w.Header()[name], "|")
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("content %q: %v", w.Body, err)
	}
	return v
}

func wantAnswer(t *testing.T, in string, w *httptest.ResponseRecorder, status int, content string) {
	t.Helper()
	if w.Code != status || w.Body.String() != content {
		t.Errorf("%s: got %d %s, want %d %s", in, w.Code, w.Body, status, content)
	}
}

func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}
