package ipset

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func mustParse(t testing.TB, prefixes ...string) Set {
	t.Helper()
	s, err := Parse(prefixes)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestParse proves WF-QUO-02.
func TestParse(t *testing.T) {
	for _, tt := range []struct {
		in   string // separated by spaces
		want string // the same, or a part of the error
	}{
		{"", ""},
		{"192.0.2.44/32", "192.0.2.44/32"},
		{"192.0.2.0/24 10.0.0.0/8 192.0.2.0/24", "10.0.0.0/8 192.0.2.0/24"},
		{"128.0.0.0/1", "128.0.0.0/1"},
		{"2001:DB8:0::/32 2001:db8::1/128", "2001:db8::/32 2001:db8::1/128"},
		{"192.0.2.0/24 2001:db8::/32", `prefix 2, "2001:db8::/32": IPv4 and IPv6 in one set`},
		{"2001:db8::/32 192.0.2.0/24", `prefix 2, "192.0.2.0/24": IPv4 and IPv6 in one set`},
		{"0.0.0.0/0", "a prefix of length 0"},
		{"::/0", "a prefix of length 0"},
		{"192.0.2.1/24", "the address has bits beyond the length"},
		{"2001:db8::1/32", "the address has bits beyond the length"},
		{"::ffff:192.0.2.0/120", "an IPv4 address in IPv6 form"},
		{"192.0.2.1", "not a prefix in CIDR notation"},
		{"192.0.2.0/33", "not a prefix in CIDR notation"},
		{"192.0.2.0/024", "not a prefix in CIDR notation"},
		{"192.0.02.0/24", "not a prefix in CIDR notation"},
		{"192.0.2.0/-1", "not a prefix in CIDR notation"},
		{"fe80::%eth0/64", "not a prefix in CIDR notation"},
		{"example.com/24", "not a prefix in CIDR notation"},
	} {
		s, err := Parse(strings.Fields(tt.in))
		got := strings.Trim(fmt.Sprint(s.Prefixes()), "[]")
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != tt.want || err != nil && !strings.Contains(got, tt.want) {
			t.Errorf("set %q: got %q, want %q", tt.in, got, tt.want)
		}
	}
	if _, err := Parse(slices.Repeat([]string{"192.0.2.0/24"}, MaxPrefixes+1)); !errors.Is(err, ErrTooMany) {
		t.Errorf("10001 prefixes: got %v, want %v", err, ErrTooMany)
	}
}

// TestLookup proves WF-IP-01 and WF-IP-05 with sets that lie within each other.
func TestLookup(t *testing.T) {
	x, err := NewIndex(
		mustParse(t, "10.0.0.0/8"),
		mustParse(t, "10.1.0.0/16", "192.0.2.44/32"),
		mustParse(t, "10.1.2.0/24", "10.0.0.0/8"),
		mustParse(t, "2001:db8::/32"),
		Set{},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		addr string
		want []int
	}{
		{"10.9.9.9", []int{0, 2}},
		{"10.1.9.9", []int{0, 1, 2}},
		{"10.1.2.3", []int{0, 1, 2}},
		{"9.255.255.255", nil},
		{"192.0.2.44", []int{1}},
		{"192.0.2.45", nil},
		{"::ffff:192.0.2.44", []int{1}},
		{"2001:db8::1", []int{3}},
		{"2001:db8::1%eth0", []int{3}},
		{"2001:db9::1", nil},
	} {
		var got []int
		m := x.Lookup(netip.MustParseAddr(tt.addr))
		for i := range MaxSets {
			if m.Has(i) {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("sets of %s: got %v, want %v", tt.addr, got, tt.want)
		}
	}
	if got := x.Lookup(netip.Addr{}); got != 0 {
		t.Errorf("sets of no address: got %b, want none", got)
	}
	if _, err := NewIndex(make([]Set, MaxSets+1)...); !errors.Is(err, ErrTooManySets) {
		t.Errorf("65 sets: got %v, want %v", err, ErrTooManySets)
	}
}

// TestLookupAgainstSearch compares with a search through all prefixes.
func TestLookupAgainstSearch(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	addr := func() netip.Addr { // so few that prefixes often lie within each other
		return netip.AddrFrom4([4]byte{10, byte(random.IntN(4)), byte(random.IntN(4)), byte(random.IntN(256))})
	}
	for range 50 {
		sets := make([]Set, 1+random.IntN(8))
		for i := range sets {
			for range random.IntN(30) {
				sets[i].prefixes = append(sets[i].prefixes, netip.PrefixFrom(addr(), 1+random.IntN(32)).Masked())
			}
		}
		x, err := NewIndex(sets...)
		if err != nil {
			t.Fatal(err)
		}
		for range 200 {
			a := addr()
			for i, s := range sets {
				want := slices.ContainsFunc(s.prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
				if got := x.Lookup(a).Has(i); got != want {
					t.Fatalf("%s in %v: got %v, want %v", a, s.prefixes, got, want)
				}
			}
		}
	}
}

// FuzzParse proves that what is accepted reads back as it prints, and that the
// index has the first and the last address of a prefix and not their
// neighbours.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"192.0.2.0/24", "2001:db8::/33", "128.0.0.0/1", "::/0", "1.2.3.4/32", "::1/128", "ffff::/16", "1.2.3.4/8", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse([]string{text})
		if err != nil {
			return
		}
		p := s.Prefixes()[0]
		again, err := Parse([]string{p.String()})
		if err != nil || again.Prefixes()[0] != p {
			t.Fatalf("prefix %q: got %v again (%v), want %v", text, again, err, p)
		}
		x, err := NewIndex(s)
		if err != nil {
			t.Fatal(err)
		}
		first, last := p.Addr(), lastOf(p)
		for _, tt := range []struct {
			addr netip.Addr
			want bool
		}{{first, true}, {last, true}, {first.Prev(), false}, {last.Next(), false}} {
			if tt.addr.Is4In6() {
				tt.want = false // it is an IPv4 address (WF-IP-05), and p has none
			}
			if got := x.Lookup(tt.addr).Has(0); got != tt.want {
				t.Errorf("%v in %v: got %v, want %v", tt.addr, p, got, tt.want)
			}
		}
	})
}

