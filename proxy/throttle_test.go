package proxy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/waf/ratelimit"
)

func throttle(tb testing.TB, key ThrottleKey, tokens ratelimit.Tokens) Throttle {
	tb.Helper()
	buckets, err := ratelimit.NewThrottle(tokens)
	if err != nil {
		tb.Fatal(err)
	}
	return Throttle{Name: "t", Key: key, Field: "X-Api-Key", Tokens: tokens, Buckets: buckets}
}

// TestThrottleKeys: who shares a bucket.
func TestThrottleKeys(t *testing.T) {
	from := func(addr, fields string) *viewer.Request {
		r := request("GET http://shop.test/p", fields)
		r.Remote = netip.AddrPortFrom(netip.MustParseAddr(addr), 40000)
		return r
	}
	for _, test := range []struct {
		key   ThrottleKey
		a, b  *viewer.Request
		share bool
	}{
		{ThrottleKeyAll, from("192.0.2.1", "X-Api-Key: a"), from("192.0.2.2", ""), true},
		{ThrottleKeyAddress, from("192.0.2.1", ""), from("::ffff:192.0.2.1", "X-Api-Key: a"), true},
		{ThrottleKeyAddress, from("192.0.2.1", ""), from("192.0.2.2", ""), false},
		{ThrottleKeyAddress, from("2001:db8::1", ""), from("2001:db8::2", ""), true},
		{ThrottleKeyAddress, from("2001:db8::1", ""), from("2001:db8:0:1::1", ""), false},
		{ThrottleKeyField, from("192.0.2.1", "X-Api-Key: a"), from("192.0.2.2", "x-api-key: a"), true},
		{ThrottleKeyField, from("192.0.2.1", "X-Api-Key: a"), from("192.0.2.1", "X-Api-Key: A"), false},
		{ThrottleKeyField, from("192.0.2.1", "X-Api-Key: a"), from("192.0.2.1", "X-Api-Key: a\nX-Api-Key: b"), false},
		{ThrottleKeyField, from("192.0.2.1", "Other: a"), from("192.0.2.2", ""), true},
		{ThrottleKeyField, from("192.0.2.1", "X-Api-Key: "), from("192.0.2.1", ""), false},
	} {
		th := throttle(t, test.key, ratelimit.Tokens{Rate: 1, Burst: 1})
		if got := th.keyOf(test.a) == th.keyOf(test.b); got != test.share {
			t.Errorf("%v of %v %v and %v %v: got shared %t, want %t", test.key, test.a.Remote, test.a.Fields, test.b.Remote, test.b.Fields, got, test.share)
		}
	}
}

// TestThrottledOnce: each request takes one token, whichever way it goes, and the
// web ACL inspects it once, too.
func TestThrottledOnce(t *testing.T) {
	s := benchServer(t)
	for range 2 { // stored, and learned
		s.Serve(t.Context(), &discard{}, request("GET http://shop.test/p", ""))
		if err := s.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	rules := acted{}
	d := s.Snapshot().Distributions[0]
	d.WebACL = blocking(t, rules, 100)
	d.Behaviors[len(d.Behaviors)-1].Throttles = []Throttle{throttle(t, ThrottleKeyAll, ratelimit.Tokens{Rate: 0.001, Burst: 10})}
	v := newHitViewer(s)
	var got []string
	ask := func(path string) { got = append(got, v.ask(t, path)) }
	for i := range 5 {
		ask("/p")
		ask(fmt.Sprint("/miss/", i))
	}
	ask("/p")      // Hit finds it throttled
	ask("/miss/5") // the stages do
	if want := append(slices.Repeat([]string{"hit", "200"}, 5), "429", "429"); !slices.Equal(got, want) {
		t.Errorf("answers: got %s, want %s", strings.Join(got, " "), strings.Join(want, " "))
	}
	if got, want := fmt.Sprint(rules), fmt.Sprint(acted{"seen count": 12, "Default_Action allow": 12}); got != want {
		t.Errorf("rules: got %s, want %s", got, want)
	}
}

func TestThrottleNames(t *testing.T) {
	for k := range ThrottleKeyField + 1 {
		if k.String() == "ThrottleKey(?)" {
			t.Errorf("key %d has no name", k)
		}
	}
	for d, want := range map[time.Duration]string{time.Nanosecond: "1", time.Second: "1", time.Second + 1: "2", time.Hour: "3600"} {
		if got := seconds(d); got != want {
			t.Errorf("seconds of %v: got %s, want %s", d, got, want)
		}
	}
}

// generous returns a throttle by each kind of key, all of which let everything
// pass.
func generous(tb testing.TB) []Throttle {
	all := ratelimit.Tokens{Rate: 1_000_000, Burst: 1_000_000}
	return []Throttle{throttle(tb, ThrottleKeyAll, all), throttle(tb, ThrottleKeyAddress, all), throttle(tb, ThrottleKeyField, all)}
}

func BenchmarkTakeTokens(b *testing.B) {
	throttles, r := generous(b), request("GET http://shop.test/p", "Accept: */*\nX-Api-Key: abcdefghijklmnopqrst")
	r.Remote, r.Received = netip.MustParseAddrPort("198.51.100.10:40001"), time.Now()
	for i := range throttles {
		b.Run(throttles[i].Key.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				take(throttles[i:i+1], r)
			}
		})
	}
}
