//go:build !race

package proxy

import (
	"net/netip"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/proxy/geo"
	"github.com/groundfront/groundfront/proxy/h1"
	"github.com/groundfront/groundfront/proxy/metrics"
	"github.com/groundfront/groundfront/proxy/respheaders"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/waf"
)

// TestHitAllocations: a hit allocates its fields, its id, its key and whoever
// takes the answer here. The number may only become less.
func TestHitAllocations(t *testing.T) {
	s := benchServer(t)
	r := request("GET http://shop.test/p", "Accept: */*\nUser-Agent: bench\nAccept-Encoding: gzip, br")
	hit := func() { s.Serve(t.Context(), &discard{}, r) }
	hit()
	s.fetcher.Drain(t.Context()) // until it is stored
	if n := testing.AllocsPerRun(200, hit); n > 4 {
		t.Errorf("got %v allocations for a hit, want at most 4", n)
	}
}

// TestPassAllocations: where caching is disabled a request costs what it and
// its answer are made of, two of them the origin's of this test. The number
// may only become less.
func TestPassAllocations(t *testing.T) {
	s := passServer(t, freshness.Policy{}, "no-store")
	r := request("GET http://shop.test/p", "Accept: */*\nUser-Agent: bench\nAccept-Encoding: gzip, br")
	pass := func() { s.Serve(t.Context(), &discard{}, r) }
	if n := testing.AllocsPerRun(200, pass); n > 17 {
		t.Errorf("got %v allocations for a request that passes, want at most 17", n)
	}
}

// TestHitH1Allocations: the short way from the bytes of a request to those of the
// response allocates nothing, with a web ACL and throttles or without.
func TestHitH1Allocations(t *testing.T) {
	for _, test := range []struct {
		in        string
		acl       *waf.ACL
		throttles []Throttle
	}{{plainRequest, nil, nil}, {chattyRequest, nil, nil}, {chattyRequest, newWebACL(t, metrics.New()), nil}, {chattyRequest, nil, generous(t)}} {
		in := test.in
		c := hitEngine(t, test.acl, test.throttles...)
		var scratch h1.Scratch
		requests, now := []byte(in), time.Now()
		hit := func() {
			if used, _ := c.Hits(&scratch, requests, now); used != len(requests) {
				t.Fatal("no hit")
			}
			scratch.Reset()
		}
		hit()
		if n := testing.AllocsPerRun(200, hit); n != 0 {
			t.Errorf("%.30q: got %v allocations for a hit, want 0", in, n)
		}
	}
}

// hitAllocations returns how many a hit costs once there was one.
func hitAllocations(t *testing.T, s *Server, r *viewer.Request) float64 {
	t.Helper()
	var h viewer.Hit
	hit := func() {
		if !s.Hit(&h, r) {
			t.Fatal("no hit")
		}
		h.Done(&h, r, 1700)
	}
	hit()
	return testing.AllocsPerRun(200, hit)
}

// TestHitPolicyAllocations: nor does a hit with a response headers policy of all
// parts, whatever the viewer's origin.
func TestHitPolicyAllocations(t *testing.T) {
	always := everyPart
	always.ServerTiming = &respheaders.ServerTiming{SamplingRate: 1_000_000}
	for i, origin := range []string{"", "Origin: https://a.test", "Origin: http://x.b.test:81", "Origin: https://evil.test"} {
		s := policyServer(t, []respheaders.Policy{everyPart, always}[i%2])
		r := request("GET http://shop.test/p", "Accept: */*\nUser-Agent: bench\nAccept-Encoding: gzip, br\n"+origin)
		r.Marks = viewer.MarksOf(r.Fields)
		if n := hitAllocations(t, s, r); n != 0 {
			t.Errorf("%q: got %v allocations for a hit, want 0", origin, n)
		}
	}
}

// TestHitPlaceAllocations: nor does a hit where viewers are restricted by country,
// and where the key has their country, their city and what they hold: a connection is
// looked up once.
func TestHitPlaceAllocations(t *testing.T) {
	s := benchServer(t)
	b := s.Snapshot().Distributions[0].Behaviors[0]
	key, err := cachekey.New(cachekey.Policy{Headers: []string{"CloudFront-Viewer-Country", "CloudFront-Viewer-City", "CloudFront-Is-Mobile-Viewer"}}, cachekey.Options{Distribution: "d1.cloudfront.net"})
	if err != nil {
		t.Fatal(err)
	}
	b.Key, b.Generated, b.GeneratedKeyed = key, []string{"CloudFront-Viewer-Country", "CloudFront-Viewer-City", "CloudFront-Is-Mobile-Viewer", "CloudFront-Viewer-Address"}, 3
	source := &lookups{country: "DE"}
	s.Snapshot().Geo = geo.Join(source)
	r := request("GET http://shop.test/p", "Accept: */*\nUser-Agent: bench\nAccept-Encoding: gzip, br\nCloudFront-Viewer-City: forged")
	for range 2 { // stored, and learned
		s.Serve(t.Context(), &discard{}, r)
		if err := s.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.Snapshot().Distributions[0].Restriction = geo.NewRestriction(geo.RestrictionAllow, []string{"AT", "DE"})
	r.Peer, r.Received, source.asked = new(viewer.Peer), time.Now(), 0
	if n := hitAllocations(t, s, r); n != 0 || source.asked != 3 {
		t.Errorf("got %v allocations for a hit and %d lookups, want 0 and 3, two of them for details", n, source.asked)
	}
	s.Snapshot().Distributions[0].Restriction = geo.NewRestriction(geo.RestrictionDeny, []string{"DE"})
	if s.Hit(new(viewer.Hit), r) {
		t.Error("a viewer of a country that is refused got a hit")
	}
}

// TestHitBehindProxiesAllocations: nor does a hit for a viewer behind a trusted
// proxy, of a country that is asked for.
func TestHitBehindProxiesAllocations(t *testing.T) {
	s := benchServer(t)
	r := request("GET http://shop.test/p", "Accept: */*\nUser-Agent: bench\nAccept-Encoding: gzip, br\nX-Forwarded-Proto: https\nX-Forwarded-For: 1.1.1.1, 192.0.2.1, 10.2.2.2")
	for range 2 { // stored, and learned
		s.Serve(t.Context(), &discard{}, r)
		if err := s.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.Snapshot().TrustedProxies, s.Snapshot().Geo = trustedTen, geo.Join(&lookups{country: "DE"})
	s.Snapshot().Distributions[0].Restriction = geo.NewRestriction(geo.RestrictionAllow, []string{"DE"})
	r.Peer, r.Received = &viewer.Peer{Remote: netip.MustParseAddrPort("10.0.0.1:4711")}, time.Now()
	var h viewer.Hit
	want := netip.MustParseAddrPort("192.0.2.1:0")
	hit := func() {
		r.Remote = r.Peer.Remote // as an engine does
		if !s.Hit(&h, r) || r.Remote != want {
			t.Fatalf("got %v, want a hit for 192.0.2.1", r.Remote)
		}
		h.Done(&h, r, 1700)
	}
	if n := testing.AllocsPerRun(200, hit); n != 0 {
		t.Errorf("got %v allocations for a hit, want 0", n)
	}
}

// TestHitSignedAllocations: a signature that was verified costs a hit none.
func TestHitSignedAllocations(t *testing.T) {
	for _, form := range []string{signedCanned, signedCustom, signedCookies} {
		r := signedRequest(t, form)
		s := signedServer(t, r)
		if n := hitAllocations(t, s, r); n != 0 {
			t.Errorf("%s: got %v allocations for a hit, want 0", form, n)
		}
	}
}
