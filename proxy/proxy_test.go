package proxy

import (
	"errors"
	"io"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/viewer"
)

const (
	miss       = "Miss from cloudfront"
	hit        = "Hit from cloudfront"
	failed     = "Error from cloudfront"
	redirected = "Redirect from cloudfront"
)

func ok(fields, content string) answerFunc {
	return func(*origin.Request) (*origin.Response, error) { return response(200, fields, content), nil }
}

func TestMissThenHitWithAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, ok("Cache-Control: max-age=60", "hello"), nil)
		first := e.ask("GET http://shop.test/p", "")
		e.want(first, 200, miss, "hello")
		if first.fields.Has("Age") {
			t.Errorf("a miss has Age %q (CF-AGE-01)", first.fields.Get("Age"))
		}
		time.Sleep(7 * time.Second)
		second := e.ask("GET http://shop.test/p", "")
		e.want(second, 200, hit, "hello")
		if age := second.fields.Get("Age"); age != "7" {
			t.Errorf("Age: got %q, want 7", age)
		}
		if a, b := first.fields.Get("Date"), second.fields.Get("Date"); a != b || a == "" {
			t.Errorf("a hit keeps the stored Date (CF-AGE-02): got %q, then %q", a, b)
		}
		time.Sleep(54 * time.Second)
		e.want(e.ask("GET http://shop.test/p", ""), 200, miss, "hello")
	})
}

func TestEdgeFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, ok("", "hello"), nil)
		g := e.ask("GET http://shop.test/p", "")
		for name, form := range map[string]string{ // TV-BYTE-03 to TV-BYTE-05
			"X-Amz-Cf-Id":  `^[A-Za-z0-9_-]{54}==$`,
			"Via":          `^1\.1 [0-9a-f]{32}\.cloudfront\.net \(CloudFront\)$`,
			"X-Amz-Cf-Pop": `^[A-Z]{3}\d+(-[A-Z]+\d+)?$`,
		} {
			if v := g.fields.Get(name); !regexp.MustCompile(form).MatchString(v) {
				t.Errorf("%s: got %q, want %s", name, v, form)
			}
		}
		if seen := e.asked[0].Fields.Get("X-Amz-Cf-Id"); seen != g.fields.Get("X-Amz-Cf-Id") {
			t.Errorf("the origin saw id %q, the viewer %q (CF-HDR-53)", seen, g.fields.Get("X-Amz-Cf-Id"))
		}
	})
}

