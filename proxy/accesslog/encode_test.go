package accesslog

import (
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// hit is a record with a value in every field.
func hit() Record {
	return Record{
		End:             time.Date(2026, 4, 1, 12, 34, 56, 789e6, time.FixedZone("", 7200)),
		Duration:        1234567 * time.Microsecond,
		FirstByte:       999 * time.Microsecond,
		EdgeLocation:    "FRA56-P6",
		RequestID:       "abc_-==",
		Distribution:    "d111111abcdef8.cloudfront.net",
		Viewer:          netip.MustParseAddrPort("192.0.2.10:51234"),
		Protocol:        ProtocolHTTPS,
		ProtocolVersion: "HTTP/2.0",
		TLSVersion:      "TLSv1.3",
		TLSCipher:       "TLS_AES_128_GCM_SHA256",
		Method:          "GET",
		Host:            "www.example.com",
		Path:            "/a b/%20x",
		Query:           "q=1&r=[2]",
		Referer:         "https://example.org/",
		UserAgent:       "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
		Cookie:          "a=1; b=2",
		ForwardedFor:    "203.0.113.9, 198.51.100.2",
		BytesIn:         412,
		Status:          206,
		BytesOut:        5120,
		ContentType:     "text/html; charset=utf-8",
		ContentLength:   100,
		RangeStart:      0,
		RangeEnd:        99,
		HasRange:        true,
		Result:          ResultTypeHit,
		ResponseResult:  ResultTypeHit,
		Reason:          ReasonHit,
	}
}

// fields returns the values of a line.
func fields(t *testing.T, r Record) []string {
	t.Helper()
	line := string(Append(nil, &r))
	if !strings.HasSuffix(line, "\n") {
		t.Fatalf("line: got %q, want a newline at its end", line)
	}
	return strings.Split(strings.TrimSuffix(line, "\n"), "\t")
}

// TestAppend proves table CF-LF field by field.
func TestAppend(t *testing.T) {
	want := []string{
		"2026-04-01", "10:34:56", "FRA56-P6", "5120", "192.0.2.10", "GET", "d111111abcdef8.cloudfront.net",
		"/a%20b/%2520x", "206", "https://example.org/", "Mozilla/5.0%20(Windows%20NT%2010.0;%20Win64;%20x64)",
		"q=1&r=%5B2%5D", "a=1;%20b=2", "Hit", "abc_-==", "www.example.com", "https", "412", "1.234",
		"203.0.113.9,%20198.51.100.2", "TLSv1.3", "TLS_AES_128_GCM_SHA256", "Hit", "HTTP/2.0", "-", "-", "51234",
		"0.000", "Hit", "text/html;%20charset=utf-8", "100", "0", "99",
	}
	if diff := cmp.Diff(want, fields(t, hit())); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

// TestAppendEmpty proves CF-LOG-04.
func TestAppendEmpty(t *testing.T) {
	want := slices.Repeat([]string{"-"}, NumFields)
	for at, value := range map[int]string{
		1: "0001-01-01", 2: "00:00:00", 4: "0", 9: "000", 17: "http", 18: "0", 19: "0.000", 28: "0.000",
	} {
		want[at-1] = value
	}
	if diff := cmp.Diff(want, fields(t, Record{ContentLength: -1})); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestAppendOneField(t *testing.T) {
	for _, tt := range []struct {
		id     string
		change func(*Record)
		field  int
		want   string
	}{
		{"CF-LF-09 no response", func(r *Record) { r.Status = 0 }, 9, "000"},
		{"CF-LF-09 494", func(r *Record) { r.Status = 494 }, 9, "494"},
		{"CF-LF-05 IPv6", func(r *Record) { r.Viewer = netip.MustParseAddrPort("[2001:db8::1]:443") }, 5, "2001:db8::1"},
		{"CF-LF-05 zone", func(r *Record) { r.Viewer = netip.MustParseAddrPort("[fe80::1%eth0]:443") }, 5, "fe80::1"},
		{"CF-LF-05 mapped", func(r *Record) { r.Viewer = netip.MustParseAddrPort("[::ffff:192.0.2.1]:443") }, 5, "192.0.2.1"},
		{"CF-LF-19 negative", func(r *Record) { r.Duration = -time.Second }, 19, "0.000"},
		{"CF-LF-19 hours", func(r *Record) { r.Duration = 2*time.Hour + 50*time.Millisecond }, 19, "7200.050"},
		{"CF-LF-29 same", func(r *Record) { r.Result = ResultTypeMiss }, 29, "Miss"},
		{"CF-LF-29 finer", func(r *Record) { r.Detailed = DetailedTypeOriginDNSError }, 29, "OriginDnsError"},
		{"CF-LRT-06 left early", func(r *Record) { r.Result = ResultTypeError }, 23, "Hit"},
		{"CF-LF-31 empty content", func(r *Record) { r.ContentLength = 0 }, 31, "0"},
		{"CF-LF-31 chunked", func(r *Record) { r.ContentLength = -1 }, 31, "-"},
		{"CF-LF-32 no range", func(r *Record) { r.HasRange = false }, 32, "-"},
		{"CF-LF-17 http", func(r *Record) { r.Protocol = ProtocolHTTP }, 17, "http"},
	} {
		r := hit()
		tt.change(&r)
		if got := fields(t, r)[tt.field-1]; got != tt.want {
			t.Errorf("%s: field %d: got %q, want %q", tt.id, tt.field, got, tt.want)
		}
	}
}

// TestHeader proves CF-LOG-01 and the names of table CF-LF.
func TestHeader(t *testing.T) {
	version, names, _ := strings.Cut(Header, "\n")
	if version != "#Version: 1.0" {
		t.Errorf("first line: got %q, want %q", version, "#Version: 1.0")
	}
	list := strings.Fields(strings.TrimPrefix(names, "#Fields:"))
	if len(list) != NumFields {
		t.Errorf("names: got %d, want %d", len(list), NumFields)
	}
	for at, want := range map[int]string{1: "date", 7: "cs(Host)", 13: "cs(Cookie)", 23: "x-edge-response-result-type", 29: "x-edge-detailed-result-type", 33: "sc-range-end"} {
		if list[at-1] != want {
			t.Errorf("name %d: got %q, want %q", at, list[at-1], want)
		}
	}
}

// FuzzAppend proves that no text can add a field or a line, and that the
// text can be read back.
func FuzzAppend(f *testing.F) {
	f.Add("/path%20", "q=\t\n", "agent \"x\"", "a=b; c=d")
	f.Add("", "-", "\xff\x00", "%")
	f.Fuzz(func(t *testing.T, path, query, agent, cookie string) {
		r := hit()
		r.Path, r.Query, r.UserAgent, r.Cookie = path, query, agent, cookie
		r.Host, r.Referer, r.ForwardedFor, r.ContentType, r.Method = cookie, path, query, agent, cookie
		line := string(Append(nil, &r))
		e := encoder{texts: new(memory)}
		for _, other := range []Record{r, hit(), browser(), r} {
			if got, want := string(e.append(nil, &other)), string(Append(nil, &other)); got != want {
				t.Errorf("with a memory: got %q, want %q", got, want)
			}
		}
		got := strings.Split(line, "\t")
		if len(got) != NumFields || strings.Count(line, "\n") != 1 || strings.ContainsAny(line, " \r\x00") {
			t.Fatalf("line: got %q with %d fields, want %d fields and one newline", line, len(got), NumFields)
		}
		for at, want := range map[int]string{8: path, 12: query, 11: agent, 13: cookie, 16: cookie, 10: path, 20: query, 30: agent, 6: cookie} {
			text, err := url.PathUnescape(got[at-1])
			if want == "" {
				want = "-"
			}
			if err != nil || text != want {
				t.Errorf("field %d: got %q (%v), want %q", at, text, err, want)
			}
		}
	})
}

// TestAppendTime proves that the text of a second is made anew when the second
// changes, forth or back.
func TestAppendTime(t *testing.T) {
	var e encoder
	at := time.Date(2026, 12, 31, 23, 59, 59, 999e6, time.UTC)
	for _, tt := range []struct {
		at   time.Time
		want string
	}{
		{time.Time{}, "0001-01-01\t00:00:00"},
		{time.Unix(0, 0), "1970-01-01\t00:00:00"},
		{at, "2026-12-31\t23:59:59"},
		{at.Add(-999 * time.Millisecond), "2026-12-31\t23:59:59"},
		{at.Add(time.Millisecond), "2027-01-01\t00:00:00"},
		{at, "2026-12-31\t23:59:59"},
		{time.Date(12345, 1, 2, 3, 4, 5, 0, time.UTC), "12345-01-02\t03:04:05"},
	} {
		if got := string(e.appendTime(nil, tt.at)); got != tt.want {
			t.Errorf("time of %v: got %q, want %q", tt.at, got, tt.want)
		}
	}
}

func TestAppendInt(t *testing.T) {
	check := func(n int64) {
		t.Helper()
		for _, room := range []int{0, 9, 100} {
			if got, want := string(appendInt(make([]byte, 0, room), n)), fmt.Sprintf("\t%d", n); got != want {
				t.Fatalf("number %d: got %q, want %q", n, got, want)
			}
		}
	}
	for digits := int64(1); digits <= 1e12; digits *= 10 {
		for _, n := range []int64{digits - 1, digits, digits + 1, 7 * digits, -digits, math.MaxInt64 - digits, math.MinInt64 + digits} {
			check(n)
		}
	}
	for n := range int64(100_000) {
		check(n)
		check(n * 997)
	}
}

func TestAppendSeconds(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{-1, "\t0.000"}, {0, "\t0.000"}, {999_999, "\t0.000"}, {1e6, "\t0.001"}, {12e6, "\t0.012"}, {999_999_999, "\t0.999"},
		{1e9, "\t1.000"}, {61_234e6, "\t61.234"}, {math.MaxInt64, "\t9223372036.854"}, {math.MinInt64, "\t0.000"},
	} {
		if got := string(appendSeconds(nil, tt.d)); got != tt.want {
			t.Errorf("duration %d ns: got %q, want %q", tt.d, got, tt.want)
		}
	}
}

func TestAppendAllocates(t *testing.T) {
	r, buf := hit(), make([]byte, 0, 2048)
	if got := testing.AllocsPerRun(100, func() { Append(buf, &r) }); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}

// browser is what most lines look like: a hit over TLS, with the fields that a
// browser sends.
func browser() Record {
	r := hit()
	r.Path, r.Query, r.Cookie, r.ForwardedFor, r.HasRange = "/assets/app.3f2c9a.js", "", "", "", false
	r.UserAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	r.RequestID, r.ContentType, r.Status = "Y1dF0rJHk2mV8bQ3sWnT6xL9aZcE5uGiOpKqRtYvXhNwMlBjDfSgUe==", "application/json", 200
	return r
}

func BenchmarkAppend(b *testing.B) {
	for _, bb := range []struct {
		name   string
		record Record
		texts  *memory
	}{
		{"every field", hit(), nil},
		{"browser", browser(), nil},
		{"browser, remembered", browser(), new(memory)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			e, buf := encoder{texts: bb.texts}, make([]byte, 0, 4096)
			b.ReportAllocs()
			for b.Loop() {
				buf = e.append(buf[:0], &bb.record)
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}

func ExampleAppend() {
	line := Append(nil, &Record{
		End:    time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC),
		Method: "GET", Path: "/index.html", Status: 200,
		Result: ResultTypeHit, ResponseResult: ResultTypeHit,
	})
	got := strings.Split(string(line), "\t")
	fmt.Println(len(got), got[5], got[7], got[8], got[13])
	// Output: 33 GET /index.html 200 Hit
}
