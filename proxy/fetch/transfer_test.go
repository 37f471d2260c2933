package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/origin"
)

// Rule 6: content that ends early is passed on as such and never stored.
func TestCutOff(t *testing.T) {
	reset := &origin.Error{Kind: origin.ErrorRead, Op: "read body", Err: errors.New("connection reset")}
	for name, c := range map[string]struct {
		respond func() *origin.Response
		gzip    bool
		want    error
	}{
		"CF-RESP-41, known length": {endingIn(reset, respond(200, "partial", "Cache-Control: max-age=60")), false, reset},
		"CF-RESP-42, chunked":      {endingIn(reset, slowly(0, []string{"par", "tial"}, respond(200, "", "Cache-Control: max-age=60"))), false, reset},
		"an end before the length": {func() *origin.Response {
			r := respond(200, "partial", "Cache-Control: max-age=60")()
			r.ContentLength++
			return r
		}, false, io.ErrUnexpectedEOF},
		"while it is compressed": {endingIn(reset, respond(200, strings.Repeat("text ", 1000), "Cache-Control: max-age=60", "Content-Type: text/plain")), true, reset},
		"a fault of ours":        {endingIn(errTestPanic, respond(200, "partial", "Cache-Control: max-age=60")), false, errPanic},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{}, func(t *testing.T, e *edge) {
				e.rules.Compress = compressible()
				e.answer(c.respond)
				r := e.request("GET", "/")
				if c.gzip {
					r.AcceptEncoding = cachekey.AcceptEncodingGzip
				}
				got := e.view(t.Context(), r)
				if got.status != 200 || !errors.Is(got.err, c.want) || !c.gzip && got.body != "partial" {
					t.Errorf("viewer: got %v, want what came and %v", got, c.want)
				}
				e.wantStored("/", "")
				if log := e.log.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, "request_id=id") {
					t.Errorf("log: got %q, want one line", log)
				}
				e.answer(respond(200, "whole", "Cache-Control: max-age=60"))
				e.want(e.view(t.Context(), r), KindResponse, 200, "whole")
			})
		})
	}
}

// Who comes after content was cut off asks for himself.
func TestNobodyJoinsWhatIsCutOff(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		reset := &origin.Error{Kind: origin.ErrorRead}
		e.answer(endingIn(reset, slowly(time.Second, []string{"par"}, respond(200, "", "Cache-Control: max-age=60"))))
		a, err := e.get(t.Context(), e.request("GET", "/"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if a.Body.NewReader() != nil {
			t.Error("got a reader of content that was cut off")
		}
		if got := read(t.Context(), a); got.body != "par" || !errors.Is(got.err, reset) {
			t.Errorf("the first viewer: got %v", got)
		}
	})
}

// CF-RESP-44: surplus bytes do not harm the viewer, but the cache.
func TestSurplus(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		surplus := &origin.Error{Kind: origin.ErrorInvalidResponse, Err: origin.ErrSurplus}
		e.answer(endingIn(surplus, respond(200, "content", "Cache-Control: max-age=60")))
		e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, "content")
		e.wantStored("/", "")
		e.makeStrict() // complete, to RFC 9112 section 6.3
		e.want(e.view(t.Context(), e.request("GET", "/strict")), KindResponse, 200, "content")
		e.wantStored("/strict", "content")
	})
}

// What is sent and stored of a response, by status and form.
func TestStored(t *testing.T) {
	const day = "Cache-Control: max-age=86400"
	for name, c := range map[string]struct {
		method   string
		response func() *origin.Response
		want     string // stored for GET
		length   int64  // of the stored entry
	}{
		"known length":                     {"GET", respond(200, "content", day), "content", 7},
		"chunked stays so (CF-RESP-46)":    {"GET", slowly(0, []string{"con", "tent"}, respond(200, "", day)), "content", -1},
		"redirect":                         {"GET", respond(301, "moved", day, "Location: /"), "moved", 5},
		"TV-ERR-01":                        {"GET", respond(404, "none"), "none", 4},
		"TV-ERR-07":                        {"GET", respond(403, "no"), "", 0},
		"TV-ERR-09":                        {"GET", respond(429, "slow down", day), "", 0},
		"no-store":                         {"GET", respond(200, "content", "Cache-Control: no-store"), "", 0},
		"CF-RNG-03, 206 without asking":    {"GET", respond(206, "part", day), "", 0},
		"CF-KEY-04, a HEAD is not for GET": {"HEAD", respond(200, "", day), "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{}, func(t *testing.T, e *edge) {
				e.answer(c.response)
				e.view(t.Context(), e.request(c.method, "/"))
				if entry := e.wantStored("/", c.want); entry != nil && entry.Length != c.length {
					t.Errorf("length: got %d, want %d", entry.Length, c.length)
				}
			})
		})
	}
}

