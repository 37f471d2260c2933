package literal

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// occurring is what Find is compared with.
func occurring(patterns []string, fold bool, text string) []int {
	found := []int{}
	for i, p := range patterns {
		if strings.Contains(lower(text, fold), lower(p, fold)) {
			found = append(found, i)
		}
	}
	return found
}

func find(s *Set, text string) []int {
	bits := make([]uint64, s.Words())
	s.Find(text, bits)
	found := []int{}
	for i := range s.Len() {
		if bits[i/64]>>(i%64)&1 == 1 {
			found = append(found, i)
		}
	}
	return found
}

func TestFind(t *testing.T) {
	for _, tt := range []struct {
		patterns []string
		fold     bool
		text     string
		want     []int
	}{
		{nil, false, "abc", []int{}},
		{[]string{""}, false, "", []int{0}},
		{[]string{""}, true, "abc", []int{0}},
		{[]string{"", "abc", ""}, true, "xABC", []int{0, 1, 2}},
		{[]string{"abc"}, false, "xabcx", []int{0}},
		{[]string{"abc"}, false, "xABCx", []int{}},
		{[]string{"abc"}, true, "xABCx", []int{0}},
		{[]string{"aBc", "AbC"}, true, "xabcx", []int{0, 1}},
		{[]string{"aBc", "AbC"}, false, "xAbCx", []int{1}},
		{[]string{"he", "she", "his", "hers"}, false, "ushers", []int{0, 1, 3}},
		{[]string{"a", "aa", "aaaaaaaaa"}, false, "aaaaaaa", []int{0, 1}},
		{[]string{"nmap", "sqlmap", "map"}, true, "SQLMap/1.7", []int{1, 2}},
		{[]string{"abcdefgh", "defg"}, false, "abcdefg", []int{1}},
		{[]string{"\xff\x00", "\x00"}, false, "a\xff\x00", []int{0, 1}},
		// ASCII only: no Kelvin sign for k, no long s for s.
		{[]string{"kiss", "x"}, true, "\u212ai\u017f\u017f", []int{}},
		{[]string{"{", "@"}, true, "[`", []int{}},
	} {
		if got := find(New(tt.patterns, tt.fold), tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("%q (fold %v) in %q: got %v, want %v", tt.patterns, tt.fold, tt.text, got, tt.want)
		}
	}
}

func TestFirst(t *testing.T) {
	for _, tt := range []struct {
		patterns []string
		text     string
		want     [3]int
	}{
		{nil, "abc", [3]int{-1, -1, -1}},
		{[]string{"abc"}, "ab", [3]int{-1, -1, -1}},
		{[]string{"abc"}, "xabcabc", [3]int{0, 1, 4}},
		{[]string{"x", "y"}, "ab", [3]int{-1, -1, -1}},
		{[]string{"c", "bc", "abcd", "BC"}, "xxabcd", [3]int{1, 3, 5}},
		{[]string{"c", ""}, "abc", [3]int{1, 0, 0}},
	} {
		s := New(tt.patterns, false)
		pattern, from, to := s.First(tt.text)
		if got := [3]int{pattern, from, to}; got != tt.want {
			t.Errorf("%q in %q: got %v, want %v", tt.patterns, tt.text, got, tt.want)
		}
	}
}

// TestFindKeepsBits shows that several texts may be asked with one set of bits.
func TestFindKeepsBits(t *testing.T) {
	patterns := []string{"he", "she", "hers", "his", "e"}
	s := New(patterns, false)
	found := make([]uint64, s.Words())
	for _, text := range []string{"xe", "the", "she", "", "his"} {
		s.Find(text, found)
	}
	if want := uint64(0b11011); found[0] != want {
		t.Errorf("got %b, want %b", found[0], want)
	}
}

