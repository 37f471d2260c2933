package geo

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

const file = `# prefixes of documentation
192.0.2.0/24,DE,EU
192.0.2.128/25 , AT , EU

198.51.100.0/24,US
2001:db8::/32,JP,AS` + "\r\n2001:db8:1::/48,KR,AS\r\n"

func TestLookup(t *testing.T) {
	table, err := Parse("geo.csv", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]Place{
		"192.0.2.1":          {"DE", "EU"},
		"192.0.2.128":        {"AT", "EU"}, // the longest prefix
		"::ffff:192.0.2.129": {"AT", "EU"},
		"198.51.100.255":     {"US", ""},
		"2001:db8::1%eth0":   {"JP", "AS"},
		"2001:db8:1::":       {"KR", "AS"},
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
	if got := (*Table)(nil).Lookup(netip.MustParseAddr("192.0.2.1")); got != (Place{}) {
		t.Errorf("no table: got %v", got)
	}
	if got := len(table.places); got != 5 {
		t.Errorf("places: got %d, want each once", got)
	}
}

func TestHasContinents(t *testing.T) {
	for content, want := range map[string]bool{"": false, "192.0.2.0/24,DE\n": false, "192.0.2.0/24,DE\n198.51.100.0/24,US,NA": true} {
		table, err := Parse("geo.csv", []byte(content))
		if err != nil || table.HasContinents() != want {
			t.Errorf("%q: got %t (%v), want %t", content, !want, err, want)
		}
	}
	if (*Table)(nil).HasContinents() {
		t.Error("no table: got continents")
	}
}

// What is wrong is named by its line.
func TestParseErrors(t *testing.T) {
	for content, want := range map[string]error{
		"192.0.2.0/24":                           ErrCells,
		"192.0.2.0/24,DE,EU,Berlin":              ErrCells,
		"192.0.2.0/24;DE":                        ErrCells,
		"network,DE":                             ErrPrefix,
		"192.0.2.1,DE":                           ErrPrefix,
		"192.0.2.0/33,DE":                        ErrPrefix,
		"192.0.2.1/24,DE":                        ErrHostBits,
		"::ffff:192.0.2.0/120,DE":                ErrMapped,
		"192.0.2.0/24,de":                        ErrCountry,
		"192.0.2.0/24,DEU":                       ErrCountry,
		"192.0.2.0/24,":                          ErrCountry,
		"192.0.2.0/24,UK":                        ErrCountry,
		"192.0.2.0/24,EU":                        ErrCountry,
		"192.0.2.0/24,DE,":                       ErrContinent,
		"192.0.2.0/24,DE,XX":                     ErrContinent,
		"198.51.100.0/24,US\n198.51.100.0/24,DE": ErrTwice,
	} {
		line := 2 + strings.Count(content, "\n")
		_, err := Parse("geo.csv", []byte("# all\n"+content+"\n203.0.113.0/24,DE\n"))
		if !errors.Is(err, want) || !strings.HasPrefix(fmt.Sprint(err), fmt.Sprintf("geo.csv:%d: ", line)) {
			t.Errorf("%q: got %v, want line %d: %v", content, err, line, want)
		}
	}
	if _, err := Parse("geo.csv", make([]byte, MaxSize+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a file of more than 64 MiB: got %v", err)
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

func TestLookupAllocates(t *testing.T) {
	table, err := Parse("geo.csv", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddr("192.0.2.1")
	if got := testing.AllocsPerRun(1000, func() { table.Lookup(addr) }); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}

// FuzzParse proves that every line of an accepted file says where the first
// address of its prefix is, unless a longer prefix has that too.
func FuzzParse(f *testing.F) {
	for _, s := range []string{file, "0.0.0.0/0,US,NA\n::/0,US", "192.0.2.0/24,DE\n192.0.2.0/25,AT", "1.2.3.4/8,DE", "#", "x,y"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		table, err := Parse("geo.csv", content)
		if err != nil {
			return
		}
		said := map[netip.Prefix]Place{}
		for line := range strings.Lines(string(content)) {
			if text := strings.TrimSpace(line); text != "" && text[0] != '#' {
				cells := append(strings.Split(text, ","), "")
				said[netip.MustParsePrefix(strings.TrimSpace(cells[0]))] = Place{strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])}
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
		}
	})
}
