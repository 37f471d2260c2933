package proxy

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/respheaders"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestHitOrigin: a stored response goes out as it is stored to viewers of any
// origin, with what the policy says to that, whoever has asked first (CF-CORS-06,
// CF-CORS-07, CF-CORS-09, CF-CORS-20).
func TestHitOrigin(t *testing.T) {
	list := []string{"https://a.test", "*.b.test", "https://c.test:*"}
	origins := []string{"", "https://a.test", "https://x.b.test:81", "https://c.test:1", "https://c.test", "https://evil.test", "null"}
	for _, tt := range []struct {
		name   string
		cors   respheaders.CORS
		also   respheaders.Policy
		stored string // fields of the origin server
		want   string // what a.test gets of CORS and Vary
		long   bool   // only the stages can answer origins
	}{
		{name: "any", cors: respheaders.CORS{AllowOrigins: []string{"*"}, ExposeHeaders: []string{"X-A"}},
			want: "Access-Control-Allow-Origin: *\nAccess-Control-Expose-Headers: X-A"},
		{name: "any, and a field of the origin server's", cors: respheaders.CORS{AllowOrigins: []string{"*"}}, stored: "Access-Control-Max-Age: 5",
			want: "Access-Control-Max-Age: 5"},
		{name: "any, override", cors: respheaders.CORS{AllowOrigins: []string{"*"}, OriginOverride: true}, stored: "Access-Control-Allow-Origin: https://other.test\nX-A: 1",
			want: "Access-Control-Allow-Origin: *"},
		{name: "any, override by what is there", cors: respheaders.CORS{AllowOrigins: []string{"*"}, OriginOverride: true}, stored: "Access-Control-Allow-Origin: *\nX-A: 1",
			want: "Access-Control-Allow-Origin: *"},
		{name: "list", cors: respheaders.CORS{AllowOrigins: list, AllowCredentials: true},
			want: "Access-Control-Allow-Origin: https://a.test\nVary: Origin\nAccess-Control-Allow-Credentials: true"},
		{name: "list, and Vary", cors: respheaders.CORS{AllowOrigins: list}, stored: "Vary: Accept-Encoding\nX-A: 1",
			want: "Vary: Accept-Encoding\nAccess-Control-Allow-Origin: https://a.test\nVary: Origin"},
		{name: "list, and Vary with Origin", cors: respheaders.CORS{AllowOrigins: list}, stored: "Vary: Accept, Origin\nX-A: 1",
			want: "Vary: Accept, Origin\nAccess-Control-Allow-Origin: https://a.test"},
		{name: "list, and a field of the origin server's", cors: respheaders.CORS{AllowOrigins: list}, stored: "Access-Control-Allow-Origin: https://a.test",
			want: "Access-Control-Allow-Origin: https://a.test"},
		{name: "list, override", cors: respheaders.CORS{AllowOrigins: list, OriginOverride: true}, stored: "Access-Control-Allow-Origin: https://a.test\nX-A: 1",
			want: "Access-Control-Allow-Origin: https://a.test\nVary: Origin"},
		{name: "list, override of all", cors: respheaders.CORS{AllowOrigins: list, AllowCredentials: true, OriginOverride: true},
			stored: "access-control-allow-origin: *\nAccess-Control-Allow-Credentials: true\nX-A: 1\nAccess-Control-Allow-Methods: GET",
			want:   "Access-Control-Allow-Credentials: true\nAccess-Control-Allow-Methods: GET\nAccess-Control-Allow-Origin: https://a.test\nVary: Origin"},
		{name: "nobody", want: "Vary: Origin"},
		{name: "with all parts", cors: respheaders.CORS{AllowOrigins: list}, stored: "Server: api\nX-A: 1\nAccess-Control-Allow-Origin: *",
			also: respheaders.Policy{Remove: []string{"Server", "Access-Control-Allow-Origin"}, Custom: []respheaders.Header{{Name: "X-A", Value: "2", Override: true}},
				ServerTiming: &respheaders.ServerTiming{}},
			want: "Access-Control-Allow-Origin: https://a.test\nVary: Origin"},
		{name: "custom field of CORS", cors: respheaders.CORS{AllowOrigins: list}, also: respheaders.Policy{Custom: []respheaders.Header{{Name: "Access-Control-Allow-Origin", Value: "https://a.test", Override: true}}},
			want: "Access-Control-Allow-Origin: https://a.test\nVary: Origin", long: true},
	} {
		for _, first := range origins {
			t.Run(tt.name+" "+first, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					policy := tt.also
					policy.CORS = &tt.cors
					e := newEdge(t, ok("Cache-Control: max-age=60\n"+tt.stored, "hello"), func(s *Snapshot) {
						s.Distributions[0].Behaviors[0].ResponseHeaders = rewriter(t, policy)
						s.Distributions[0].Behaviors[0].RequestPolicy = allViewer(t)
					})
					const url = "GET http://shop.test/p"
					asking := func(origin string) string {
						if origin == "" {
							return ""
						}
						return "Origin: " + origin
					}
					e.ask(url, asking(first))
					e.ask(url, asking(first))
					for _, from := range origins {
						if got, want := e.hit(url, asking(from)), from == "" || !tt.long; got != want {
							t.Errorf("from %q: got %v for a hit, want %v", from, got, want)
						}
					}
					var got []string
					for _, l := range e.ask(url, "Origin: https://a.test").fields {
						if l.Name == "Vary" || strings.HasPrefix(strings.ToLower(l.Name), "access-control-") {
							got = append(got, l.Name+": "+l.Value)
						}
					}
					if got := strings.Join(got, "\n"); got != tt.want {
						t.Errorf("got\n%s\nwant\n%s", got, tt.want)
					}
				})
			})
		}
	}
}