// TestRefusals: requests that go no further get a page, which has nothing of them but
// the id (reliability D16).
func TestRefusals(t *testing.T) {
	long := strings.Repeat("a", 8192)
	cases := []struct {
		name   string
		what   string
		edit   func(*viewer.Request)
		change func(*Snapshot)
		status int
		inPage string
	}{
		{name: "CF-DIST-09 unknown host", what: "GET http://other.test/", status: 403, inPage: "Bad request."},
		{name: "CF-REQ-02 no host", what: "GET http://shop.test/", edit: func(r *viewer.Request) { r.Host, r.Proto = "", viewer.ProtoHTTP10 }, status: 403, inPage: "Bad request."},
		{name: "CF-DIST-11 disabled", what: "GET http://shop.test/", change: func(s *Snapshot) { s.Distributions[0].Enabled = false }, status: 403, inPage: "Bad request."},
		{name: "CF-DIST-12 third in a chain", what: "GET http://shop.test/", edit: func(r *viewer.Request) { r.Fields.Add("CDN-Loop", "cloudfront, cloudfront") }, status: 403, inPage: "Bad request."},
		{name: "CF-DIST-13 no HTTP/2", what: "GET https://shop.test/", edit: func(r *viewer.Request) { r.Proto = viewer.ProtoHTTP2 }, change: func(s *Snapshot) { s.Distributions[0].HTTP2 = false }, status: 421, inPage: "421 ERROR"},
		{name: "CF-SIZE-02 long URL", what: "GET http://shop.test/" + long, status: 414, inPage: "414 ERROR"},
		{name: "CF-SIZE-01 large head", what: "GET http://shop.test/", edit: func(r *viewer.Request) { r.HeadBytes = 32_769 }, status: 494, inPage: "494 ERROR"},
		{name: "CF-KEY-22 fragment", what: "GET http://shop.test/a#b", status: 400, inPage: "400 ERROR"},
		{name: "CF-METH-03 method", what: "DELETE http://shop.test/", change: func(s *Snapshot) { s.Distributions[0].Behaviors[0].Methods = MethodsReadOptions }, status: 403, inPage: "supports only cachable requests"},
		{name: "CF-METH-04 unknown method", what: "BREW http://shop.test/", status: 403, inPage: "supports only cachable requests"},
		{name: "CF-METH-08 GET with content", what: "GET http://shop.test/", edit: func(r *viewer.Request) { r.Body = strings.NewReader("x") }, status: 403, inPage: "Bad request."},
		{name: "CF-VPP-05 https-only", what: "GET http://shop.test/", change: policy(ViewerProtocolHTTPSOnly), status: 403, inPage: "Bad request."},
		{name: "CF-VPP-04 HTTP/1.0 POST", what: "POST http://shop.test/", edit: func(r *viewer.Request) { r.Proto = viewer.ProtoHTTP10 }, change: policy(ViewerProtocolRedirectToHTTPS), status: 403, inPage: "Bad request."},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEdge(t, ok("", "hello"), c.change)
				r := request(c.what, "User-Agent: <own>")
				if c.edit != nil {
					c.edit(r)
				}
				g := e.send(r)
				if g.status != c.status || !strings.Contains(g.content.String(), c.inPage) || g.fields.Get("X-Cache") != failed {
					t.Errorf("%s: got %d %q %q, want %d with %q", c.what, g.status, g.fields.Get("X-Cache"), g.content.String(), c.status, c.inPage)
				}
				if !strings.Contains(g.content.String(), g.fields.Get("X-Amz-Cf-Id")) {
					t.Errorf("the page does not name the request's id")
				}
				for _, own := range []string{"<own>", "shop.test", "other.test", long} {
					if strings.Contains(g.content.String(), own) {
						t.Errorf("the page repeats %q of the request", own)
					}
				}
				if e.requests() != 0 {
					t.Errorf("the origin was asked %d times", e.requests())
				}
			})
		})
	}
}

func policy(p ViewerProtocol) func(*Snapshot) {
	return func(s *Snapshot) { s.Distributions[0].Behaviors[0].ViewerProtocol = p }
}

func TestRedirectToHTTPS(t *testing.T) {
	cases := []struct {
		name, what string
		port       uint16
		status     int
		location   string
		length     int
	}{
		{"CF-VPP-02", "GET http://shop.test/a?b=1", 0, 301, "https://shop.test/a?b=1", 167},
		{"CF-VPP-03", "POST http://shop.test/a", 0, 307, "https://shop.test/a", 169},
		{"port kept", "GET http://shop.test:8080/a", 0, 301, "https://shop.test:8080/a", 167},
		{"port of the TLS listener", "GET http://shop.test:8080/a", 8443, 301, "https://shop.test:8443/a", 167},
		{"default port", "GET http://shop.test:8080/a", 443, 301, "https://shop.test/a", 167},
		{"no port said", "GET http://shop.test/a", 8443, 301, "https://shop.test/a", 167},
		{"port of a proxy", "GET http://shop.test:80/a", 8443, 301, "https://shop.test:8443/a", 167},
		{"IPv6", "GET http://[::1]:8080/a", 8443, 301, "https://[::1]:8443/a", 167},
		{"IPv6, default port", "GET http://[::1]:8080/a", 443, 301, "https://[::1]/a", 167},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEdge(t, ok("", "hello"), func(s *Snapshot) {
					policy(ViewerProtocolRedirectToHTTPS)(s)
					s.LoopbackHosts = true
					if c.port > 0 {
						s.HTTPSPorts = HTTPSPorts{8080: c.port, 9080: 9443}
					}
				})
				r := request(c.what, "")
				r.Local = netip.MustParseAddrPort("192.0.2.1:8080")
				g := e.send(r)
				if g.status != c.status || g.fields.Get("Location") != c.location || g.content.Len() != c.length || g.fields.Get("X-Cache") != redirected {
					t.Errorf("%s: got %d %q, %d bytes, %q; want %d %q, %d bytes", c.what, g.status, g.fields.Get("Location"),
						g.content.Len(), g.fields.Get("X-Cache"), c.status, c.location, c.length)
				}
			})
		})
	}
}

func TestDefaultRootObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, ok("", "hello"), func(s *Snapshot) { s.Distributions[0].DefaultRootObject = "index.html" })
		for i, c := range []struct{ what, target string }{
			{"GET http://shop.test/", "/index.html"},       // CF-ROOT-01
			{"POST http://shop.test/", "/index.html"},      // CF-ROOT-02
			{"GET http://shop.test/install/", "/install/"}, // CF-ROOT-03
			{"GET http://shop.test///", "///"},             // CF-ROOT-06
		} {
			e.ask(c.what, "")
			if got := e.asked[i].Target; got != c.target {
				t.Errorf("%s: the origin was asked for %q, want %q", c.what, got, c.target)
			}
		}
	})
}

func TestConditionsAndRangesFromTheCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, ok("ETag: \"v1\"\nContent-Type: text/plain", "0123456789"), nil)
		e.want(e.ask("GET http://shop.test/p", "If-None-Match: \"v1\""), 304, miss, "") // CF-COND-05
		e.want(e.ask("GET http://shop.test/p", "If-None-Match: W/\"v1\""), 304, hit, "")
		e.want(e.ask("GET http://shop.test/p", "If-None-Match: \"v2\""), 200, hit, "0123456789")
		e.want(e.ask("GET http://shop.test/p", "If-Match: \"v2\""), 412, failed, "")
		part := e.ask("GET http://shop.test/p", "Range: bytes=2-4")
		e.want(part, 206, hit, "234")
		if cr := part.fields.Get("Content-Range"); cr != "bytes 2-4/10" || part.length != 3 {
			t.Errorf("got Content-Range %q and length %d", cr, part.length)
		}
		parts := e.ask("GET http://shop.test/p", "Range: bytes=0-0,9-9")
		if parts.status != 206 || int64(parts.content.Len()) != parts.length || strings.Count(parts.content.String(), "Content-Range: bytes") != 2 {
			t.Errorf("two ranges: got %d, %d of %d bytes: %q", parts.status, parts.content.Len(), parts.length, parts.content.String())
		}
		beyond := e.ask("GET http://shop.test/p", "Range: bytes=10-")
		e.want(beyond, 416, failed, "") // CF-RNG-07
		if cr := beyond.fields.Get("Content-Range"); cr != "bytes */10" {
			t.Errorf("got Content-Range %q, want bytes */10", cr)
		}
		e.want(e.ask("GET http://shop.test/p", "Range: bytes=4-2"), 200, hit, "0123456789") // CF-RNG-05
		if n := e.requests(); n != 1 {
			t.Errorf("the origin was asked %d times, want 1", n)
		}
	})
}

func TestInvalidationTurnsTheNextGetIntoAMiss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, ok("", "hello"), nil)
		e.ask("GET http://shop.test/p", "")
		e.want(e.ask("GET http://shop.test/p", ""), 200, hit, "hello")
		batch := invalidation.Batch{Distribution: "d111111abcdef8.cloudfront.net", Paths: []string{"/p"}}
		if _, err := e.invalidations.Add(batch, time.Now()); err != nil {
			t.Fatal(err)
		}
		e.want(e.ask("GET http://shop.test/p", ""), 200, miss, "hello")
		e.want(e.ask("GET http://shop.test/p", ""), 200, hit, "hello")
	})
}

func TestOriginFailure(t *testing.T) {
	cases := []struct {
		kind     origin.ErrorKind
		status   int
		sentence string
	}{
		{origin.ErrorDNS, 502, "CloudFront wasn't able to resolve the origin domain name."},
		{origin.ErrorConnect, 502, "CloudFront wasn't able to connect to the origin."},
		{origin.ErrorReadTimeout, 504, "CloudFront wasn't able to connect to the origin."},
		{origin.ErrorInvalidResponse, 502, "either the attempt failed or the origin closed the connection."},
	}
	for _, c := range cases {
		t.Run(c.kind.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEdge(t, func(*origin.Request) (*origin.Response, error) {
					return nil, &origin.Error{Kind: c.kind, Op: "test"}
				}, nil)
				for i := range 2 { // the second comes from the error cache (CF-ECT-15)
					g := e.ask("GET http://shop.test/p", "")
					if g.status != c.status || !strings.Contains(g.content.String(), c.sentence) || !strings.Contains(g.content.String(), g.fields.Get("X-Amz-Cf-Id")) {
						t.Errorf("request %d: got %d %q, want %d with %q", i, g.status, g.content.String(), c.status, c.sentence)
					}
				}
				if n := e.requests(); n != 1 {
					t.Errorf("the origin was asked %d times within the error TTL, want 1", n)
				}
				if n := strings.Count(e.log.String(), "reason="+c.kind.String()); n != 1 {
					t.Errorf("got %d log lines with the reason, want 1: %s", n, e.log)
				}
				time.Sleep(10 * time.Second)
				e.ask("GET http://shop.test/p", "")
				if n := e.requests(); n != 2 {
					t.Errorf("the origin was asked %d times after the error TTL, want 2", n)
				}
			})
		})
	}
}