// TestFindAtRandom compares with a search for each pattern, for few letters,
// so that patterns overlap and contain each other.
func TestFindAtRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	word := func(letters string, longest int) string {
		b := make([]byte, random.IntN(longest))
		for i := range b {
			b[i] = letters[random.IntN(len(letters))]
		}
		return string(b)
	}
	for range 3000 {
		letters := []string{"ab", "abAB", "abcdeABCDE/.", "a\xff\x00"}[random.IntN(4)]
		patterns := make([]string, 1+random.IntN(100))
		for i := range patterns {
			patterns[i] = word(letters, []int{4, 9, 20}[random.IntN(3)]) + letters[:random.IntN(2)]
		}
		fold := random.IntN(2) == 0
		s := New(patterns, fold)
		for range 5 {
			text := word(letters, 40) + word("xyz", 20) + word(letters, 20)
			check(t, s, patterns, fold, text)
		}
	}
}

// check compares all that s says of text with searches for each pattern.
func check(t *testing.T, s *Set, patterns []string, fold bool, text string) {
	t.Helper()
	want := occurring(patterns, fold, text)
	if got := find(s, text); !slices.Equal(got, want) {
		t.Fatalf("%q (fold %v) in %q: found %v, want %v", patterns, fold, text, got, want)
	}
	if got := s.Any(text); got != (len(want) > 0) {
		t.Fatalf("%q (fold %v) in %q: any is %v, want %v", patterns, fold, text, got, len(want) > 0)
	}
	pattern, from, to := s.First(text)
	if pattern == -1 {
		if len(want) > 0 {
			t.Fatalf("%q (fold %v) in %q: no first, want one of %v", patterns, fold, text, want)
		}
		return
	}
	if lower(text[from:to], fold) != lower(patterns[pattern], fold) {
		t.Fatalf("%q (fold %v) in %q: the first is %d at %d to %d, which is %q", patterns, fold, text, pattern, from, to, text[from:to])
	}
	if to > 0 && len(occurring(patterns, fold, text[:to-1])) > 0 {
		t.Fatalf("%q (fold %v) in %q: the first ends at %d, but one does before", patterns, fold, text, to)
	}
}

// FuzzFind proves that a set finds what strings.Contains does. The patterns
// are separated by newlines.
func FuzzFind(f *testing.F) {
	f.Add("he\nshe\nhers\nhis", "ushers", false)
	f.Add("a\naa\naaa\n", "aaAaa", true)
	f.Add(strings.Join(scanners, "\n"), "Mozilla/5.0 sqlmap", true)
	f.Add("abcdefgh\ncde\nabcdefgi", "xxabcdefgabcdefgi", false)
	f.Fuzz(func(t *testing.T, lines, text string, fold bool) {
		patterns := strings.Split(lines, "\n")
		check(t, New(patterns, fold), patterns, fold, text)
	})
}

// TestAllocations holds the promise of the hot path.
func TestAllocations(t *testing.T) {
	for _, patterns := range [][]string{{"sqlmap"}, scanners, files()} {
		s := New(patterns, true)
		found := make([]uint64, s.Words())
		for _, text := range []string{agent, page, "sqlmap", "/etc/passwd"} {
			if n := testing.AllocsPerRun(10, func() {
				s.Find(text, found)
				s.Any(text)
				s.First(text)
			}); n != 0 {
				t.Errorf("%d patterns in %q: got %v allocations, want 0", len(patterns), text, n)
			}
		}
	}
}

// TestSize holds how much memory many literals take.
func TestSize(t *testing.T) {
	patterns := files()
	var length int
	for _, p := range patterns {
		length += len(p)
	}
	s := New(patterns, true)
	if got, most := s.size(), 1<<20; got > most {
		t.Errorf("%d patterns of %d bytes: got %d bytes, want at most %d", len(patterns), length, got, most)
	}
}

// size returns what the automaton takes, in bytes, but for its ends.
func (s *Set) size() int { return 16*len(s.singles) + 4*len(s.rows) }

