package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/waf"
)

// pieces is content that comes in pieces, the last of them with its end if
// together is set.
type pieces struct {
	list     []string
	end      error
	together bool
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.list) == 0 {
		return 0, p.end
	}
	n := copy(b, p.list[0])
	if p.list[0] = p.list[0][n:]; p.list[0] == "" {
		if p.list = p.list[1:]; len(p.list) == 0 && p.together {
			return n, p.end
		}
	}
	return n, nil
}

const plenty = 1 << 20

// TestReadAhead: how much the web ACL sees, and whether it knows that there is
// more (WF-OVR-07). The origin gets all of it in any case.
func TestReadAhead(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 4<<10) // 64 KiB
	for _, tt := range []struct {
		content   string
		announced bool
		limit     int
		inspected int
		truncated bool
	}{
		{"", false, 8, 0, false},
		{"hello", false, 8, 5, false},
		{"hello", false, 5, 5, false}, // its end shows
		{"hello", false, 4, 4, true},
		{"hello", true, 8, 5, false},
		{"hello", true, 5, 5, false},
		{"hello", true, 4, 4, true},
		{long[:16<<10], false, 16 << 10, 16 << 10, false},
		{long[:16<<10+1], false, 16 << 10, 16 << 10, true},
		{long, false, 64 << 10, 64 << 10, false},
		{long + "x", false, 64 << 10, 64 << 10, true},
		{long + "x", true, 64 << 10, 64 << 10, true},
		{long + long, false, 1 << 20, 72<<10 - 1, true}, // our own bound
	} {
		for _, together := range []bool{false, true} {
			for _, size := range []int{1, 1000, 100_000} {
				if size == 1 && len(tt.content) > 100 {
					continue
				}
				var list []string
				for rest := tt.content; rest != ""; {
					n := min(size, len(rest))
					list, rest = append(list, rest[:n]), rest[n:]
				}
				var m contentMemory
				c := &inspectedContent{source: &pieces{list, io.EOF, together}, length: -1, memory: &m, most: plenty}
				if tt.announced {
					c.length = int64(len(tt.content))
				}
				name := fmt.Sprintf("%d bytes in pieces of %d, announced %t, limit %d", len(tt.content), size, tt.announced, tt.limit)
				if err := c.readAhead(tt.limit); err != nil || c.inspected != tt.inspected || c.truncated != tt.truncated || c.text() != tt.content[:tt.inspected] {
					t.Errorf("%s: got %d inspected, %d of text, truncated %t, %v, want %d, truncated %t", name, c.inspected, len(c.text()), c.truncated, err, tt.inspected, tt.truncated)
				}
				if got, err := io.ReadAll(c); string(got) != tt.content || err != nil {
					t.Errorf("%s: reading all: got %d bytes, %v", name, len(got), err)
				}
				if used := m.used.Load(); used != 0 {
					t.Errorf("%s: got %d bytes in use after the last was read, want 0", name, used)
				}
			}
		}
	}
}

// TestReadAheadFails: content that is cut is no content, wherever that shows.
func TestReadAheadFails(t *testing.T) {
	cut := errors.New("cut")
	for name, tt := range map[string]struct {
		source io.Reader
		length int64
		want   error
	}{
		"an error":            {&pieces{[]string{"he"}, cut, false}, -1, cut},
		"an error with bytes": {&pieces{[]string{"he"}, cut, true}, 5, cut},
		"an early end":        {strings.NewReader("he"), 5, io.ErrUnexpectedEOF},
		"nothing ever":        {iotest.ErrReader(nil), -1, io.ErrNoProgress},
	} {
		var m contentMemory
		c := &inspectedContent{source: tt.source, length: tt.length, memory: &m, most: plenty}
		if err := c.readAhead(8); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", name, err, tt.want)
		}
		c.close()
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, errExchangeEnded) || m.used.Load() != 0 {
			t.Errorf("%s: after the exchange: got %v and %d bytes in use", name, err, m.used.Load())
		}
	}
}

// TestContentMemory: what is held together has a bound. Where that is reached,
// what was read is there, and all of it goes on.
func TestContentMemory(t *testing.T) {
	var m contentMemory
	open := func(content string) (*inspectedContent, error) {
		c := &inspectedContent{source: strings.NewReader(content), length: -1, memory: &m, most: 40<<10 + 512}
		return c, c.readAhead(16 << 10)
	}
	long := strings.Repeat("x", 10<<10)
	first, err := open(long)
	if err != nil || m.used.Load() != 18<<10 {
		t.Fatalf("first: got %v, %d bytes in use", err, m.used.Load())
	}
	second, err := open(long)
	if err != nil || m.used.Load() != 36<<10 {
		t.Fatalf("second: got %v, %d bytes in use", err, m.used.Load())
	}
	third, err := open(long)
	if !errors.Is(err, errNoContentMemory) || third.inspected != 4<<10 || !third.truncated || m.used.Load() != 40<<10 {
		t.Errorf("third: got %v, %d bytes inspected, truncated %t, %d in use", err, third.inspected, third.truncated, m.used.Load())
	}
	fourth, err := open("x")
	if err != nil {
		t.Errorf("fourth: got %v", err)
	}
	fifth, err := open("x")
	if !errors.Is(err, errNoContentMemory) || fifth.inspected != 0 || !fifth.truncated {
		t.Errorf("fifth: got %v, %d bytes inspected, truncated %t", err, fifth.inspected, fifth.truncated)
	}
	for i, c := range []*inspectedContent{first, third, fourth, fifth} {
		want := []int{len(long), len(long), 1, 1}[i]
		if got, err := io.ReadAll(c); len(got) != want || err != nil {
			t.Errorf("%d: got %d bytes, %v, want %d", i, len(got), err, want)
		}
	}
	second.close()
	if used := m.used.Load(); used != 0 {
		t.Errorf("got %d bytes in use at the end, want 0", used)
	}
}

