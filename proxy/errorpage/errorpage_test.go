package errorpage

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

const requestID = "0123456789012345678901234567890123456789012345678901_w=="

// TestAppend compares with the observed page byte for byte.
func TestAppend(t *testing.T) {
	want, err := os.ReadFile("testdata/403.html")
	if err != nil {
		t.Fatal(err)
	}
	got := Append(nil, 403, ExplanationBadRequest, requestID)
	if string(got) != string(want) {
		t.Errorf("CF-ERR-20: got\n%s\nwant\n%s", got, want)
	}
	if len(got) != 915 {
		t.Errorf("TV-BYTE-02: got %d bytes, want 915", len(got))
	}
}

// TestExplanations proves CF-ERR-21: the number and the sentence are the only
// differences, and every explanation has a name and a sentence of its own.
func TestExplanations(t *testing.T) {
	seen := map[string]bool{}
	for e := range numExplanations {
		if e.String() == "" || e.Sentence() == "" || seen[e.String()] || seen[e.Sentence()] {
			t.Errorf("explanation %d: got %q, %q, want a name and a sentence of its own", e, e, e.Sentence())
		}
		seen[e.String()], seen[e.Sentence()] = true, true
		page := string(Append(nil, 502, e, requestID))
		if !strings.Contains(page, "<H1>502 ERROR</H1>\n") {
			t.Errorf("explanation %v: got %q, want the status in H1", e, page)
		}
		if !strings.Contains(page, "<HR noshade size=\"1px\">\n"+e.Sentence()+"\nWe can't connect") {
			t.Errorf("explanation %v: got %q, want the sentence after the rule", e, page)
		}
	}
	if got := numExplanations.Sentence(); got != "Bad request." {
		t.Errorf("sentence of an unknown explanation: got %q, want %q", got, "Bad request.")
	}
	if got, want := numExplanations.String(), "explanation(9)"; got != want {
		t.Errorf("name of an unknown explanation: got %q, want %q", got, want)
	}
}

func TestAppendAllocates(t *testing.T) {
	buf := make([]byte, 0, 1024)
	if got := testing.AllocsPerRun(100, func() { Append(buf, 504, ExplanationOriginConnect, requestID) }); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}

// TestRedirect proves CF-VPP-07 and TV-BYTE-01.
func TestRedirect(t *testing.T) {
	for _, tt := range []struct {
		status, length int
		title          string
	}{
		{301, 167, "301 Moved Permanently"},
		{307, 169, "307 Temporary Redirect"},
		{308, 167, "301 Moved Permanently"},
	} {
		got := Redirect(tt.status)
		want := strings.Join([]string{
			"<html>", "<head><title>" + tt.title + "</title></head>", "<body>",
			"<center><h1>" + tt.title + "</h1></center>", "<hr><center>CloudFront</center>", "</body>", "</html>", "",
		}, "\r\n")
		if got != want || len(got) != tt.length {
			t.Errorf("Redirect(%d): got %d bytes %q, want %d bytes %q", tt.status, len(got), got, tt.length, want)
		}
	}
}

func TestNewErrors(t *testing.T) {
	for _, tt := range []struct {
		id   string
		in   []Rule
		want string // "" for none
	}{
		{"CF-CER-01", []Rule{{Status: 404, PagePath: "/404.html", ResponseCode: 404}, {Status: 403, CachingMinTTL: time.Hour}}, ""},
		{"CF-CER-01", []Rule{{Status: 404, PagePath: "/x"}}, "come together"},
		{"CF-CER-01", []Rule{{Status: 404, ResponseCode: 200}}, "come together"},
		{"CF-CER-02", []Rule{{Status: 404, PagePath: "/x", ResponseCode: 200}}, ""},
		{"CF-CER-02", []Rule{{Status: 404, PagePath: "/x", ResponseCode: 201}}, "response code 201"},
		{"CF-CER-02", []Rule{{Status: 404, PagePath: "/x", ResponseCode: 410}}, "response code 410"},
		{"CF-CER-03", []Rule{{Status: 404}, {Status: 403}, {Status: 404}}, "two rules for status 404"},
		{"CF-CER-04", []Rule{{Status: 404, PagePath: "x", ResponseCode: 404}}, "slash"},
		{"CF-CER-13", []Rule{{Status: 401}}, "401"},
		{"CF-CER-13", []Rule{{Status: 412}}, "412"},
		{"CF-CER-13", []Rule{{Status: 429}}, "429"},
		{"TTL", []Rule{{Status: 500, CachingMinTTL: -1}}, "negative"},
	} {
		_, err := New(tt.in)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: New(%v): got error %v, want none", tt.id, tt.in, err)
			}
			continue
		}
		if !errors.Is(err, ErrRule) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: New(%v): got %v, want ErrRule with %q", tt.id, tt.in, err, tt.want)
		}
	}
}

