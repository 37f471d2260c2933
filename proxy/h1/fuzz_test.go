package h1

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// heads are seeds: what is accepted, and what is refused in many places.
var heads = []string{
	next, browserRequest, "\r\n" + next, "HEAD /hit?a HTTP/1.1\r\nhost: H:80\r\nConnection: keep-alive\r\nX:\r\nx: \t1 \t\r\n\r\n",
	"GET http://a.b/c?d HTTP/1.1\r\nHost: h\r\nRange: bytes=0-\r\n\r\n", "OPTIONS * HTTP/1.0\r\n\r\n", "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc" + next,
	"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;a\r\nabc\r\n0\r\nT: 1\r\n\r\n" + next,
	"GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nTE: trailers\r\nTrailer: a\r\n\r\n",
	"GET /hit HTTP/1.1\r\nHost: h\r\n\r\nHEAD /hit HTTP/1.1\r\nHost: h\r\n\r\nPOST /hit HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx" + next,
	"GET / HTTP/1.1\nHost: h\n\n", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n a\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: h\r\nA: \x00\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "GET / HTTP/1.9\r\nHost: h\r\n\r\n",
	"GET /%zz HTTP/1.1\r\nHost: h\r\nPragma: no-cache\r\n\r\n", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", "GET /hit HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
}

// FuzzParse: what is read of a head does not depend on whether it is read in
// place; a beginning of it is incomplete or refused for the same reason; what is
// accepted net/http accepts too, and understands it so; printed again it is the
// same request; and what Hits takes Serve takes, with the same request.
func FuzzParse(f *testing.F) {
	for _, s := range heads {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var h Head
		size, refusal := h.Parse(in)
		checkInPlace(t, in, &h, size, refusal)
		checkPrefixes(t, in, size, refusal)
		checkRepeated(t, in)
		text, refusal := parsed(in)
		if refusal != "" {
			return
		}
		h.Parse(in)
		checkPrinted(t, &h, text)
		checkAgainstStandard(t, in[:h.Size], &h)
		checkWays(t, in[:h.Size])
	})
}

func checkInPlace(t *testing.T, in string, h *Head, size int, refusal Refusal) {
	buffer := []byte(in)
	var again Head
	again.Fields = append(again.Fields, h.Fields...) // memory that was used before
	gotSize, gotRefusal := again.Parse(view(buffer))
	if gotSize != size || gotRefusal != refusal || size > 0 && fmt.Sprint(again) != fmt.Sprint(*h) {
		t.Errorf("%q: in place %+v, %d, %q; else %+v, %d, %q", in, again, gotSize, gotRefusal, *h, size, refusal)
	}
	if size > len(in) || size > 0 && (refusal != "" || h.Size != size) {
		t.Errorf("%q: got size %d of %d, refusal %q", in, size, len(in), refusal)
	}
}

// checkRepeated: what is known of a field section is what parsing it finds, also
// of its beginnings, and of what is like it.
func checkRepeated(t *testing.T, in string) {
	for _, fields := range []int{2, 100} {
		checkRepeatedWith(t, in, fields)
	}
}

func checkRepeatedWith(t *testing.T, in string, fields int) {
	var s Scratch
	c := NewConn(Options{MaxFields: fields}.WithDefaults(), &viewer.Peer{})
	likes := []string{in, in, in, in[:len(in)/2], in, strings.ToUpper(in), strings.ToUpper(in), in, strings.TrimSuffix(in, "\n"), in + in}
	for i, like := range likes {
		h := Head{MaxFields: fields}
		size, refusal := h.Parse(like)
		gotSize, gotRefusal := c.parse(&s, []byte(like))
		if gotSize != size || gotRefusal != refusal || size > 0 && fmt.Sprint(s.head) != fmt.Sprint(h) {
			t.Errorf("%q, which comes as number %d: got %+v, %d, %q, want %+v, %d, %q", like, i, s.head, gotSize, gotRefusal, h, size, refusal)
		}
	}
}

func checkPrefixes(t *testing.T, in string, size int, refusal Refusal) {
	complete := len(in)
	if size > 0 {
		complete = size - 1
	}
	var h Head
	for n := range min(complete, 1<<10) {
		gotSize, got := h.Parse(in[:n])
		if gotSize != 0 || got != "" && got != refusal {
			t.Errorf("%q: got %d, %q for its first %d bytes, want 0 and %q or nothing", in, gotSize, got, n, refusal)
		}
		if got != "" {
			return
		}
	}
}

