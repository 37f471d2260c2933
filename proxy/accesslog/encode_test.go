package accesslog

import (
	"fmt"
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

// TestAppendEscaped proves CF-LOG-03 over all bytes, and CF-LOG-12.
func TestAppendEscaped(t *testing.T) {
	const special = "<>\"#%{}|\\^~[]`' "
	for c := range 256 {
		want := string([]byte{byte(c)})
		if c < 32 || c >= 127 || strings.ContainsRune(special, rune(c)) {
			want = fmt.Sprintf("%%%02X", c)
		}
		if got := string(AppendEscaped(nil, string([]byte{byte(c)}))); got != want {
			t.Errorf("CF-LOG-03: byte %#x: got %q, want %q", c, got, want)
		}
	}
	if got, want := string(AppendEscaped(nil, "();,/=&?:@+$!*-._")), "();,/=&?:@+$!*-._"; got != want {
		t.Errorf("CF-LOG-12: got %q, want %q", got, want)
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

func TestAppendAllocates(t *testing.T) {
	r, buf := hit(), make([]byte, 0, 2048)
	if got := testing.AllocsPerRun(100, func() { Append(buf, &r) }); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}

func BenchmarkAppend(b *testing.B) {
	r, buf := hit(), make([]byte, 0, 2048)
	b.ReportAllocs()
	for b.Loop() {
		buf = Append(buf[:0], &r)
	}
	b.SetBytes(int64(len(buf)))
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
