package geo

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"
)

const file = `# prefixes of documentation
192.0.2.0/24,DE,EU
192.0.2.128/25 , AT , EU

198.51.100.0/24,US
203.0.113.0/26,US,NA,OR,64500
203.0.113.64/26,GB,,ENG
203.0.113.128/26,,,,4294967295
2001:db8::/32,JP,AS` + "\r\n2001:db8:1::/48,KR,AS\r\n"

func TestLookup(t *testing.T) {
	table, err := Parse("geo.csv", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]Place{
		"192.0.2.1":          {Country: "DE", Continent: "EU"},
		"192.0.2.128":        {Country: "AT", Continent: "EU"}, // the longest prefix
		"::ffff:192.0.2.129": {Country: "AT", Continent: "EU"},
		"198.51.100.255":     {Country: "US"},
		"2001:db8::1%eth0":   {Country: "JP", Continent: "AS"},
		"2001:db8:1::":       {Country: "KR", Continent: "AS"},
		"203.0.113.1":        {Country: "US", Continent: "NA", Region: "OR", ASN: 64500},
		"203.0.113.64":       {Country: "GB", Region: "ENG"},
		"203.0.113.128":      {ASN: 4294967295},
		"198.51.101.0":       {},
		"2001:db9::":         {},
	} {
		if got := table.Lookup(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: got %v, want %v", addr, got, want)
		}
	}
	if got := table.Lookup(netip.Addr{}); got != (Place{}) {
		t.Errorf("no address: got %v", got)
	}
	if got := len(table.places.list); got != 8 {
		t.Errorf("places: got %d, want each once", got)
	}
}

// What is wrong is named by its line.
func TestParseErrors(t *testing.T) {
	for content, want := range map[string]error{
		"192.0.2.0/24":                           ErrCells,
		"192.0.2.0/24,DE,,,,a,b,1,1,,c,Z/z,x":    ErrCells,
		`192.0.2.0/24,DE,,,,"a`:                  ErrQuotes,
		`192.0.2.0/24,DE,,,,a"b"`:                ErrQuotes,
		"192.0.2.0/24,DE,,,,,,52":                ErrCoordinate,
		"192.0.2.0/24,DE,,,,,,,13":               ErrCoordinate,
		"192.0.2.0/24,DE,,,,,,90.1,13":           ErrCoordinate,
		"192.0.2.0/24,DE,,,,,,52,-180.1":         ErrCoordinate,
		"192.0.2.0/24,DE,,,,,,NaN,13":            ErrCoordinate,
		"192.0.2.0/24,DE,,,,,,north,east":        ErrCoordinate,
		"192.0.2.0/24,DE,,,,,,,,511":             ErrMetroPlace,
		"192.0.2.0/24,US,,,,,,,,x":               ErrMetroCode,
		"192.0.2.0/24,US,,,,,,,,1000":            ErrMetroCode,
		"192.0.2.0/24,DE,,,,,,,,,,Berlin time":   ErrTimeZone,
		"192.0.2.0/24,DE,,,,,,,,,,europe/Berlin": ErrTimeZone,
		"192.0.2.0/24,DE,,,,a\x01b":              ErrDetail,
		"192.0.2.0/24,DE,,,,\xff":                ErrDetail,
		"192.0.2.0/24,,,,64500,Berlin":           ErrNowhereIn,
		"192.0.2.0/24;DE":                        ErrCells,
		"192.0.2.0/24,":                          ErrCells,
		"192.0.2.0/24,DE,":                       ErrCells,
		"192.0.2.0/24,,,":                        ErrCells,
		"network,DE":                             ErrPrefix,
		"192.0.2.1,DE":                           ErrPrefix,
		"192.0.2.0/33,DE":                        ErrPrefix,
		"192.0.2.1/24,DE":                        ErrHostBits,
		"::ffff:192.0.2.0/120,DE":                ErrMapped,
		"192.0.2.0/24,de":                        ErrCountry,
		"192.0.2.0/24,DEU":                       ErrCountry,
		"192.0.2.0/24,UK":                        ErrCountry,
		"192.0.2.0/24,EU":                        ErrCountry,
		"192.0.2.0/24,DE,XX":                     ErrContinent,
		"192.0.2.0/24,DE,,be":                    ErrRegion,
		"192.0.2.0/24,DE,,Berlin":                ErrRegion,
		"192.0.2.0/24,DE,,B-E":                   ErrRegion,
		"192.0.2.0/24,,,BE":                      ErrNowhere,
		"192.0.2.0/24,DE,,,0":                    ErrASN,
		"192.0.2.0/24,DE,,,AS1":                  ErrASN,
		"192.0.2.0/24,DE,,,4294967296":           ErrASN,
		"198.51.100.0/24,US\n198.51.100.0/24,DE": ErrTwice,
	} {
		line := 2 + strings.Count(content, "\n")
		_, err := Parse("geo.csv", []byte("# all\n"+content+"\n203.0.113.0/24,DE\n"))
		if !errors.Is(err, want) || !strings.HasPrefix(fmt.Sprint(err), fmt.Sprintf("geo.csv:%d: ", line)) {
			t.Errorf("%q: got %v, want line %d: %v", content, err, line, want)
		}
	}
	if _, err := Parse("geo.csv", make([]byte, MaxTableSize+1)); !errors.Is(err, ErrTableTooLarge) {
		t.Errorf("a file of more than 64 MiB: got %v", err)
	}
}