// TestHitOriginIsItsOwn: an engine uses one Hit for request after request, and a
// behavior has tails for response after response: no viewer gets the origin of
// another, nor that of a response that has fields of CORS already.
func TestHitOriginIsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		policy := respheaders.Policy{
			CORS:    &respheaders.CORS{AllowOrigins: []string{"*.test"}},
			Choices: respheaders.Choices{Vary: respheaders.VaryOmitted}, // the tails differ in nothing else
		}
		e := newEdge(t, func(r *origin.Request) (*origin.Response, error) {
			fields := "Cache-Control: max-age=60"
			if r.Target == "/has" {
				fields += "\nAccess-Control-Max-Age: 5"
			}
			return response(200, fields, "hello"), nil
		}, func(s *Snapshot) { s.Distributions[0].Behaviors[0].ResponseHeaders = rewriter(t, policy) })
		for range 2 {
			e.ask("GET http://shop.test/has", "")
			e.ask("GET http://shop.test/none", "")
		}
		var h viewer.Hit
		for _, ask := range []struct{ path, origin, want string }{
			{"none", "https://a.test", "https://a.test"}, {"none", "", ""}, {"none", "https://b.test", "https://b.test"},
			{"has", "https://a.test", ""}, {"none", "https://b.test", "https://b.test"}, {"none", "https://evil.example", ""},
		} {
			r := request("GET http://shop.test/"+ask.path, "")
			if ask.origin != "" {
				r.Fields.Add("Origin", ask.origin)
			}
			r.Marks = viewer.MarksOf(r.Fields)
			switch {
			case !e.server.Hit(&h, r):
				t.Fatalf("%+v: got no hit", ask)
			case h.AllowOrigin != ask.want:
				t.Errorf("%+v: got %q", ask, h.AllowOrigin)
			}
			if err := e.server.CheckHit(&h, r); err != nil {
				t.Error(err)
			}
			h.Done(&h, r, 100)
		}
	})
}

// FuzzHitOrigin: whatever a policy says of origins and whatever is stored, a hit is
// what the stages make.
func FuzzHitOrigin(f *testing.F) {
	f.Add(uint16(0x0ff), uint16(0x01), uint8(3), uint8(1))
	f.Add(uint16(0x1f3), uint16(0x1ff), uint8(1), uint8(0))
	f.Fuzz(func(t *testing.T, policyBits, storedBits uint16, first, second uint8) {
		synctest.Test(t, func(t *testing.T) {
			pick := func(bits uint16, all ...string) (some []string) {
				for i, s := range all {
					if bits>>i&1 == 1 {
						some = append(some, s)
					}
				}
				return some
			}
			policy := respheaders.Policy{
				CORS: &respheaders.CORS{
					AllowOrigins:     pick(policyBits, "https://a.test", "*.b.test", "http://c.test:*", "*"),
					ExposeHeaders:    pick(policyBits>>4, "X-A"),
					AllowCredentials: policyBits>>5&1 == 1, OriginOverride: policyBits>>6&1 == 1,
				},
				Remove: pick(policyBits>>7, "Server", "Vary", "Access-Control-Allow-Origin"),
			}
			for _, name := range pick(policyBits>>10, "X-A", "Vary", "Access-Control-Allow-Origin") {
				policy.Custom = append(policy.Custom, respheaders.Header{Name: name, Value: "https://a.test", Override: policyBits>>13&1 == 1})
			}
			stored := pick(storedBits, "Server: api", "Vary: Accept-Encoding", "Access-Control-Allow-Origin: *", "X-A: 1", "Access-Control-Allow-Credentials: true",
				"Vary: Origin", "access-control-allow-origin: https://a.test", "Access-Control-Expose-Headers: X-A", "X-A: https://a.test", "X-Amz-Id-2: 1",
				"Age: 3", "Via: 1.1 x", "X-Amz-Cf-Pop: GND1-P1")
			e := newEdge(t, ok("Cache-Control: max-age=60\n"+strings.Join(stored, "\n"), "hello"), func(s *Snapshot) {
				s.Distributions[0].Behaviors[0].ResponseHeaders = rewriter(t, policy)
				s.Distributions[0].Behaviors[0].RequestPolicy = allViewer(t)
			})
			asking := []string{"", "Origin: https://a.test", "Origin: http://x.b.test", "Origin: http://c.test:8", "Origin: http://c.test", "Origin: null", "Origin: *"}
			const url = "GET http://shop.test/p"
			e.ask(url, asking[int(first)%len(asking)])
			e.ask(url, asking[int(second)%len(asking)])
			for _, fields := range asking {
				e.hit(url, fields) // compares
			}
			if t.Failed() {
				t.Logf("policy %+v, CORS %+v, stored %q", policy, *policy.CORS, stored)
			}
		})
	})
}
