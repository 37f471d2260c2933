package group

import (
	"slices"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/origin"
)

func criteria(t *testing.T, named ...int) Criteria {
	t.Helper()
	c, err := NewCriteria(named)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// CF-OG-02: each of nine statuses, and no other, can be a criterion. 405 and
// 301 stand for those that cannot.
func TestCriteria(t *testing.T) {
	for _, status := range Statuses() {
		one := criteria(t, status)
		for _, other := range append(Statuses(), 200, 301, 405, 501) {
			if got, want := one.Names(other), other == status; got != want {
				t.Errorf("criteria %d: Names(%d): got %t, want %t", status, other, got, want)
			}
		}
	}
	for _, status := range []int{0, 200, 301, 405, 501, 599} {
		if _, err := NewCriteria([]int{500, status}); err == nil {
			t.Errorf("NewCriteria(500, %d): got no error", status)
		}
	}
	if got := (Criteria{}).OnStatus(Request{Method: "GET"}, 500); got != FailoverNo {
		t.Errorf("no criteria: got %v", got)
	}
}

// CF-OG-04.
func TestMethods(t *testing.T) {
	c := criteria(t, 503)
	for _, test := range []struct {
		request Request
		want    Failover
	}{
		{Request{Method: "GET"}, FailoverStatus},
		{Request{Method: "HEAD"}, FailoverStatus},
		{Request{Method: "OPTIONS", OptionsCached: true}, FailoverStatus},
		{Request{Method: "OPTIONS"}, FailoverNo},
		{Request{Method: "OPTIONS", OptionsCached: true, Content: true}, FailoverNo},
		{Request{Method: "GET", Content: true}, FailoverNo},
		{Request{Method: "POST"}, FailoverNo},
		{Request{Method: "PUT", OptionsCached: true}, FailoverNo},
		{Request{Method: "PATCH"}, FailoverNo},
		{Request{Method: "DELETE"}, FailoverNo},
		{Request{Method: "get"}, FailoverNo},
	} {
		if got := c.OnStatus(test.request, 503); got != test.want {
			t.Errorf("OnStatus(%+v, 503): got %v, want %v", test.request, got, test.want)
		}
		if got := c.OnError(test.request, origin.ErrorConnect); (got != FailoverNo) != (test.want != FailoverNo) {
			t.Errorf("OnError(%+v, connect): got %v, want as OnStatus: %v", test.request, got, test.want)
		}
	}
}

// CF-OG-03: which of the criteria a failure needs, by its kind.
func TestErrors(t *testing.T) {
	get := Request{Method: "GET"}
	for _, test := range []struct {
		kind  origin.ErrorKind
		needs []int // one of them
		want  Failover
	}{
		{origin.ErrorConnect, []int{503}, FailoverConnect},
		{origin.ErrorConnectTimeout, []int{503}, FailoverConnect},
		{origin.ErrorLimit, []int{503}, FailoverConnect},
		{origin.ErrorDNS, []int{502, 503}, FailoverConnect},
		{origin.ErrorTLS, []int{502, 503}, FailoverConnect},
		{origin.ErrorReadTimeout, []int{504}, FailoverTimeout},
		{origin.ErrorCompletionTimeout, []int{504}, FailoverTimeout},
		{origin.ErrorRead, []int{502}, FailoverBroken},
		{origin.ErrorWrite, []int{502}, FailoverBroken},
		{origin.ErrorHeaderTooBig, []int{502}, FailoverBroken},
		{origin.ErrorInvalidResponse, []int{502}, FailoverBroken},
		{origin.ErrorContentRange, []int{502}, FailoverBroken},
		{origin.ErrorUnknown, []int{502}, FailoverBroken},
		{origin.ErrorCanceled, nil, FailoverNo},
	} {
		for _, status := range Statuses() {
			want := FailoverNo
			if slices.Contains(test.needs, status) {
				want = test.want
			}
			if got := criteria(t, status).OnError(get, test.kind); got != want {
				t.Errorf("criteria %d: OnError(GET, %v): got %v, want %v", status, test.kind, got, want)
			}
		}
	}
}

func TestFailoverNames(t *testing.T) {
	seen := map[string]bool{}
	for f := range failoverCount {
		if name := f.String(); name == "" || seen[name] || strings.Contains(name, "?") {
			t.Errorf("Failover %d: got the name %q", f, name)
		} else {
			seen[name] = true
		}
	}
	if got := failoverCount.String(); got != "Failover(?)" {
		t.Errorf("beyond the last: got %q", got)
	}
}
