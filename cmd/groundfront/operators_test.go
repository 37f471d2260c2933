package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestContentWithin: who announces content and does not send it has the connection
// for a while, whether somebody waits for it or not (reliability D2).
func TestContentWithin(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"read":     func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) },
		"not read": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMethodNotAllowed) },
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(contentWithin(10*time.Millisecond, handler))
			defer server.Close()
			c, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(patience))
			io.WriteString(c, "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n")
			if _, err := io.ReadAll(c); err != nil {
				t.Errorf("got %v, want the end of the connection", err)
			}
		})
	}
	server := httptest.NewServer(contentWithin(patience, http.NotFoundHandler()))
	defer server.Close()
	for range 3 { // the connection is used again
		response, err := server.Client().Post(server.URL, "text/plain", strings.NewReader("content"))
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
}
