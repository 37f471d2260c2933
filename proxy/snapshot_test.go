package proxy

import (
	"strings"
	"testing"
)

func TestDistributionByHost(t *testing.T) {
	any, deep := &Distribution{Name: "any", DomainName: "d1.cloudfront.net", Aliases: []string{"*.example.com"}},
		&Distribution{Name: "deep", DomainName: "d2.cloudfront.net", Aliases: []string{"*.product.example.com", "www.example.com"}}
	s := &Snapshot{Distributions: []*Distribution{any, deep}}
	if err := s.Index(); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, host string
		want       *Distribution
	}{
		{"CF-DIST-02 own name", "d1.cloudfront.net", any},
		{"CF-DIST-03 case, port and dot", "WWW.Example.COM.:8080", deep},
		{"CF-DIST-05 one label", "a.example.com", any},
		{"CF-DIST-05 any depth", "b.a.example.com", any},
		{"CF-DIST-05 not the bare name", "example.com", nil},
		{"CF-DIST-05 not an empty label", ".example.com", nil},
		{"CF-DIST-06 exact beats wildcard", "www.example.com", deep},
		{"CF-DIST-06 longer wildcard", "x.product.example.com", deep},
		{"unknown", "example.org", nil},
		{"loopback is off", "localhost", nil},
		{"empty", "", nil},
		{"IPv6", "[::1]:80", nil},
	}
	for _, c := range cases {
		if got := s.Distribution(c.host); got != c.want {
			t.Errorf("%s: %q: got %v, want %v", c.name, c.host, got, c.want)
		}
	}
}

func TestLoopbackHosts(t *testing.T) {
	one := &Snapshot{LoopbackHosts: true, Distributions: []*Distribution{{Name: "a", DomainName: "d1.cloudfront.net"}}}
	two := &Snapshot{LoopbackHosts: true, Distributions: []*Distribution{
		{Name: "a", DomainName: "d1.cloudfront.net"}, {Name: "b", DomainName: "d2.cloudfront.net"}}}
	for _, s := range []*Snapshot{one, two} {
		if err := s.Index(); err != nil {
			t.Fatal(err)
		}
	}
	for _, host := range []string{"localhost", "localhost:8080", "127.0.0.1:80", "[::1]:8080", "api.localhost"} {
		if one.Distribution(host) == nil {
			t.Errorf("%s: got none, want the only distribution", host)
		}
		if two.Distribution(host) != nil {
			t.Errorf("%s: got one of two distributions, want none", host)
		}
	}
	if one.Distribution("192.0.2.1") != nil {
		t.Error("192.0.2.1 is not loopback")
	}
}

func TestIndexRefusesASharedAlias(t *testing.T) {
	for _, alias := range []string{"www.example.com", "*.example.com"} { // CF-DIST-07
		s := &Snapshot{Distributions: []*Distribution{
			{Name: "a", DomainName: "d1.cloudfront.net", Aliases: []string{alias}},
			{Name: "b", DomainName: "d2.cloudfront.net", Aliases: []string{alias}}}}
		if err := s.Index(); err == nil || !strings.Contains(err.Error(), alias) {
			t.Errorf("%s: got error %v, want one that names it", alias, err)
		}
	}
}

func TestMethodSets(t *testing.T) {
	want := map[MethodSet]string{ // CF-METH-01
		MethodsRead:        "GET HEAD",
		MethodsReadOptions: "GET HEAD OPTIONS",
		MethodsAll:         "GET HEAD OPTIONS PUT POST PATCH DELETE",
	}
	for set, methods := range want {
		for _, m := range []string{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE", "TRACE", "CONNECT", "get", ""} {
			allowed := m != "" && strings.Contains(" "+methods+" ", " "+m+" ")
			if got := set.Allows(m); got != allowed {
				t.Errorf("%s allows %q: got %v, want %v", set, m, got, allowed)
			}
		}
	}
}

func BenchmarkDistributionByHost(b *testing.B) {
	s := &Snapshot{Distributions: []*Distribution{{Name: "a", DomainName: "d1.cloudfront.net", Aliases: []string{"www.example.com", "*.example.com"}}}}
	if err := s.Index(); err != nil {
		b.Fatal(err)
	}
	for _, host := range []string{"www.example.com", "a.b.example.com"} {
		b.Run(host, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if s.Distribution(host) == nil {
					b.Fatal("not found")
				}
			}
		})
	}
}
