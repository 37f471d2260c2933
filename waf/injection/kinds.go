package injection

import "strings"

// libinjection splits a value into tokens, folds them to at most five, and
// looks the string of their kinds up among 8,367 fingerprints: "1&1" is a
// number, a logical operator, a number, as in "10 and 1". A value for which no
// fingerprint can be made of the kinds that it has is no injection, in
// whatever order they are and however they are folded. That is the prefilter:
// one scan for an upper bound of the kinds, and a short list of the least that
// a fingerprint needs.
//
// The bound holds because
//   - a token is made of neighbouring bytes, and of a word only if the word
//     begins where a word may begin: that is after a byte which is not part of
//     a word, or in a run of word bytes that begins with a digit;
//   - folding removes tokens, or changes the kind of one in ways that are few:
//     two words become a phrase (then one word of the phrase has its kind as
//     well, in words.go), IF after a semicolon, IN, LIKE and COLLATE (words.go
//     again), a function in place of a name and the reverse (not told apart
//     here), and what parentheses, backslashes and backquotes do (those end
//     the scan: such a value always goes to libinjection).
//
// The order of the tokens is not used. That a fingerprint is a subsequence of
// them would say more, but takes 3,037 sequences in place of 87 sets, and text
// with parentheses, which is most of what this scan lets through to the port
// in vain, has one of them all the same.
//
// Tests compare the list and the words with the port's tables, and the answer
// with the port's on all short strings of several alphabets and on random text.

// kinds is a set of kinds of tokens. Functions count as names: no fingerprint
// but those with a parenthesis needs to tell them apart.
type kinds uint32

const (
	kindName     kinds = 1 << iota // N, a word without a meaning, and a function
	kindNumber                     // 1
	kindOperator                   // O, "+", "like"
	kindComma
	kindSemicolon
	kindClosing  // ), a closing parenthesis
	kindLogic    // &, "and", "||"
	kindKeyword  // K, "from"
	kindCommand  // T, "drop", and types such as "int"
	kindQuery    // E, "select"
	kindUnion    // U
	kindGroup    // B, "group by", "having"
	kindVariable // V, "@x", "null"
	kindString   // S
	kindComment  // C
	kindCollate  // A
	kindOther    // what this scan does not follow
)

// plain are the kinds of which no fingerprint consists.
const plain = kindName | kindNumber | kindOperator | kindComma | kindSemicolon

// A tally says which kinds of tokens a value may have once, and which twice or
// more.
type tally struct{ once, twice kinds }

func (t *tally) add(k kinds) {
	t.twice |= t.once & k
	t.once |= k
}

// injectable reports whether a fingerprint could be made of t.
func (t tally) injectable() bool {
	if t.once&^plain == 0 {
		return false
	}
	for _, n := range needs {
		if n.once&^t.once == 0 && n.twice&^t.twice == 0 {
			return true
		}
	}
	return false
}

// needs is the least that fingerprints have: of any fingerprint at least one
// element is a part. Those that libinjection takes back are left out: three
// tokens with a keyword in the middle, unless that is INTO OUTFILE or INTO
// DUMPFILE, which are kindOther here.
var needs = parseNeeds(`
	? &1 &S &V 1B 1C 1U BS BV CN CS CV NT OS UV
	&&N &)N &BN &KN &NO &NU )1E )1O )BN )EN )ES )EV )NO )OV ,BN ,SU
	1;E 1;K 1;S 1;T 1EK 1EN 1EO 1ES 1ET 1EV 1KO 1OT 1OV 1SV
	;BN ;EN ;ES ;EV ;KS ;KV ;NU ;ST ;SU ;SV ;TV
	AOV BBN BKN BNO EKN EKS EKV ENO ENS ENU ENV EOV EST ESU ESV ETV KOV NOU OTV
	);KN )EKU )KKN )KNU )KSU ,NOV 1;NV ;NOV KKNU KKSU KNOO NOOV`)

// letters are the kinds in the order of their bits.
const letters = "N1O,;)&KTEUBVSCA?"

func parseNeeds(text string) (needs []tally) {
	for word := range strings.FieldsSeq(text) {
		var n tally
		for i := range len(word) {
			n.add(1 << strings.IndexByte(letters, word[i]))
		}
		needs = append(needs, n)
	}
	return needs
}

// What a byte is to the scan: a byte of words, or the kinds that it may be or
// be the beginning of.
const (
	wordByte kinds = 1 << 31
	pairByte kinds = 1 << 30 // it depends on the next byte
)