// TestDetails: what else a line says, in the forms in which CloudFront has it.
func TestDetails(t *testing.T) {
	table, err := Parse("geo.csv", []byte(`192.0.2.0/24,DE,EU,BE,64500,Berlin,Land Berlin,52.52,13.40501,,10115,Europe/Berlin
198.51.100.0/25,US,,DC,,"Washington, D.C.",,38.9,-77.04,511,20001,America/New_York
198.51.100.128/25,US,,OR
203.0.113.0/25,BR,,,, São Paulo , ,-0.000001,-180
203.0.113.128/25,,,,64500
`))
	if err != nil {
		t.Fatal(err)
	}
	all := Join(table)
	for addr, want := range map[string]Details{
		"192.0.2.1":        {"Berlin", "Land Berlin", "52.52000", "13.40501", "", "10115", "Europe/Berlin"},
		"::ffff:192.0.2.1": {"Berlin", "Land Berlin", "52.52000", "13.40501", "", "10115", "Europe/Berlin"},
		"198.51.100.1":     {"Washington, D.C.", "", "38.90000", "-77.04000", "511", "20001", "America/New_York"},
		"198.51.100.129":   {},
		"203.0.113.1":      {City: "São Paulo", Latitude: "0.00000", Longitude: "-180.00000"},
		"203.0.113.129":    {},
		"203.0.114.1":      {},
	} {
		if got := all.Details(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: got %+v, want %+v", addr, got, want)
		}
	}
	if got := (*Data)(nil).Details(netip.MustParseAddr("192.0.2.1")); got != (Details{}) {
		t.Errorf("no data: got %+v", got)
	}
	other, err := Parse("other.csv", []byte("192.0.2.0/25,AT,,9\n203.0.113.128/25,US,,,,Portland"))
	if err != nil {
		t.Fatal(err)
	}
	both := Join(other, table)
	if got := both.Details(netip.MustParseAddr("192.0.2.1")); got != (Details{}) {
		t.Errorf("details of another country: got %+v, want none: AT is by the first source", got)
	}
	if got := both.Details(netip.MustParseAddr("192.0.2.129")); got.City != "Berlin" {
		t.Errorf("country by the second source: got %+v, want its city", got)
	}
}

func TestParsePlace(t *testing.T) {
	for text, want := range map[string]struct {
		place Place
		err   error
	}{
		"":       {},
		"DE":     {Place{Country: "DE"}, nil},
		"US/OR":  {Place{Country: "US", Region: "OR"}, nil},
		"de":     {Place{}, ErrCountry},
		"DE, AT": {Place{}, ErrCountry},
		"/OR":    {Place{}, ErrNowhere},
		"US/":    {Place{}, ErrRegion},
		"US/or":  {Place{}, ErrRegion},
		"US/O/R": {Place{}, ErrRegion},
	} {
		if got, err := ParsePlace(text); got != want.place || !errors.Is(err, want.err) {
			t.Errorf("%q: got %+v, %v, want %+v, %v", text, got, err, want.place, want.err)
		}
	}
}