// TestContentEndsWhileRead: the end of an exchange takes no memory from under
// somebody who reads (rule 7 of ARCHITECTURE.md).
func TestContentEndsWhileRead(t *testing.T) {
	var m contentMemory
	var running sync.WaitGroup
	for i := range 200 {
		text := strings.Repeat(string(rune('a'+i%26)), 9<<10)
		c := &inspectedContent{source: strings.NewReader(text), length: int64(len(text)), memory: &m, most: 1 << 30}
		if err := c.readAhead(16 << 10); err != nil {
			t.Fatal(err)
		}
		running.Go(func() {
			var all []byte
			for b := make([]byte, 100); ; {
				n, err := c.Read(b)
				if all = append(all, b[:n]...); err != nil {
					break
				}
			}
			if !strings.HasPrefix(text, string(all)) {
				t.Errorf("read bytes of somebody else: %.80q", all)
			}
		})
		running.Go(c.close)
	}
	running.Wait()
	if used := m.used.Load(); used != 0 {
		t.Errorf("got %d bytes in use at the end, want 0", used)
	}
}

// TestBytesInOfInspected: what the web ACL has read has come, also if it went
// nowhere.
func TestBytesInOfInspected(t *testing.T) {
	for _, tt := range []struct{ announced, want int64 }{{-1, 105}, {5, 105}, {9, 109}} {
		x := &Exchange{r: &viewer.Request{HeadBytes: 100, ContentLength: tt.announced}, content: &inspectedContent{read: 5}}
		if got := x.bytesIn(); got != tt.want {
			t.Errorf("5 read of %d: got %d, want %d", tt.announced, got, tt.want)
		}
	}
}

// FuzzReadAhead: whatever pieces content comes in, and whatever is read ahead of
// it, who reads it gets it whole and with its end.
func FuzzReadAhead(f *testing.F) {
	f.Add([]byte("hello"), uint16(3), uint16(2), uint16(1), false, false)
	f.Add(bytes.Repeat([]byte("x"), 5000), uint16(4097), uint16(1000), uint16(300), true, true)
	f.Fuzz(func(t *testing.T, content []byte, limit, size, part uint16, announced, together bool) {
		var list []string
		for rest := string(content); rest != ""; {
			n := min(int(size)+1, len(rest))
			list, rest = append(list, rest[:n]), rest[n:]
		}
		var m contentMemory
		c := &inspectedContent{source: &pieces{list, io.EOF, together}, length: -1, memory: &m, most: plenty}
		if announced {
			c.length = int64(len(content))
		}
		if err := c.readAhead(int(limit)); err != nil {
			t.Fatal(err)
		}
		want := min(len(content), int(limit))
		if c.inspected != min(want, 72<<10-1) || c.text() != string(content[:c.inspected]) || c.truncated != (len(content) > c.inspected) {
			t.Fatalf("%d bytes, limit %d: got %d inspected, truncated %t", len(content), limit, c.inspected, c.truncated)
		}
		var got []byte
		for b := make([]byte, int(part)+1); ; {
			n, err := c.Read(b)
			if got = append(got, b[:n]...); err != nil {
				if !errors.Is(err, io.EOF) {
					t.Fatal(err)
				}
				break
			}
		}
		if !bytes.Equal(got, content) || m.used.Load() != 0 {
			t.Fatalf("got %d of %d bytes, %d in use", len(got), len(content), m.used.Load())
		}
	})
}

// inspecting returns a web ACL that blocks content with "evil", and the path /bad.
func inspecting(t *testing.T, fail waf.Fail, failures acted) *waf.ACL {
	t.Helper()
	contains := func(kind waf.FieldKind, word string) waf.Statement {
		return waf.ByteMatch{Search: word, Constraint: waf.ConstraintContains, Inspection: waf.Inspection{Field: waf.Field{Kind: kind}}}
	}
	acl, err := waf.New(waf.Config{
		Name: "edge",
		Rules: []waf.Rule{
			{Name: "evil", Statement: contains(waf.FieldBody, "evil"), Handling: waf.Handling{Action: waf.ActionBlock}},
			{Name: "path", Statement: contains(waf.FieldUriPath, "/bad"), Handling: waf.Handling{Action: waf.ActionBlock}},
		},
		Budget: waf.Budget{Fail: fail, Failed: func(f waf.Failure) waf.Counter { return actedCounter{failures, f.String()} }},
	})
	if err != nil {
		t.Fatal(err)
	}
	return acl
}

