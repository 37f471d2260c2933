package geo

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
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

// TestDatabaseDetails: what else a record of a city says, and that it is one of the
// place: what has not its form is left out, and decides nothing.
func TestDatabaseDetails(t *testing.T) {
	in := geotest.In
	records := []geotest.Network{
		in("192.0.2.0/25", "DE", "EU", "BE", 0).With(geotest.City{Name: "Köln", RegionName: "Land", Latitude: 50.9, Longitude: 6.95, MetroCode: 5, PostalCode: "50667", TimeZone: "Europe/Berlin"}),
		in("192.0.2.128/25", "US", "NA", "OR", 64500).With(geotest.City{Name: "Portland", RegionName: "Oregon", Latitude: 45.52, Longitude: -122.68, MetroCode: 820, PostalCode: "97201", TimeZone: "America/Los_Angeles"}),
		in("198.51.100.0/25", "", "EU", "", 64500).With(geotest.City{Name: "Nowhere"}),
		in("198.51.100.128/25", "DE", "EU", "", 0).With(geotest.City{Name: "a\r\nb"}),
		in("203.0.113.0/25", "DE", "EU", "", 0).With(geotest.City{Name: "a", Latitude: 91, Longitude: 1}),
		in("203.0.113.128/25", "DE", "EU", "", 0),
	}
	for _, form := range geotest.Forms {
		d, err := Open(form.Write(records...))
		if err != nil {
			t.Fatalf("%+v: %v", form, err)
		}
		for addr, want := range map[string]Details{
			"192.0.2.1":          {"Köln", "Land", "50.90000", "6.95000", "", "50667", "Europe/Berlin"},
			"::ffff:192.0.2.129": {"Portland", "Oregon", "45.52000", "-122.68000", "820", "97201", "America/Los_Angeles"},
			"198.51.100.1":       {},
			"198.51.100.129":     {},
			"203.0.113.1":        {City: "a"},
			"203.0.113.129":      {},
			"203.0.114.1":        {},
			"2001:db8::1":        {},
		} {
			if got := d.Details(netip.MustParseAddr(addr)); got != want {
				t.Errorf("%+v: %s: got %+v, want %+v", form, addr, got, want)
			}
		}
		if got := d.Details(netip.Addr{}); got != (Details{}) {
			t.Errorf("no address: got %+v", got)
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
		_, err := (*Data)(nil).Read("geo.mmdb", []byte(content))
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
		f.Add(form.Write(networks[2].With(geotest.City{Name: "Portland", Latitude: 45.5, Longitude: -122.7, MetroCode: 820, TimeZone: "America/Los_Angeles"})), []byte{198, 51, 100, 1})
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
			details := d.Details(a)
			if err := details.check(&p); err != nil {
				t.Fatalf("%v: got %+v: %v", a, details, err)
			}
		}
	})
}

// cities are as many networks as a database of cities has of a tenth of the world,
// in so many places.
func cities(places uint32) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	var all []geotest.Network
	for range 300_000 {
		v := random.Uint32()
		n := v % places
		country := string([]byte{'A' + byte(n%4), 'A' + byte(n/4%20)})
		prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8)}), 24)
		all = append(all, geotest.In(prefix.String(), country, "", fmt.Sprint(n%100), 0).With(geotest.City{
			Name: fmt.Sprint("City of ", n), RegionName: fmt.Sprint("Region of ", n%3000), Latitude: float64(n%18000)/100 - 90, Longitude: float64(n%36000)/100 - 180,
			PostalCode: fmt.Sprint(n), TimeZone: "Europe/Somewhere",
		}))
	}
	return geotest.Form{IPVersion: 6, RecordSize: 28}.Write(all...)
}

// BenchmarkDatabase measures a database of 300,000 networks in 100,000 cities: to
// open it, and what it takes beside the file, as it is and with all details kept,
// which takes about as much again as the file; to look up, and to decode details.
func BenchmarkDatabase(b *testing.B) {
	content := cities(100_000)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	d, err := Open(content)
	if err != nil {
		b.Fatal(err)
	}
	without := heap()
	b.Run("open", func(b *testing.B) {
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			_, _ = Open(content)
		}
		b.ReportMetric(float64(len(d.records)), "records")
		b.ReportMetric(float64(without-before)/float64(len(d.records)), "B/record")
	})
	b.Run("keep all details", func(b *testing.B) {
		for b.Loop() {
			before := heap()
			t, of := Table{}, map[uintptr]uint32{}
			for at := range d.records {
				var r detailed
				_ = d.reader.LookupOffset(at).Decode(&r)
				of[at] = t.numberDetails(r.details(d.places.list[d.records[at]]))
			}
			t.done()
			b.ReportMetric(float64(heap()-before)/float64(len(of)), "B/record")
			runtime.KeepAlive(&t)
		}
	})
	random := rand.New(rand.NewPCG(3, 4))
	addr := func() netip.Addr {
		v := random.Uint32()
		return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), 1})
	}
	b.Run("lookup", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d.Lookup(addr())
		}
	})
	known := make([]netip.Addr, 0, 1000)
	for len(known) < cap(known) {
		if a := addr(); d.Lookup(a).Country != "" {
			known = append(known, a)
		}
	}
	b.Run("details", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			d.Details(known[i%len(known)])
		}
	})
}