// TestJoin: places are whole, from the first source that knows the country.
func TestJoin(t *testing.T) {
	source := func(lines string) Source {
		table, err := Parse("geo.csv", []byte(lines))
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	first := source("192.0.2.0/26,DE,,BE\n192.0.2.64/26,,EU\n192.0.2.128/26,,,,64500\n192.0.2.192/26,,EU\n198.51.100.0/24,FR,,,64501")
	second := source("192.0.2.0/25,US,NA,OR,64502\n192.0.2.128/26,AT,EU,,64503\n192.0.2.192/26,,AS,,64504\n203.0.113.0/24,JP")
	all := Join(first, second)
	for addr, want := range map[string]Place{
		"192.0.2.1":    {"DE", "", "BE", 64502}, // not OR
		"192.0.2.65":   {"US", "NA", "OR", 64502},
		"192.0.2.129":  {"AT", "EU", "", 64500},
		"192.0.2.193":  {"", "EU", "", 64504},
		"198.51.100.1": {"FR", "", "", 64501},
		"203.0.113.1":  {"JP", "", "", 0},
		"203.0.114.1":  {},
	} {
		if got := all.Lookup(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: got %v, want %v", addr, got, want)
		}
	}
	if got := (*Data)(nil).Lookup(netip.MustParseAddr("192.0.2.1")); got != (Place{}) || (*Data)(nil).HasContinents() {
		t.Errorf("no data: got %v", got)
	}
	if !all.HasContinents() || Join(source("192.0.2.0/24,DE")).HasContinents() || Join().HasContinents() {
		t.Error("continents: got them without any, or none where there are some")
	}
}

func TestTooMany(t *testing.T) {
	var content []byte
	addr := netip.MustParseAddr("16.0.0.0")
	for range MaxPrefixes {
		content = append(addr.AppendTo(content), "/32,DE\n"...)
		addr = addr.Next()
	}
	if _, err := Parse("geo.csv", content); err != nil {
		t.Errorf("as many as there may be: got %v", err)
	}
	if _, err := Parse("geo.csv", append(content, "2001:db8::/32,JP"...)); !errors.Is(err, ErrTooMany) {
		t.Errorf("one more: got %v, want %v", err, ErrTooMany)
	}
}

// FuzzParse proves that every line of an accepted file says where the first
// address of its prefix is, unless a longer prefix has that too.
func FuzzParse(f *testing.F) {
	for _, s := range []string{file, "0.0.0.0/0,US,NA\n::/0,US", "192.0.2.0/24,DE\n192.0.2.0/25,AT", "1.2.3.4/8,DE", "#", "x,y", "1.2.3.0/24,US,,OR,1\n1.2.0.0/16,,,,2", "1.2.3.0/24,US,,OR,1,Portland,Oregon,45.5,-122.7,820,97201,America/Los_Angeles\n1.2.3.0/25,US,,OR,,Salem"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		table, err := Parse("geo.csv", content)
		if err != nil {
			return
		}
		said, cities := map[netip.Prefix]Place{}, map[netip.Prefix]string{}
		for line := range strings.Lines(string(content)) {
			if text := strings.TrimSpace(line); strings.Contains(text, `"`) {
				return // what quotation marks mean, TestDetails says
			} else if text != "" && text[0] != '#' {
				cells := append(strings.Split(text, ","), make([]string, 10)...)
				for i := range cells {
					cells[i] = strings.TrimSpace(cells[i])
				}
				asn, _ := strconv.ParseUint(cells[4], 10, 32)
				said[netip.MustParsePrefix(cells[0])] = Place{cells[1], cells[2], cells[3], uint32(asn)}
				cities[netip.MustParsePrefix(cells[0])] = cells[5]
			}
		}
		for p := range said {
			var longest netip.Prefix
			for q := range said {
				if q.Contains(p.Addr()) && (!longest.IsValid() || q.Bits() > longest.Bits()) {
					longest = q
				}
			}
			if got := table.Lookup(p.Addr()); got != said[longest] {
				t.Fatalf("%q: %v is in %v, got %v", content, p.Addr(), said[longest], got)
			}
			got := table.Details(p.Addr())
			if place := said[longest]; got.City != cities[longest] || got.check(&place) != nil {
				t.Fatalf("%q: %v is in the city %q, got %+v", content, p.Addr(), cities[longest], got)
			}
		}
	})
}

// TestRead: what has been read from the same bytes is used again, and nothing else.
func TestRead(t *testing.T) {
	read := func(before *Data, name, content string) *Data {
		t.Helper()
		s, err := before.Read(name, []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		return before.Rejoin(s)
	}
	first := read(nil, "geo.csv", "192.0.2.0/24,DE\n")
	if again := read(first, "geo.csv", "192.0.2.0/24,DE\n"); again != first {
		t.Errorf("the same file: got Data %d, want %d", again.Number(), first.Number())
	}
	for _, change := range []struct{ name, content, want string }{
		{"geo.csv", "192.0.2.0/24,FR\n", "FR"},
		{"other.csv", "192.0.2.0/24,DE\n", "DE"},
	} {
		d := read(first, change.name, change.content)
		if got := d.Lookup(netip.MustParseAddr("192.0.2.1")).Country; got != change.want || d.Number() == first.Number() {
			t.Errorf("%s: got %s, Data %d; want %s and another Data than %d", change.name, got, d.Number(), change.want, first.Number())
		}
	}
	if _, err := first.Read("geo.csv", []byte("192.0.2.0/24")); err == nil {
		t.Error("a line that is wrong: got no error")
	}
}
