package proxy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/transport"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/respheaders"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A caller is the viewer's side of a gRPC call.
type caller struct {
	got
	arrives  chan string // each piece of content, once it is flushed
	trailers field.Lines
	pending  string
}

func (c *caller) Write(p []byte) (int, error) {
	c.pending += string(p)
	return c.got.Write(p)
}

func (c *caller) Flush() error {
	if c.arrives != nil {
		c.arrives <- fmt.Sprint(c.status, " ", c.pending)
	}
	c.pending = ""
	return nil
}

func (c *caller) WriteTrailer(fields field.Lines) error {
	c.trailers = fields.Clone()
	return nil
}

// grpcRequest is a call over HTTP/2 and TLS.
func grpcRequest(content io.Reader) *viewer.Request {
	r := request("POST https://shop.test/echo.Echo/Say", "Content-Type: application/grpc+proto\nGrpc-Timeout: 5S\nTe: trailers\nX-Other: a")
	r.Proto, r.Body, r.ContentLength = viewer.ProtoHTTP2, content, -1
	return r
}

func allowGRPC(s *Snapshot) { s.Distributions[0].Behaviors[0].GRPC = true }

// TestGRPC: a call that streams both ways, from the viewer's engine to an
// origin that speaks HTTP/2 and back (CF-GRPC-04 to CF-GRPC-06).
func TestGRPC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := origintest.NewMemoryListener()
		s := &http.Server{Handler: http.HandlerFunc(sayAgain), Protocols: new(http.Protocols)}
		s.Protocols.SetUnencryptedHTTP2(true)
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = s.Serve(l)
		}()
		client := transport.New(transport.Options{Dial: l.Dial})
		o := &origin.Origin{DomainName: "api.test", Attempts: 1, ConnectScheme: "http", ReadTimeout: 30 * time.Second, KeepAliveTimeout: time.Second}

		var text bytes.Buffer
		log := accesslog.NewWriter(&text, accesslog.Options{})
		e := newEdge(t, func(r *origin.Request) (*origin.Response, error) {
			return client.RoundTrip(context.Background(), o, r)
		}, func(s *Snapshot) {
			allowGRPC(s)
			s.Distributions[0].Log = log
		})
		content, say := io.Pipe()
		c := &caller{arrives: make(chan string)}
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			e.server.Serve(t.Context(), c, grpcRequest(content))
		}()
		if got := <-c.arrives; got != "200 " {
			t.Errorf("got %q, want the head before there is content", got)
		}
		for _, word := range []string{"one", "two"} {
			io.WriteString(say, word)
			if got := <-c.arrives; got != "200 "+word {
				t.Errorf("CF-GRPC-05: got %q, want %q while the call goes on", got, word)
			}
			time.Sleep(time.Hour)
		}
		say.Close()
		<-answered
		if len(c.trailers) != 1 || c.trailers[0] != (field.Line{Name: "Grpc-Status", Value: "6"}) {
			t.Errorf("CF-GRPC-04: got trailers %v", c.trailers)
		}
		if got := c.fields.Get("X-Asked"); got != "HTTP/2.0 application/grpc+proto 5S []" {
			t.Errorf("the origin was asked %q, want the fields of the protocol, and no others", got)
		}
		log.Close()
		lines := strings.Split(strings.TrimSpace(text.String()), "\n")
		f := strings.Split(lines[len(lines)-1], "\t")
		if f[13] != "Miss" || f[16] != "grpcs" || f[17] != "106" || f[8] != "200" {
			t.Errorf("CF-GRPC-06: got log %q", f)
		}
		client.Close()
		s.Close()
		<-done
	})
}

// sayAgain answers each piece of the content with itself, and ends with how
// much there was.
func sayAgain(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Trailer", "Grpc-Status")
	w.Header().Set("X-Asked", fmt.Sprintf("%s %s %s [%s]", r.Proto, r.Header.Get("Content-Type"), r.Header.Get("Grpc-Timeout"), r.Header.Get("X-Other")))
	_ = http.NewResponseController(w).Flush()
	total, p := 0, make([]byte, 1<<10)
	for {
		n, err := r.Body.Read(p)
		total += n
		_, _ = w.Write(p[:n])
		_ = http.NewResponseController(w).Flush()
		if err != nil {
			break
		}
	}
	w.Header().Set("Grpc-Status", fmt.Sprint(total))
}

