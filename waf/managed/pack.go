package managed

import (
	"strings"
	"sync"
	"unsafe"

	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/literal"
	"github.com/groundfront/groundfront/waf/transform"
)

// A pack is the searches of some families, ready to run.
type pack struct {
	words  *literal.Set
	of     []*search // by word
	wanted Family
	others *sync.Map // by Family: packs of the same searches
}

// newPack builds a pack of the families.
func newPack(wanted Family, searches []search) *pack {
	p := &pack{wanted: wanted, others: &sync.Map{}}
	var words []string
	for i := range searches {
		s := &searches[i]
		if s.finds&wanted == 0 {
			continue
		}
		for _, w := range s.words {
			words = append(words, w)
			p.of = append(p.of, s)
		}
	}
	p.words = literal.New(words, true)
	return p
}

// For returns a pack of some families.
func (p *pack) For(kinds uint64) waf.Scanner {
	wanted := Family(kinds) & p.wanted
	if wanted == p.wanted {
		return p
	}
	other, known := p.others.Load(wanted)
	if !known {
		other, _ = p.others.LoadOrStore(wanted, newPack(wanted, searches))
	}
	return other.(*pack)
}

// Scan returns the families that occur in a text. It looks at the text as it is,
// at what it becomes where escapes of JavaScript, JSON and HTML are resolved, and
// at what a shell makes of it.
//
// Hot path: no allocation where nothing has to be resolved.
func (p *pack) Scan(text string) uint64 {
	found := p.pass(text, 0, false)
	if p.wanted&^found != 0 && (escaped(text) || p.wanted&shells != 0 && obscured(text)) {
		found |= p.again(text, found)
	}
	return uint64(found)
}

// again passes over what becomes of a text.
func (p *pack) again(text string, found Family) Family {
	r := rooms.Get().(*room)
	found |= p.shell(text, found, r)
	if escaped(text) {
		if plain := resolve.Apply(text, &r.scratch); len(plain) != len(text) || unsafe.StringData(plain) != unsafe.StringData(text) {
			found = p.pass(plain, found, false)
			found |= p.shell(plain, found, r)
		}
	}
	r.scratch.Reset()
	rooms.Put(r)
	return found
}

// shell passes over what a shell makes of a text.
func (p *pack) shell(text string, found Family, r *room) Family {
	if p.wanted&shells&^found == 0 || !obscured(text) {
		return 0
	}
	r.bare = bare(text, r.bare[:0])
	return p.pass(unsafe.String(unsafe.SliceData(r.bare), len(r.bare)), found|^shells, true) & shells
}

// shells are the families that are looked for in what a shell makes of a text.
const shells = FamilyUnix | FamilyWindows | FamilyPowerShell | FamilySystemFile

// resolve undoes escapes.
var resolve = transform.Chain{transform.JSDecode, transform.HTMLEntityDecode}

// A room has memory for what becomes of texts.
type room struct {
	scratch transform.Scratch
	bare    []byte
}

var rooms = sync.Pool{New: func() any { return new(room) }}

// pass looks for all families but those that were found already. A bare text is
// what a shell makes of one.
func (p *pack) pass(text string, found Family, bare bool) Family {
	var c literal.Cursor
	nature := natureUnknown
	for {
		n, from, to := p.words.Next(text, &c)
		if n < 0 {
			return found
		}
		s := p.of[n]
		if s.finds&^found == 0 || bare && s.obscures || !s.succeeds(text, from, to) {
			continue
		}
		if to-from <= briefWord {
			if nature == natureUnknown {
				nature = natureOf(text)
			}
			if nature == natureBinary {
				continue
			}
		}
		if found |= s.finds; p.wanted&^found == 0 {
			return found
		}
	}
}

// Among the bytes of a picture there is any sequence of a few sooner or later. So
// words of up to briefWord bytes do not count in content that is no text: of
// which at least a part in binaryPart are control characters.
const (
	briefWord  = 4
	binaryText = 256 // shorter is text
	binaryPart = 20
)

// nature says whether a text is one.
type nature uint8

const (
	natureUnknown nature = iota
	natureText
	natureBinary
)

func (n nature) String() string {
	switch n {
	case natureUnknown:
		return "unknown"
	case natureText:
		return "text"
	case natureBinary:
		return "binary"
	}
	return "nature(?)"
}

func natureOf(text string) nature {
	if len(text) < binaryText {
		return natureText
	}
	controls := 0
	for i := range len(text) {
		if c := text[i]; c < ' ' && !isSpace(c) || c == 0x7f {
			controls++
		}
	}
	if controls < len(text)/binaryPart {
		return natureText
	}
	return natureBinary
}

// succeeds tells whether a word at text[from:to] is what is looked for.
func (s *search) succeeds(text string, from, to int) bool {
	return s.left.ok(text, from-1) && s.right.ok(text, to) && (s.confirm == nil || s.confirm(text, from, to))
}

// Find returns where one of some families is in a text.
func (p *pack) Find(text string, kinds uint64) (what string, from, to int) {
	var c literal.Cursor
	for {
		n, from, to := p.words.Next(text, &c)
		if n < 0 {
			break
		}
		if s := p.of[n]; uint64(s.finds)&kinds != 0 && s.succeeds(text, from, to) && (to-from > briefWord || natureOf(text) == natureText) {
			return s.finds.String(), from, to
		}
	}
	return (Family(kinds) & Family(p.Scan(text))).String(), 0, len(text)
}

// escaped tells whether a text may have escapes of JavaScript, JSON or HTML.
func escaped(text string) bool {
	if strings.IndexByte(text, '\\') >= 0 {
		return true
	}
	at := strings.IndexByte(text, '&')
	return at >= 0 && (strings.Contains(text[at:], "&#") || strings.Contains(text[at:], "&lt;") || strings.Contains(text[at:], "&quot;"))
}

// obscured tells whether there is something between two letters that a shell
// drops: c'a't, c\at, c^at, c$@at, w""ho.
func obscured(text string) bool {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\', '"', '\'', '^', '$', '`':
			if !isLetter(text[i-1]) && text[i-1] != '/' && text[i-1] != ';' && text[i-1] != '=' {
				continue
			}
			j := i
			for j < len(text) && j-i < 4 && dropped(text, j) > 0 {
				j += dropped(text, j)
			}
			if j > i && j < len(text) && isLetter(text[j]) {
				return true
			}
		}
	}
	return false
}

// dropped returns how many bytes at i a shell drops.
func dropped(text string, i int) int {
	switch text[i] {
	case '\\', '"', '\'', '^':
		return 1
	case '$':
		if i+1 < len(text) && strings.IndexByte("@*!?-_#", text[i+1]) >= 0 {
			return 2
		}
	case '`':
		if i+1 < len(text) && text[i+1] == '`' {
			return 2
		}
	}
	return 0
}

// bare appends to dst what a shell makes of a text: without quotes, carets,
// backslashes and variables that are empty, and with a space for IFS.
func bare(text string, dst []byte) []byte {
	for i := 0; i < len(text); {
		switch n := dropped(text, i); {
		case n > 0:
			i += n
		case text[i] == '$' && (hasFold(text, i, "${ifs}") || hasFold(text, i, "$ifs")):
			dst = append(dst, ' ')
			for i++; i < len(text) && (text[i] == '{' || isLetter(text[i])); i++ {
			}
			if i < len(text) && text[i] == '}' {
				i++
			}
		default:
			dst = append(dst, text[i])
			i++
		}
	}
	return dst
}