// Content of length zero is content, too.
func TestStoredEmpty(t *testing.T) {
	for name, response := range map[string]func() *origin.Response{
		"known":      respond(200, "", "Cache-Control: max-age=60"),
		"chunked":    slowly(0, nil, respond(200, "", "Cache-Control: max-age=60")),
		"no content": respond(204, "", "Cache-Control: max-age=60"),
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{}, func(t *testing.T, e *edge) {
				e.answer(response)
				e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, response().Status, "")
				synctest.Wait()
				got := e.lookup(e.request("GET", "/"))
				if got.Outcome != cache.OutcomeFresh || len(got.Entry.Content()) != 0 {
					t.Errorf("got %v, want an empty fresh response", got.Outcome)
				}
			})
		})
	}
}

// The fields of what is sent and stored (CF-AGE-02, CF-COOK-01).
func TestFields(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "content", "Content-Length: 7", "Cache-Control: max-age=60", "Set-Cookie: a=b", "X-Cache: theirs", "X-A: 1"))
		got := e.view(t.Context(), e.request("GET", "/"))
		entry := e.wantStored("/", "content")
		for who, fields := range map[string]interface{ Has(string) bool }{"viewer": got.fields, "entry": entry.Fields(nil)} {
			for name, want := range map[string]bool{"Content-Length": false, "Set-Cookie": false, "X-Cache": false, "X-A": true, "Date": true} {
				if has := fields.Has(name); has != want {
					t.Errorf("%s has %s: got %v, want %v", who, name, has, want)
				}
			}
		}
		if got := got.fields.Get("Date"); got != "Sat, 01 Jan 2000 00:00:00 GMT" {
			t.Errorf("Date: got %q, want that of the reception", got)
		}
	})
}

// CF-CMP-05, -13, -20: what is compressed here is sent in pieces and stored
// with its length.
func TestCompression(t *testing.T) {
	text := strings.Repeat("some text ", 1000)
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.rules.Compress = compressible()
		e.answer(respond(200, text, "Content-Type: text/plain", "Cache-Control: max-age=60", `ETag: "v1"`, "Vary: Cookie"))
		r := e.request("GET", "/")
		r.AcceptEncoding = cachekey.AcceptEncodingGzip
		got := e.view(t.Context(), r)
		if got.length != -1 {
			t.Errorf("length while it is compressed: got %d, want -1", got.length)
		}
		entry := e.wantStored("/", got.body)
		if entry.Length != int64(len(got.body)) || !entry.Compressed {
			t.Errorf("stored: length %d, compressed %v, want %d, true", entry.Length, entry.Compressed, len(got.body))
		}
		for name, want := range map[string]string{"Content-Encoding": "gzip", "ETag": `W/"v1"`, "Vary": "Cookie, Accept-Encoding"} {
			if got := entry.Fields(nil).Joined(name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		z, err := gzip.NewReader(bytes.NewReader(entry.Content()))
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := io.ReadAll(z); string(plain) != text || err != nil {
			t.Errorf("unpacked: got %d bytes, %v, want %d", len(plain), err, len(text))
		}
	})
}

// A tag that is no tag goes when the content is compressed, yet the origin
// gets it back (CF-CMP-20, CF-CMP-22).
func TestCompressionOfBadTag(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.rules.Compress = compressible()
		e.answer(respond(200, strings.Repeat("x", 2000), "Content-Type: text/plain", "Cache-Control: max-age=60", "ETag: v1", "Vary: accept-encoding"))
		r := e.request("GET", "/")
		r.AcceptEncoding = cachekey.AcceptEncodingGzip
		got := e.view(t.Context(), r)
		entry := e.wantStored("/", got.body)
		if got.fields.Has("ETag") || got.fields.Joined("Vary") != "accept-encoding" {
			t.Errorf("fields: got %q, want no ETag and Vary as it was", got.fields)
		}
		if got := entry.Validators().ETag; got != "v1" {
			t.Errorf("the origin's tag: got %q, want v1", got)
		}
	})
}

// CF-RNG-02 and -03: the range goes to the origin; a whole answer is stored,
// a part is not, and neither keeps other viewers from collapsing.
func TestRange(t *testing.T) {
	for status, stored := range map[int]string{200: "content", 206: "", 416: ""} {
		run(t, Options{}, func(t *testing.T, e *edge) {
			e.answer(respond(status, "content", "Cache-Control: max-age=60"))
			r := e.request("GET", "/", "Range: bytes=1-2", `If-Range: "v1"`, `If-None-Match: "v0"`)
			e.want(e.view(t.Context(), r), KindResponse, status, "content")
			asked := e.asked[0].Fields
			if asked.Get("Range") != "bytes=1-2" || asked.Get("If-Range") != `"v1"` || asked.Has("If-None-Match") {
				t.Errorf("%d: the origin saw %q, want Range and If-Range alone", status, asked)
			}
			e.wantStored("/", stored)
			if e.cache.Unshared(r.Hash, time.Now()) {
				t.Errorf("%d: the key is marked as not to be shared", status)
			}
		})
	}
}

// A fetch that is not for a range never sends one.
func TestRangeIsNotSentOtherwise(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "content", "Cache-Control: max-age=10", `ETag: "v1"`))
		for range 2 {
			r := e.request("GET", "/", "Range: bytes=1-2", `If-Range: "v0"`)
			r.Range, r.IfRange = "", ""
			e.view(t.Context(), r)
			time.Sleep(20 * time.Second)
		}
		for _, asked := range e.asked {
			if asked.Fields.Has("Range") || asked.Fields.Has("If-Range") {
				t.Errorf("the origin saw %q, want no range", asked.Fields)
			}
		}
	})
}

