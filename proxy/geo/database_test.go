package geo

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/proxy/geo/geotest"
)

var networks = []geotest.Network{
	geotest.In("192.0.2.0/24", "DE", "EU", "BE", 0),
	geotest.In("192.0.2.128/25", "AT", "EU", "9", 0),
	geotest.In("198.51.100.0/24", "US", "NA", "OR", 64500),
	geotest.In("203.0.113.0/25", "", "", "", 4294967295),
	geotest.In("203.0.113.128/25", "", "AS", "", 0),
	geotest.In("10.0.0.0/8", "DE", "EU", "BE", 0),
	{Prefix: netip.MustParsePrefix("172.16.0.0/12"), Record: map[string]any{"country": map[string]any{}, "subdivisions": []any{map[string]any{"iso_code": "OR"}}}},
}

// TestDatabase: all forms of a database say the same.
func TestDatabase(t *testing.T) {
	for _, form := range geotest.Forms {
		written, six := networks, Place{}
		if form.IPVersion == 6 {
			written, six = append(written[:len(written):len(written)], geotest.In("2001:db8::/32", "JP", "AS", "13", 0)), Place{"JP", "AS", "13", 0}
		}
		d, err := Open(form.Write(written...))
		if err != nil {
			t.Fatalf("%+v: %v", form, err)
		}
		for addr, want := range map[string]Place{
			"192.0.2.127":           {"DE", "EU", "BE", 0},
			"192.0.2.128":           {"AT", "EU", "9", 0}, // the longest prefix
			"::ffff:192.0.2.129":    {"AT", "EU", "9", 0},
			"10.1.2.3":              {"DE", "EU", "BE", 0},
			"198.51.100.255":        {"US", "NA", "OR", 64500},
			"203.0.113.1":           {ASN: 4294967295},
			"203.0.113.129":         {Continent: "AS"},
			"172.16.0.1":            {}, // a region is one of a country
			"198.51.101.0":          {},
			"2001:db8:ffff::1%eth0": six,
			"2001:db9::":            {},
		} {
			if got := d.Lookup(netip.MustParseAddr(addr)); got != want {
				t.Errorf("%+v: %s: got %v, want %v", form, addr, got, want)
			}
		}
		if got := d.Lookup(netip.Addr{}); got != (Place{}) {
			t.Errorf("no address: got %v", got)
		}
		if !d.HasContinents() {
			t.Errorf("%+v: no continents", form)
		}
	}
}

// TestOpenErrors: what is no such database, or says what is not understood.
func TestOpenErrors(t *testing.T) {
	form := geotest.Forms[1]
	whole := form.Write(networks...)
	prefix := netip.MustParsePrefix("192.0.2.0/24")
	for content, want := range map[string]string{
		"192.0.2.0/24,DE\n":          "invalid MaxMind DB file",
		string(whole[:len(whole)/2]): "invalid MaxMind DB file",
		string(whole[100:]):          "record at ", // the tree is shorter than it says
		string(form.Write()):         ErrNoPlaces.Error(),
		string(form.Write(geotest.Network{Prefix: prefix, Record: map[string]any{"is_anonymous": uint32(1)}})): ErrNoPlaces.Error(),
		string(form.Write(geotest.Network{Prefix: prefix, Record: map[string]any{"country": "DE"}})):           "country",
		string(form.Write(geotest.In("192.0.2.0/24", "de", "", "", 0))):                                        ErrCountry.Error(),
		string(form.Write(geotest.In("192.0.2.0/24", "DE", "Europe", "", 0))):                                  ErrContinent.Error(),
		string(form.Write(geotest.In("192.0.2.0/24", "DE", "EU", "Berlin", 0))):                                ErrRegion.Error(),
		strings.Replace(string(whole), "iso_code", "\xffso_code", 1):                                           "",
	} {
		_, err := Read("geo.mmdb", []byte(content))
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), "geo.mmdb: ") || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.40q: got %v, want %q", content, err, want)
		}
	}
	if _, err := Open(make([]byte, MaxDatabaseSize+1)); !errors.Is(err, ErrDatabaseTooLarge) {
		t.Errorf("a file of more than 512 MiB: got %v", err)
	}
}

func TestLookupAllocates(t *testing.T) {
	table, err := Parse("geo.csv", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	database, err := Open(geotest.Forms[1].Write(networks...))
	if err != nil {
		t.Fatal(err)
	}
	data, addr := Join(database, table), netip.MustParseAddr("203.0.113.1")
	if got := testing.AllocsPerRun(1000, func() { data.Lookup(addr) }); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}

// FuzzOpen: whatever a file has, looking up ends, and what it says has its form.
func FuzzOpen(f *testing.F) {
	for _, form := range geotest.Forms {
		f.Add(form.Write(networks...), []byte{192, 0, 2, 1})
		f.Add(form.Write(networks[:1]...), []byte{})
	}
	f.Add(geotest.Forms[1].Write(geotest.In("2001:db8::/32", "JP", "AS", "13", 1)), []byte{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, content, addr []byte) {
		d, err := Open(content)
		if err != nil {
			return
		}
		a, _ := netip.AddrFromSlice(addr)
		for _, a := range []netip.Addr{a, netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("255.255.255.255")} {
			p := d.Lookup(a)
			if err := p.check(); err != nil {
				t.Fatalf("%v: got %+v: %v", a, p, err)
			}
		}
	})
}

// BenchmarkDatabase has as many networks and places as a table of cities of a
// tenth of the world.
func BenchmarkDatabase(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	var all []geotest.Network
	for range 300_000 {
		v := random.Uint32()
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8)}), 24)
		region := fmt.Sprint(random.IntN(100))
		all = append(all, geotest.Network{Prefix: p, Record: map[string]any{
			"country":      map[string]any{"iso_code": string([]byte{'A' + byte(v%4), 'A' + byte(v>>8%26)}), "names": map[string]any{"en": "x"}},
			"subdivisions": []any{map[string]any{"iso_code": region}}, "location": map[string]any{"id": v % 30_000},
		}})
	}
	content := geotest.Form{IPVersion: 6, RecordSize: 28}.Write(all...)
	d, err := Open(content)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("open", func(b *testing.B) {
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			_, _ = Open(content)
		}
		b.ReportMetric(float64(len(d.records)), "records")
	})
	b.Run("lookup", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v := random.Uint32()
			d.Lookup(netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), 1}))
		}
	})
}