// TestInspectedContent: what the stages do with content that is inspected.
func TestInspectedContent(t *testing.T) {
	cut := errors.New("cut")
	small, none := strings.Repeat("x", 4000), func(*Snapshot) {}
	full := func(s *Snapshot) { s.MaxInspected = 1 }
	most := func(s *Snapshot) { s.MaxInspected = 4 << 10 }
	for _, tt := range []struct {
		name    string
		fail    waf.Fail
		bound   func(*Snapshot)
		target  string
		content io.Reader
		status  int    // 0: the viewer is gone
		taken   string // what the origin got
		failed  string
	}{
		{"ordinary", waf.FailClosed, none, "/a", strings.NewReader("good"), 200, "good", "map[]"},
		{"blocked", waf.FailClosed, none, "/a", strings.NewReader("an evil one"), 403, "", "map[]"},
		{"cut", waf.FailClosed, none, "/a", &pieces{[]string{"good"}, cut, false}, 0, "", "map[]"},
		{"no memory", waf.FailClosed, full, "/a", strings.NewReader("good"), 403, "", "map[memory:1]"},
		{"no memory, open", waf.FailOpen, full, "/a", strings.NewReader("evil"), 200, "evil", "map[memory:1]"},
		{"no memory, open, other rules", waf.FailOpen, full, "/bad", strings.NewReader("good"), 403, "", "map[memory:1]"},
		{"enough memory", waf.FailClosed, most, "/a", strings.NewReader(small), 200, small, "map[]"},
		{"memory for a part", waf.FailClosed, most, "/a", strings.NewReader(small + small), 403, "", "map[memory:1]"},
		{"memory for a part, open", waf.FailOpen, most, "/a", strings.NewReader(small + small), 200, small + small, "map[memory:1]"},
		{"memory for a part, which tells", waf.FailOpen, most, "/a", strings.NewReader("evil" + small + small), 403, "", "map[memory:1]"},
	} {
		synctest.Test(t, func(t *testing.T) {
			failures, taken := acted{}, ""
			e := newEdge(t, func(r *origin.Request) (*origin.Response, error) {
				content, err := io.ReadAll(r.Body)
				taken = string(content)
				return response(200, "", ""), err
			}, func(s *Snapshot) {
				s.Distributions[0].Behaviors[0] = newBehavior(t, s.Distributions[0], freshness.Policy{})
				s.Distributions[0].WebACL = inspecting(t, tt.fail, failures)
				tt.bound(s)
			})
			r := request("POST http://shop.test"+tt.target, "")
			r.Body, r.ContentLength = tt.content, -1
			if g := e.send(r); g.status != tt.status || taken != tt.taken || fmt.Sprint(failures) != tt.failed {
				t.Errorf("%s: got %d, the origin %d bytes, failures %v, want %d, %d bytes, %s", tt.name, g.status, len(taken), failures, tt.status, len(tt.taken), tt.failed)
			}
			if used := e.server.contentMemory.used.Load(); used != 0 {
				t.Errorf("%s: got %d bytes in use at the end, want 0", tt.name, used)
			}
		})
	}
}

// TestUninspectedContent: nothing is read of a gRPC call before the origin reads
// it (CF-WAF-08), nor where no rule inspects content (WF-OVR-07).
func TestUninspectedContent(t *testing.T) {
	for name, change := range map[string]func(d *Distribution){
		"grpc":    func(d *Distribution) { d.WebACL = inspecting(t, waf.FailClosed, acted{}); d.Behaviors[0].GRPC = true },
		"no rule": func(d *Distribution) { d.WebACL = blocking(t, acted{}, 10) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				content, say := io.Pipe()
				e := newEdge(t, func(r *origin.Request) (*origin.Response, error) {
					go func() { io.WriteString(say, "evil"); say.Close() }() // begins when the origin is asked
					got, err := io.ReadAll(r.Body)
					if string(got) != "evil" {
						t.Errorf("the origin got %q, %v, want evil", got, err)
					}
					return response(200, "", ""), err
				}, func(s *Snapshot) { change(s.Distributions[0]) })
				r := request("POST https://shop.test/echo", "Content-Type: application/grpc")
				r.Proto, r.Body, r.ContentLength = viewer.ProtoHTTP2, content, -1
				if g := e.send(r); g.status != 200 {
					t.Errorf("got %d, want 200", g.status)
				}
			})
		})
	}
}

// BenchmarkInspectedContent is what it costs to read content ahead and again.
func BenchmarkInspectedContent(b *testing.B) {
	for _, size := range []int{1 << 10, 16 << 10, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			var m contentMemory
			text, to := strings.Repeat("x", size), make([]byte, 32<<10)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				c := &inspectedContent{source: strings.NewReader(text), length: int64(size), memory: &m, most: plenty}
				if err := c.readAhead(64 << 10); err != nil {
					b.Fatal(err)
				}
				for n := 0; n < size; {
					k, err := c.Read(to)
					if n += k; err != nil {
						break
					}
				}
			}
		})
	}
}