// TestGRPCOrNot: what is no call, or none that can be made, is a POST.
func TestGRPCOrNot(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(b *Behavior, r *viewer.Request)
		want   origin.Version
	}{
		{"CF-GRPC-01", func(*Behavior, *viewer.Request) {}, origin.VersionHTTP2},
		{"plain", func(_ *Behavior, r *viewer.Request) { r.Fields.Set("Content-Type", "Application/GRPC") }, origin.VersionHTTP2},
		{"CF-GRPC-01 not enabled", func(b *Behavior, _ *viewer.Request) { b.GRPC = false }, origin.VersionHTTP11},
		{"another type", func(_ *Behavior, r *viewer.Request) { r.Fields.Set("Content-Type", "application/json") }, origin.VersionHTTP11},
		{"gRPC-Web", func(_ *Behavior, r *viewer.Request) { r.Fields.Set("Content-Type", "application/grpc-web") }, origin.VersionHTTP11},
		{"CF-GRPC-02 HTTP/1.1", func(_ *Behavior, r *viewer.Request) { r.Proto = viewer.ProtoHTTP11 }, origin.VersionHTTP11},
		{"CF-GRPC-02 cleartext", func(_ *Behavior, r *viewer.Request) { r.Scheme, r.TLS = "http", nil }, origin.VersionHTTP11},
		{"CF-GRPC-02 PUT", func(_ *Behavior, r *viewer.Request) { r.Method = "PUT" }, origin.VersionHTTP11},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := grpcRequest(strings.NewReader("x"))
				e := newEdge(t, ok("", "answer"), func(s *Snapshot) {
					allowGRPC(s)
					tt.change(s.Distributions[0].Behaviors[0], r)
				})
				e.want(e.send(r), 200, miss, "answer")
				if got := e.asked[0].Version; got != tt.want {
					t.Errorf("the origin is asked by %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// TestGRPCErrors: custom error responses do not apply to calls (CF-GRPC-03),
// and an answer whose length is known leaves room for its trailers.
func TestGRPCErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := answerFunc(func(*origin.Request) (*origin.Response, error) { return response(503, "", "sorry"), nil })
		e := newEdge(t, func(r *origin.Request) (*origin.Response, error) { return answer(r) }, func(s *Snapshot) {
			allowGRPC(s)
			s.Distributions[0].ErrorResponses = errorResponses(t, errorpage.Rule{Status: 503, PagePath: "/page", ResponseCode: 200})
		})
		e.want(e.send(grpcRequest(strings.NewReader("x"))), 503, failed, "sorry")
		e.server.Snapshot().Choices.GeneratedErrorHeaders = GeneratedErrorHeadersOmitted
		e.server.Snapshot().Distributions[0].Behaviors[0].ResponseHeaders = rewriter(t, respheaders.Policy{Custom: []respheaders.Header{{Name: "X-Policy", Value: "web"}}})
		if got := e.send(grpcRequest(strings.NewReader("x"))).fields.Get("X-Policy"); got != "web" { // CF-ERR-25
			t.Errorf("an origin's error where those of the edge are without the policy: got X-Policy %q, want web", got)
		}
		answer = func(*origin.Request) (*origin.Response, error) {
			a := response(200, "", "known")
			a.Pending = true
			a.Trailers = func() field.Lines { return field.Lines{{Name: "Grpc-Status", Value: "0"}} }
			return a, nil
		}
		c := &caller{}
		e.server.Serve(t.Context(), c, grpcRequest(strings.NewReader("x")))
		if c.length != -1 || c.content.String() != "known" || len(c.trailers) != 1 {
			t.Errorf("got length %d, %q, trailers %v, want no length and a trailer", c.length, c.content.String(), c.trailers)
		}
	})
}