// lastOf returns the last address of p.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// tenThousand returns an index of MaxPrefixes random prefixes of IPv4 and as
// many of IPv6, and addresses of which about half are in it.
func tenThousand(t testing.TB) (*Index, []netip.Addr) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	var v4, v6 Set
	var addrs []netip.Addr
	for range MaxPrefixes {
		var b [16]byte
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		b[0] = 0x20 | b[0]&1
		a4, a6 := netip.AddrFrom4([4]byte(b[12:])), netip.AddrFrom16(b)
		v4.prefixes = append(v4.prefixes, netip.PrefixFrom(a4, 12+random.IntN(21)).Masked())
		v6.prefixes = append(v6.prefixes, netip.PrefixFrom(a6, 24+random.IntN(105)).Masked())
		addrs = append(addrs, a4, netip.AddrFrom4([4]byte(b[4:])), a6, a6.Next())
	}
	x, err := NewIndex(v4, v6)
	if err != nil {
		t.Fatal(err)
	}
	return x, addrs[:1<<15]
}

func TestLookupAllocates(t *testing.T) {
	x, addrs := tenThousand(t)
	i := 0
	if got := testing.AllocsPerRun(1000, func() { x.Lookup(addrs[i]); i++ }); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}

func BenchmarkLookup(b *testing.B) {
	x, addrs := tenThousand(b)
	v4 := slices.DeleteFunc(slices.Clone(addrs), netip.Addr.Is6)[:1<<13]
	v6 := slices.DeleteFunc(slices.Clone(addrs), netip.Addr.Is4)[:1<<13]
	for _, bb := range []struct {
		name  string
		addrs []netip.Addr
	}{
		{"10000 prefixes/IPv4, many addresses", v4},
		{"10000 prefixes/IPv6, many addresses", v6},
		{"10000 prefixes/IPv4, one address", v4[:1]},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				x.Lookup(bb.addrs[i&(len(bb.addrs)-1)])
				i++
			}
		})
	}
}

func ExampleIndex_Lookup() {
	office, _ := Parse([]string{"192.0.2.0/24"})
	tor, _ := Parse([]string{"198.51.100.0/24", "192.0.2.44/32"})
	x, _ := NewIndex(office, tor)
	m := x.Lookup(netip.MustParseAddr("192.0.2.44"))
	fmt.Println(m.Has(0), m.Has(1))
	// Output: true true
}