// cutBody is content that breaks off.
type cutBody struct{ io.Reader }

func (b cutBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = &origin.Error{Kind: origin.ErrorRead, Op: "read content"}
	}
	return n, err
}
func (cutBody) Close() error { return nil }

func TestCutContentIsPassedOnAsCutAndNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, func(*origin.Request) (*origin.Response, error) {
			r := response(200, "", "")
			r.ContentLength, r.Body = 100, cutBody{strings.NewReader("only ten b")}
			return r, nil
		}, nil)
		for range 2 { // CF-RESP-41
			g := e.ask("GET http://shop.test/p", "")
			e.want(g, 200, miss, "only ten b")
			if !g.aborted {
				t.Error("the viewer was not shown that the content is incomplete")
			}
		}
		if n := e.requests(); n != 2 {
			t.Errorf("the origin was asked %d times, want 2", n)
		}
	})
}

func TestCustomErrorResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, func(r *origin.Request) (*origin.Response, error) {
			if r.Target == "/sorry.html" {
				return response(200, "Content-Type: text/html", "sorry"), nil
			}
			return response(500, "", "stack trace"), nil
		}, func(s *Snapshot) {
			s.Distributions[0].ErrorResponses = errorResponses(t,
				errorpage.Rule{Status: 500, PagePath: "/sorry.html", ResponseCode: 200, CachingMinTTL: time.Second})
		})
		g := e.ask("GET http://shop.test/p?x=1", "Range: bytes=0-1")
		e.want(g, 200, failed, "sorry") // CF-XC-08
		if c := g.fields.Get("Connection"); c != "close" {
			t.Errorf("Connection: got %q, want close (CF-CER-10)", c)
		}
		e.want(e.ask("POST http://shop.test/p", ""), 200, failed, "sorry") // CF-CER-15
	})
}

func TestForgedCloudFrontHeadersAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, ok("", "hello"), func(s *Snapshot) {
			b := s.Distributions[0].Behaviors[0]
			b.Generated = []string{"CloudFront-Forwarded-Proto", "CloudFront-Viewer-Address"}
		})
		e.ask("GET https://shop.test/p", "CloudFront-Viewer-Country: XX\nCloudFront-Forwarded-Proto: gopher")
		seen := e.asked[0].Fields
		if seen.Has("CloudFront-Viewer-Country") || seen.Get("CloudFront-Forwarded-Proto") != "https" ||
			seen.Get("CloudFront-Viewer-Address") != "192.0.2.9:40000" { // CF-CFH-31, CF-CFH-32
			t.Errorf("the origin saw %v", seen)
		}
	})
}

func TestPassThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, func(r *origin.Request) (*origin.Response, error) {
			content, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			return response(201, "", "got "+string(content)), nil
		}, func(s *Snapshot) {
			s.Distributions[0].Behaviors[0] = newBehavior(t, s.Distributions[0], freshness.Policy{})
		})
		for range 2 {
			r := request("POST http://shop.test/orders", "Content-Type: text/plain")
			r.Body, r.ContentLength = strings.NewReader("42"), 2
			e.want(e.send(r), 201, miss, "got 42")
		}
		if seen := e.asked[0]; seen.ContentLength != 2 || seen.Fields.Get("Content-Type") != "text/plain" {
			t.Errorf("the origin saw length %d and %v", seen.ContentLength, seen.Fields)
		}
	})
}

func TestViewerThatLeavesIsLoggedAsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, ok("", "hello"), nil)
		g := &got{refuse: true}
		e.server.Serve(t.Context(), g, request("GET http://shop.test/p", ""))
		synctest.Wait()
		e.want(e.ask("GET http://shop.test/p", ""), 200, hit, "hello") // what was fetched is stored
	})
}