// TestPage proves CF-CER-05 and CF-CER-06.
func TestPage(t *testing.T) {
	page := Rule{Status: 403, PagePath: "/index.html", ResponseCode: 200}
	rules, err := New([]Rule{{Status: 500, CachingMinTTL: time.Minute}, page})
	if err != nil {
		t.Fatal(err)
	}
	for c, want := range map[Cause]bool{
		CauseOrigin: true, CauseUnreachable: true, CauseGeo: true, CauseFirewall: true, CauseSignature: true,
		CauseMethod: true, CauseProtocol: true,
		CauseHost: false, CauseUnsafe: false, CauseCapacity: false, CauseGRPC: false,
	} {
		got, found := rules.Page(403, c)
		if found != want || found && got != page {
			t.Errorf("Page(403, %v): got %v, %v, want found %v", c, got, found, want)
		}
	}
	for _, status := range []int{404, 500, 200} {
		if got, found := rules.Page(status, CauseOrigin); found {
			t.Errorf("Page(%d): got %v, want none", status, got)
		}
	}
	if _, found := (*Rules)(nil).Page(403, CauseOrigin); found {
		t.Error("Page of nil rules: got one, want none")
	}
}

func TestCauseNames(t *testing.T) {
	for c := range numCauses {
		if c.String() == "" {
			t.Errorf("cause %d: got no name, want one", c)
		}
	}
	if got, want := numCauses.String(), "cause(12)"; got != want {
		t.Errorf("name of an unknown cause: got %q, want %q", got, want)
	}
}

// TestCachingMinTTL proves CF-ECT-01 and CF-CER-01.
func TestCachingMinTTL(t *testing.T) {
	rules, err := New([]Rule{{Status: 500, CachingMinTTL: time.Minute}, {Status: 404}})
	if err != nil {
		t.Fatal(err)
	}
	for status, want := range map[int]time.Duration{500: time.Minute, 404: 0, 502: 10 * time.Second, 429: 10 * time.Second} {
		if got := rules.CachingMinTTL(status); got != want {
			t.Errorf("CachingMinTTL(%d): got %v, want %v", status, got, want)
		}
	}
	if got := (*Rules)(nil).CachingMinTTL(500); got != DefaultCachingMinTTL {
		t.Errorf("CachingMinTTL of nil rules: got %v, want %v", got, DefaultCachingMinTTL)
	}
}

// TestClosesConnection proves CF-CER-10.
func TestClosesConnection(t *testing.T) {
	for _, status := range customizable {
		want := strings.Contains("400 405 414 416 500 501", fmt.Sprint(status))
		if got := (Rule{Status: status}).ClosesConnection(); got != want {
			t.Errorf("ClosesConnection for %d: got %v, want %v", status, got, want)
		}
	}
}

func ExampleAppend() {
	page := Append(nil, 403, ExplanationGeo, "example-id")
	fmt.Println(strings.Split(string(page), "\n")[7])
	// Output:
	// The Amazon CloudFront distribution is configured to block access from your country.
}

// TestXML has the answer of CF-SIG-55 byte for byte.
func TestXML(t *testing.T) {
	const want = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`
	if got := XML("AccessDenied", "Access Denied"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