// checkPrinted prints a head that was accepted.
func checkPrinted(t *testing.T, h *Head, want string) {
	var b strings.Builder
	version := "HTTP/1.1"
	if h.Proto == viewer.ProtoHTTP10 {
		version = "HTTP/1.0"
	}
	fmt.Fprintf(&b, "%s %s %s\r\n", h.Method, h.Target, version)
	for range h.hosts {
		fmt.Fprintf(&b, "Host: %s\r\n", h.Host)
	}
	for _, l := range h.Fields {
		fmt.Fprintf(&b, "%s: %s\r\n", l.Name, l.Value)
	}
	b.WriteString("\r\n")
	if got, refusal := parsed(b.String()); got != want || refusal != "" {
		t.Errorf("printed as %q: got %s, %q, want %s", b.String(), got, refusal, want)
	}
}

// checkAgainstStandard compares with net/http. It takes apart what a target says,
// which is left alone here, and wants declared trailers to be such.
func checkAgainstStandard(t *testing.T, in string, h *Head) {
	plain := in
	if u, err := url.ParseRequestURI(h.Target); err != nil || u.Host != "" || h.Method == "CONNECT" {
		plain = strings.Replace(in, " "+h.Target+" ", " / ", 1)
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(strings.TrimPrefix(plain, "\r\n"))))
	if err != nil {
		if strings.Contains(err.Error(), "bad trailer key") {
			return
		}
		t.Fatalf("%q: accepted; net/http says %v", in, err)
	}
	if r.Method != h.Method || r.Host != h.Host || plain == in && r.RequestURI != h.Target {
		t.Errorf("%q: got %s %s for %s, net/http has %s %s for %s", in, h.Method, h.Target, h.Host, r.Method, r.RequestURI, r.Host)
	}
	f, _ := h.frame()
	if r.ContentLength != f.length {
		t.Errorf("%q: got length %d, net/http has %d", in, f.length, r.ContentLength)
	}
	want := make(map[string][]string)
	for _, l := range h.Fields {
		name := http.CanonicalHeaderKey(l.Name)
		want[name] = append(want[name], l.Value)
	}
	for _, name := range []string{"Transfer-Encoding", "Trailer", "Content-Length", "Pragma", "Cache-Control"} { // which it changes
		delete(want, name)
		delete(r.Header, name)
	}
	for name := range want {
		if !slices.Equal(want[name], r.Header[name]) {
			t.Errorf("%q: got %s %q, net/http has %q", in, name, want[name], r.Header[name])
		}
	}
	if len(want) != len(r.Header) {
		t.Errorf("%q: got %d names, net/http has %d", in, len(want), len(r.Header))
	}
}

// checkWays has the head of one request answered by Hits and by Serve.
func checkWays(t *testing.T, head string) {
	var hit, served string
	note := func(r *viewer.Request) string {
		return fmt.Sprintf("%s %v %v %d %v %v", describe(r), r.Marks, r.Scheme, r.HeadBytes, r.Received, r.Body != nil)
	}
	d := newDesk(Options{
		Hit: func(h *viewer.Hit, r *viewer.Request) bool { hit = note(r); return false },
		Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			served = note(r)
			w.WriteHead(204, nil, 0)
		},
	})
	c := NewConn(d.WithDefaults(), &viewer.Peer{})
	var s Scratch
	used, step := c.Hits(&s, []byte(head), d.Now())
	if used != 0 || step != NextServe {
		t.Fatalf("%q: got %d bytes used, %v", head, used, step)
	}
	_, keep := c.Serve(ended(), []byte(head))
	if hit != "" && (hit != served || !keep) {
		t.Errorf("%q:\n    Hits has %s\nServe has %s, kept %v", head, hit, served, keep)
	}
}