var classes = makeClasses()

func makeClasses() (classes [256]kinds) {
	for c := range classes {
		switch {
		case '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', c == '_', c >= 0x80 && c != 0xa0:
			classes[c] = wordByte
		}
	}
	for _, c := range "!%*+<=>^~" {
		classes[c] = kindOperator
	}
	for _, c := range "&|-/" {
		classes[c] = kindOperator | pairByte
	}
	classes[':'] = pairByte
	classes[','] = kindComma
	classes[';'] = kindSemicolon
	classes[')'] = kindClosing
	classes['['] = kindName
	classes['$'] = kindName | kindNumber | pairByte
	classes['@'] = kindVariable
	classes['#'] = kindOperator | kindComment
	classes['\''] = kindString | kindNumber // x'41' is a number
	classes['"'] = kindString
	for _, c := range "(\\`" {
		classes[c] = kindOther
	}
	return classes
}

// pair returns the kinds that the first byte of text, of the given class, has
// because of the second.
func pair(class kinds, text string) kinds {
	if class&pairByte == 0 || len(text) < 2 {
		return 0
	}
	switch c, next := text[0], text[1]; {
	case c == '&' && next == '&', c == '|' && next == '|':
		return kindLogic
	case c == '-' && next == '-':
		return kindComment
	case c == '/' && next == '*':
		return kindOther // a comment, or one whose content is run
	case c == ':' && (next == ':' || next == '='):
		return kindOperator
	case c == '$' && (next == '$' || classes[next]&wordByte != 0 && !digit(next)):
		return kindString // $$text$$, $tag$text$tag$
	}
	return 0
}

// maxScan is the length in bytes up to which a value is scanned. The port ends
// early in a longer text, most of the time, and the scan would not.
const maxScan = 1 << 10

// injectable reports whether libinjection may find SQL in value.
func injectable(value string) bool {
	if len(value) > maxScan {
		return true
	}
	var t tally
	for i := 0; i < len(value); {
		before := t
		if class := classes[value[i]]; class&wordByte != 0 {
			i += t.addRun(value[i:])
		} else {
			t.add(class&^pairByte | pair(class, value[i:]))
			i++
		}
		if t != before && t.injectable() {
			return true
		}
	}
	return false
}

// addRun adds what the run of word bytes at the beginning of text may be, and
// returns its length.
func (t *tally) addRun(text string) (n int) {
	if digit(text[0]) {
		return t.addNumber(text)
	}
	n, hash, ascii := measure(text)
	if !ascii && foldsToASCII(text[:n]) {
		t.add(kindOther)
		return n
	}
	t.add(meaning(text[:n], hash))
	return n
}

// addNumber adds a run that begins with a digit, with what follows it behind
// points: a number, and behind it perhaps a word, wherever the number ends. In
// "1.eselect" the word is "select".
func (t *tally) addNumber(text string) (n int) {
	t.add(kindNumber)
	for {
		length, _, ascii := measure(text[n:])
		t.addEnd(text[n:n+length], ascii)
		n += length
		if n+1 >= len(text) || text[n] != '.' || classes[text[n+1]]&wordByte == 0 {
			return n
		}
		n++
	}
}

// addEnd adds what any end of run may be.
func (t *tally) addEnd(run string, ascii bool) {
	digits := 0
	for digits < len(run) && digit(run[digits]) {
		digits++
	}
	switch {
	case digits == len(run):
		return
	case !ascii && foldsToASCII(run):
		t.add(kindOther)
		return
	}
	word := kindName
	for from := max(digits, len(run)-longestWord); from+shortestWord <= len(run); from++ {
		if !digit(run[from]) {
			word |= meaning(run[from:], hashOf(run[from:]))
		}
	}
	t.add(word)
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// measure returns the length of the run of word bytes at the beginning of
// text, its hash, and whether it is ASCII.
func measure(text string) (n int, hash uint32, ascii bool) {
	var all byte
	for n < len(text) && classes[text[n]]&wordByte != 0 {
		all |= text[n]
		hash = hash*hashFactor + uint32(text[n]|0x20)
		n++
	}
	return n, hash, all < 0x80
}

// foldsToASCII reports whether run has a letter whose upper case is an ASCII
// letter: the port compares upper cases, so that "ſelect" is a keyword.
func foldsToASCII(run string) bool {
	return strings.Contains(run, "ſ") || strings.Contains(run, "ı")
}