// TestFilterPasses holds how much ordinary text the automaton has to read, where
// short patterns are among long ones.
func TestFilterPasses(t *testing.T) {
	text := strings.Join(components, "\n") + page
	for _, tt := range []struct {
		patterns []string
		percent  int // at most
	}{
		{scanners, 0},
		{files(), 2},
		{append(files(), "~/.", "C:\\", "/..", "x.sh", "id_rsa", "WEB-INF"), 4},
	} {
		s := New(tt.patterns, true)
		var read, at int
		for {
			from, until := s.filter.skip(text, at)
			if from < 0 {
				break
			}
			at, _ = s.run(text, from, until, root)
			read += at - from
		}
		if read*100 > tt.percent*len(text) {
			t.Errorf("%d patterns: the automaton reads %d of %d bytes, want at most %d %%", len(tt.patterns), read, len(text), tt.percent)
		}
	}
}

var scanners = strings.Fields(`sqlmap nikto nmap masscan zgrab dirbuster gobuster wpscan acunetix nessus openvas
	havij w3af arachni skipfish jaeles nuclei feroxbuster netsparker commix hydra whatweb fimap joomscan zmeu`)

const agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"

// page is 1 KiB of ordinary text, a form and some JSON.
var page = strings.Repeat(`{"id":4711,"name":"Ada Lovelace","email":"ada@example.com","items":[{"sku":"B-17","count":2}]}`+
	"&comment=The+quick+brown+fox+jumps+over+the+lazy+dog&lang=en-GB&sort=price%20asc&page=12&city=London", 6)[:1024]

// files returns 1,200 names such as those of an operating system's files.
func files() []string {
	var names []string
	for _, dir := range strings.Fields("etc/ etc/apache2/ etc/nginx/ etc/mysql/ var/log/ var/log/httpd/ usr/local/etc/ usr/local/apache/conf/ proc/self/ boot/ opt/lampp/logs/ root/.") {
		for _, name := range strings.Fields("passwd shadow group hosts httpd.conf my.cnf error_log access.log php.ini crontab motd issue fstab sudoers resolv environ cmdline maps status exports") {
			for _, end := range []string{"", "-", ".bak", ".old", "~"} {
				names = append(names, dir+name+end)
			}
		}
	}
	return names
}

func BenchmarkFind(b *testing.B) {
	for _, set := range []struct {
		name     string
		patterns []string
		text     string
	}{
		{"1_agent", scanners[:1], agent},
		{"25_agent", scanners, agent},
		{"25_page", scanners, page},
		{"1200_agent", files(), agent},
		{"1200_page", files(), page},
		{"25_short", scanners, "en-GB,en;q=0.9"},
	} {
		s := New(set.patterns, true)
		found := make([]uint64, s.Words())
		bench := func(name string, find func()) {
			b.Run(set.name+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(set.text)))
				b.ReportAllocs()
				for b.Loop() {
					find()
				}
			})
		}
		bench("filter", func() { s.Find(set.text, found) })
		// Rejected: the automaton alone.
		bench("automaton", func() {
			for at, state := s.run(set.text, 0, len(set.text), root); state != root; {
				at, state = s.run(set.text, at, len(set.text), state)
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	for _, patterns := range [][]string{scanners, files()} {
		b.Run(fmt.Sprint(len(patterns)), func(b *testing.B) {
			for b.Loop() {
				New(patterns, true)
			}
		})
	}
}

// components are what a firewall looks at in one request.
var components = []string{
	"GET", "/products/4711/reviews", "page=2&sort=price%20asc&q=garden+chair", "shop.example.com", agent,
	"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", "en-GB,en;q=0.9,de;q=0.8",
	"gzip, deflate, br, zstd", "https://shop.example.com/products?page=1", "session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; consent=1",
}

// BenchmarkRequest searches all components of one request.
func BenchmarkRequest(b *testing.B) {
	for _, patterns := range [][]string{scanners, files()} {
		s := New(patterns, true)
		found := make([]uint64, s.Words())
		b.Run(fmt.Sprint(len(patterns)), func(b *testing.B) {
			b.SetBytes(int64(len(strings.Join(components, ""))))
			b.ReportAllocs()
			for b.Loop() {
				for _, text := range components {
					s.Find(text, found)
				}
			}
		})
	}
}
