package transform

import (
	"slices"
	"strings"
	"testing"
)

func TestChain(t *testing.T) {
	for _, tt := range []struct {
		id       string
		chain    Chain
		in, want string
	}{
		{"WF-TT-01 no entry", nil, "%41", "%41"},
		{"WF-TT-22 in order", Chain{URLDecode, Lowercase}, "%41", "a"},
		{"WF-TT-22 in the other order", Chain{Lowercase, URLDecode}, "%41", "A"},
		{"WF-TT-22 only the last result", Chain{Lowercase, HexDecode, None, Lowercase}, "4A4B", "jk"},
		{"WF-TT-23 encoded twice, decoded once", Chain{URLDecode}, "%253Cscript%253E", "%3Cscript%3E"},
		{"WF-TT-23 encoded twice, decoded twice", Chain{URLDecodeUni, URLDecodeUni}, "%253Cscript%253E", "<script>"},
		{"WF-TT-23 one encoding in another", Chain{URLDecode, HTMLEntityDecode, JSDecode, Lowercase}, "%26%2392%3Bu003CSCRIPT", "<script"},
		{"nothing left", Chain{RemoveNulls, RemoveNulls, Lowercase}, "\x00", ""},
	} {
		var s Scratch
		if got := tt.chain.Apply(tt.in, &s); got != tt.want {
			t.Errorf("%s: %v of %q: got %q, want %q", tt.id, tt.chain, tt.in, got, tt.want)
		}
	}
}

// TestScratch proves that a text keeps its bytes until Reset, whatever comes
// behind it, and that results in between take no room.
func TestScratch(t *testing.T) {
	chain := Chain{URLDecode, URLDecode, Lowercase}
	var s Scratch
	var texts, wants []string
	size := 0
	for i := range 200 {
		letter := string(rune('a' + i%26))
		in := strings.Repeat("%25"+"4"+string(rune('1'+i%9)), 1+i*3) // "A" to "I", encoded twice
		want := strings.Repeat(strings.ToLower(string(rune('A'+i%9))), 1+i*3)
		texts = append(texts, chain.Apply(in, &s), Lowercase.Apply(strings.ToUpper(letter), &s), Lowercase.Apply(letter, &s))
		wants = append(wants, want, letter, letter)
		size += len(want) + len(letter)
	}
	if !slices.Equal(texts, wants) {
		t.Errorf("texts of one request: got others than were made")
	}
	if got, most := cap(s.block), 2*(size+200*3*5); got > most {
		t.Errorf("a block for %d bytes of results: got %d, want at most %d", size, got, most)
	}

	chain.Apply(strings.Repeat("%2541", scratchKept/2), &s)
	s.Reset()
	if got := cap(s.block); got != 0 {
		t.Errorf("a large block after Reset: got %d bytes, want none", got)
	}
	Lowercase.Apply("A", &s)
	s.Reset()
	if got := cap(s.block); got != scratchStart {
		t.Errorf("a small block after Reset: got %d bytes, want %d", got, scratchStart)
	}
}

// ordinary is text of ordinary requests, which most transformations leave
// alone.
var ordinary = []string{
	"/products/42/reviews",
	"page=2&sort=price&filter=in-stock",
	"mozilla/5.0 (x11; linux x86_64) applewebkit/537.36 (khtml, like gecko) chrome/131.0",
	`{"name":"green tea","price":4.20,"tags":["tea","organic"]}`,
	"",
}

// TestAllocations proves WF-TT-24: text that does not change costs no memory,
// and other text none once there is room.
func TestAllocations(t *testing.T) {
	var s Scratch
	for k := range Kind(len(forms)) {
		if got := testing.AllocsPerRun(100, func() {
			for _, text := range ordinary {
				k.Apply(text, &s)
			}
			k.Apply("%41\\x41&lt;A  /../\x00/*é*/0x41", &s)
			s.Reset()
		}); got != 0 {
			t.Errorf("%s: got %v allocations, want 0", k, got)
		}
	}
	chain := Chain{URLDecodeUni, HTMLEntityDecode, Lowercase}
	var empty Scratch
	if got := testing.AllocsPerRun(100, func() {
		chain.Apply(ordinary[0], &empty)
	}); got != 0 || empty.block != nil {
		t.Errorf("a chain that changes nothing: got %v allocations and %d bytes, want none", got, cap(empty.block))
	}
}