func TestStaleWhileRevalidate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status := 200
		e := newEdge(t, func(r *origin.Request) (*origin.Response, error) {
			time.Sleep(time.Second)
			return response(status, "Cache-Control: max-age=10, stale-while-revalidate=60", "hello"), nil
		}, nil)
		e.ask("GET http://shop.test/p", "")
		time.Sleep(15 * time.Second)
		status = 500
		start := time.Now()
		for range 3 { // CF-SWR-01, CF-SWR-05: at once, and one request behind the viewers' backs
			e.want(e.ask("GET http://shop.test/p", ""), 200, hit, "hello")
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("stale answers took %s", d)
		}
		time.Sleep(5 * time.Second) // the background fetch has failed; the origin rests for the error TTL (CF-SWR-08)
		e.want(e.ask("GET http://shop.test/p", ""), 200, hit, "hello")
		if n := e.requests(); n != 2 {
			t.Errorf("the origin was asked %d times, want 2", n)
		}
		status = 200
		time.Sleep(10 * time.Second)
		e.ask("GET http://shop.test/p", "")
		time.Sleep(2 * time.Second)
		g := e.ask("GET http://shop.test/p", "")
		e.want(g, 200, hit, "hello")
		if age := g.fields.Get("Age"); age != "1" {
			t.Errorf("Age after the background fetch: got %q, want 1", age)
		}
	})
}

// TestOriginLimit: a request that finds no connection free is refused as one
// past a limit of ours. The answer is not remembered: the next request asks.
func TestOriginLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := []answerFunc{func(*origin.Request) (*origin.Response, error) {
			return nil, &origin.Error{Kind: origin.ErrorLimit, Op: "connect api.test:80"}
		}, ok("", "hello")}
		e := newEdge(t, func(r *origin.Request) (*origin.Response, error) {
			next := answers[0]
			answers = answers[1:]
			return next(r)
		}, nil)
		g := e.ask("GET http://shop.test/p", "")
		if g.status != 503 || g.fields.Get("X-Cache") != "LimitExceeded from cloudfront" {
			t.Errorf("got %d, X-Cache %q, want 503, LimitExceeded", g.status, g.fields.Get("X-Cache"))
		}
		e.want(e.ask("GET http://shop.test/p", ""), 200, miss, "hello")
	})
}

// A faulty viewer's side keeps what it was given, and panics.
type faulty struct {
	got
	inContent bool
	kept      field.Lines
	content   []byte
}

func (f *faulty) WriteHead(_ int, fields field.Lines, _ int64) error {
	if f.kept = fields; !f.inContent {
		panic("in the head")
	}
	return nil
}

func (f *faulty) Write(p []byte) (int, error) {
	f.content = p
	panic("in the content")
}

// TestPanicKeepsMemory: what passed has its memory to itself after a panic, when
// nobody knows who has it; without one it is the next's.
func TestPanicKeepsMemory(t *testing.T) {
	for _, inContent := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var closed, recycled int
			e := newEdge(t, func(r *origin.Request) (*origin.Response, error) {
				a := response(200, "X-Target: "+r.Target, r.Target)
				a.Body = counted{a.Body, &closed, &recycled}
				return a, nil
			}, func(s *Snapshot) {
				d := s.Distributions[0]
				d.Behaviors = []*Behavior{newBehavior(t, d, freshness.Policy{})}
			})
			w := &faulty{inContent: inContent}
			func() {
				defer func() {
					if recover() == nil {
						t.Error("got no panic")
					}
				}()
				e.server.Serve(t.Context(), w, request("GET http://shop.test/first", ""))
			}()
			if closed == 0 || recycled != 0 {
				t.Errorf("after the panic the origin's content is closed %d times and recycled %d times, want once or more, and never", closed, recycled)
			}
			for range 3 {
				e.want(e.ask("GET http://shop.test/other", ""), 200, "Miss from cloudfront", "/other")
			}
			if recycled != 3 {
				t.Errorf("after 3 other requests: %d recycled, want 3", recycled)
			}
			if got := w.kept.Get("X-Target"); got != "/first" || inContent && string(w.content) != "/first" {
				t.Errorf("in the content %t: after other requests its fields have %q and its content %q", inContent, got, w.content)
			}
		})
	}
}

// A counted content tells how often it was closed and recycled.
type counted struct {
	io.ReadCloser
	closed, recycled *int
}

func (c counted) Close() error {
	*c.closed++
	return c.ReadCloser.Close()
}

func (c counted) Recycle() { *c.recycled++ }