// FuzzChunked compares the reader with a slow and obvious one.
func FuzzChunked(f *testing.F) {
	for _, s := range []string{
		"0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\nrest", "a;b=\"c\"\r\n0123456789\r\n00 ;x\r\nA: b\r\n\r\n", "3\nabc\n0\n\n", "3\r\nabcd\r\n0\r\n\r\n",
		"FFFFFFFFFFFFFFFF\r\n", "7fffffffffffffff\r\na", "1 \r\na\r\n0\r\n\r\n", "0\r\nA b: c\r\n\r\n", "0\r\nA: b\r\n c\r\n\r\n", "",
	} {
		f.Add(s, uint16(1))
		f.Add(s, uint16(3))
	}
	f.Fuzz(func(t *testing.T, in string, piece uint16) {
		if len(in) > 3<<10 { // no line is too long
			return
		}
		content, rest, err := readChunks(cut(in, int(piece)+1)...)
		wantContent, wantRest, wantOK := slowChunks(in)
		if content != wantContent || (err == nil) != wantOK || err == nil && rest != wantRest {
			t.Errorf("%q: got %q, rest %q, %v; want %q, rest %q, ok %v", in, content, rest, err, wantContent, wantRest, wantOK)
		}
		var wrong syntaxError
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, &wrong) {
			t.Errorf("%q: got %v", in, err)
		}
	})
}

// slowChunks reads content with all of it at hand. What is there of a chunk
// counts even if the rest of it is not.
func slowChunks(in string) (content, rest string, ok bool) {
	for {
		first, after, found := strings.Cut(in, "\r\n")
		if !found || !isClean(first) {
			return content, "", false
		}
		digits := len(first) - len(strings.TrimLeft(first, "0123456789abcdefABCDEF"))
		significant := strings.TrimLeft(first[:digits], "0")
		var n int
		for _, c := range strings.ToLower(significant) {
			n = n<<4 + strings.IndexRune("0123456789abcdef", c)
		}
		extension := strings.Trim(first[digits:], " \t")
		if digits == 0 || len(significant) > 16 || len(significant) == 16 && significant[0] > '7' ||
			first[digits:] != "" && !strings.HasPrefix(extension, ";") {
			return content, "", false
		}
		if n == 0 {
			rest, ok = slowTrailer(after)
			return content, rest, ok
		}
		if n > len(after) {
			return content + after, "", false
		}
		content += after[:n]
		if in, found = strings.CutPrefix(after[n:], "\r\n"); !found {
			return content, "", false
		}
	}
}

func slowTrailer(in string) (rest string, ok bool) {
	for {
		line, after, found := strings.Cut(in, "\r\n")
		if !found || !isClean(line) {
			return "", false
		}
		if line == "" {
			return after, true
		}
		name, _, found := strings.Cut(line, ":")
		if !found || name == "" || strings.Trim(name, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return "", false
		}
		in = after
	}
}

// isClean reports whether a line has no control character but tabs.
func isClean(line string) bool {
	return !strings.ContainsFunc(line, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

// FuzzPieces: however the bytes of a connection arrive, the answers are the same,
// and so they are when no request is answered at once.
func FuzzPieces(f *testing.F) {
	for _, s := range heads {
		f.Add(s, []byte{1})
		f.Add(s+s, []byte{20, 3, 90})
	}
	f.Fuzz(func(t *testing.T, in string, cuts []byte) {
		if len(in) > 4<<10 {
			return
		}
		in += "\r\n\r\n" // no head remains incomplete
		var pieces []string
		for i, rest := 0, in; rest != ""; i++ {
			n := len(rest)
			if len(cuts) > 0 {
				n = min(n, int(cuts[i%len(cuts)])+1)
			}
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		answers := func(hit viewer.HitFunc, pieces ...string) string {
			d := newDesk(Options{Hit: hit, MaxHeadBytes: 1000, MaxFields: 1 + len(cuts)%6, Handler: pieceHandler})
			got := d.answers(pieces...)
			return strings.ReplaceAll(got, "HTTP/1.1 100 Continue\r\n\r\n", "") + strings.Join(d.malformed, ", ")
		}
		want := answers(shelf, in)
		check(t, in, answers(shelf, pieces...), want)
		check(t, in, answers(nil, pieces...), want)
	})
}

// pieceHandler answers what shelf answers, as it does.
func pieceHandler(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
	var h viewer.Hit
	if r.Body != nil || !strings.HasPrefix(r.Path, "/hit") {
		echo(ctx, w, r)
		return
	}
	shelf(&h, r)
	fields := append(field.Lines{{Name: "A", Value: "1"}}, h.Edge.Lines...)
	fields.Add("X-Amz-Cf-Id", string(h.ID[:]))
	w.WriteHead(h.Status, fields, int64(len(h.Content)))
	if r.Method != "HEAD" {
		w.Write(h.Content)
	}
}