// Content above the limit streams through to fast and slow viewers, bounded
// by the window.
func TestTooLarge(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 2<<20/16)
	for name, response := range map[string]func() *origin.Response{
		"known length": respond(200, large, "Cache-Control: max-age=60"),
		"chunked":      slowly(0, []string{large}, respond(200, "", "Cache-Control: max-age=60")),
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{}, func(t *testing.T, e *edge) {
				e.answer(response)
				e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, large)
				e.wantStored("/", "")
			})
		})
	}
}

// Without memory for content on its way it streams through, and all of it is
// given back.
func TestNoMemoryInFlight(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		if !e.cache.Reserve(1 << 20) {
			t.Fatal("the memory could not be used up")
		}
		e.answer(respond(200, "content", "Cache-Control: max-age=60"))
		e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, "content")
		e.wantStored("/", "")
		e.cache.Release(1 << 20)
		e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, "content")
		e.wantStored("/", "content")
	})
}

// The memory of what was not stored counts until its last viewer has gone.
func TestMemoryOfSlowViewer(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, strings.Repeat("x", 10_000), "Cache-Control: max-age=60"))
		a, err := e.get(t.Context(), e.request("GET", "/"))
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := e.cache.InFlight(); got != 0 {
			t.Errorf("stored: got %d bytes reserved, want 0, since the cache counts them", got)
		}
		a.Close()

		e.answer(endingIn(&origin.Error{Kind: origin.ErrorRead}, respond(200, strings.Repeat("x", 10_000), "Cache-Control: max-age=60")))
		if a, err = e.get(t.Context(), e.request("GET", "/other")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := e.cache.InFlight(); got != 10_000 {
			t.Errorf("not stored, with a viewer: got %d bytes reserved, want 10000", got)
		}
		a.Close()
	})
}

// CF-ECT-15: an origin that gives no response is remembered like an error of
// its own; waiters get the same answer (CF-COL-07).
func TestFailed(t *testing.T) {
	for name, c := range map[string]struct {
		kind   origin.ErrorKind
		errors freshness.ErrorPolicy
		status int
		wants  int // requests by ten viewers at once
		stored bool
	}{
		"refused":           {origin.ErrorConnect, freshness.ErrorPolicy{}, 502, 1, true},
		"timeout":           {origin.ErrorReadTimeout, freshness.ErrorPolicy{}, 504, 1, true},
		"not to be cached":  {origin.ErrorReadTimeout, freshness.ErrorPolicy{PerStatus: []freshness.ErrorTTL{{Status: 504}}}, 504, 10, false},
		"another's minimum": {origin.ErrorConnect, freshness.ErrorPolicy{PerStatus: []freshness.ErrorTTL{{Status: 504}}}, 502, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{}, func(t *testing.T, e *edge) {
				e.rules.Errors = c.errors
				e.fail(c.kind, 30*time.Second)
				for _, got := range e.views(10, func() *Request { return e.request("GET", "/") }) {
					e.want(got, KindFailed, c.status, "")
				}
				e.wantRequests(c.wants)
				found := e.lookup(e.request("GET", "/"))
				if (found.Outcome == cache.OutcomeFresh) != c.stored {
					t.Fatalf("afterwards: got %v, want a stored failure: %v", found.Outcome, c.stored)
				}
				if c.stored && (found.Entry.Failure != uint8(c.kind)+1 || int(found.Entry.Status) != c.status) {
					t.Errorf("stored: got failure %d, status %d, want %v, %d", found.Entry.Failure, found.Entry.Status, c.kind, c.status)
				}
				time.Sleep(10 * time.Second)
				if got := e.lookup(e.request("GET", "/")); got.Outcome <= cache.OutcomeStaleRetryLater {
					t.Errorf("after 10 s: got %v, want the origin to be asked", got.Outcome)
				}
			})
		})
	}
}

// A failure of one fetch does not hide what another has stored meanwhile.
func TestFailureBesideSuccess(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.script = func(ctx context.Context, n int, _ *origin.Request) (*origin.Response, error) {
			sleep(ctx, time.Duration(n)*time.Second)
			if n == 2 {
				return nil, &origin.Error{Kind: origin.ErrorReadTimeout}
			}
			return respond(200, "good", "Cache-Control: max-age=60")(), nil
		}
		var wait sync.WaitGroup
		for range 2 {
			wait.Go(func() {
				a, err := e.Alone(t.Context(), e.rules, e.request("GET", "/"), nil)
				if err != nil {
					t.Error(err)
					return
				}
				read(t.Context(), a)
			})
		}
		wait.Wait()
		e.wantStored("/", "good")
	})
}

// An error that is not an *origin.Error is one all the same.
func TestForeignError(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.script = func(context.Context, int, *origin.Request) (*origin.Response, error) { return nil, io.ErrNoProgress }
		e.want(e.view(t.Context(), e.request("GET", "/")), KindFailed, 502, "")
	})
}
