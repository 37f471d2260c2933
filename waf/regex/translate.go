package regex

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxRepeat is the highest number in a repetition that package regexp takes.
const maxRepeat = 1000

// A translator reads a pattern of AWS's dialect and writes the same for package
// regexp. It writes neither flags nor captures: what (?i), (?m), (?s) and (?x)
// do is done here, so that folding is that of ASCII, and programs are small.
type translator struct {
	src   string
	at    int
	out   strings.Builder
	flags flags
	outer []flags // those of the groups around, and where they began
	opens []int
	// repeatable is whether a quantifier may follow.
	repeatable bool
	bytes      bool // characters are bytes
	highByte   bool // \x80 to \xff was read
	wide       bool // a code above \xff was read
	folds      bool // (?i) was read
}

// flags are the options that a group has.
type flags struct{ fold, multiline, dotAll, extended, ungreedy bool }

// translate returns what package regexp must be given, and whether texts have
// to be widened for it.
func translate(pattern string) (*translator, error) {
	t := &translator{src: pattern, bytes: !utf8.ValidString(pattern)}
	err := t.all()
	if err == nil && t.highByte && !t.bytes {
		t = &translator{src: pattern, bytes: true}
		err = t.all()
	}
	return t, err
}

func (t *translator) refuse(at int, what, hint string) error {
	return &Error{Offset: at, What: what, Hint: hint}
}

func (t *translator) all() error {
	for t.at < len(t.src) {
		if err := t.one(); err != nil {
			return err
		}
	}
	if n := len(t.opens); n > 0 {
		return t.refuse(t.opens[n-1], "( without )", "")
	}
	return nil
}

// one translates the next item: a character, an escape, a class, a parenthesis.
func (t *translator) one() error {
	switch c := t.src[t.at]; c {
	case '\\':
		return t.escape()
	case '[':
		return t.class()
	case '(':
		return t.open()
	case ')':
		return t.close()
	case '|':
		t.write("|", false)
	case '.':
		if t.flags.dotAll {
			t.write("(?s:.)", true)
		} else {
			t.write(`[^\n]`, true)
		}
	case '^':
		if t.flags.multiline {
			t.write("(?m:^)", true)
		} else {
			t.write(`\A`, true)
		}
	case '$':
		if t.flags.multiline {
			t.write("(?m:$)", true)
		} else {
			t.write(beforeFinalNewline, true)
		}
	case '*', '+', '?':
		return t.quantifier(t.at, t.src[t.at:t.at+1])
	case '{':
		if q := repetition(t.src[t.at:]); q != "" {
			return t.quantifier(t.at, q)
		}
		t.literal()
		return nil
	default:
		if t.flags.extended && t.skipExtended() {
			return nil
		}
		t.literal()
		return nil
	}
	t.at++
	return nil
}

// beforeFinalNewline is $ where it is not that of lines, and \Z.
const beforeFinalNewline = `(?:\n?\z)`

// write writes what one item becomes.
func (t *translator) write(text string, repeatable bool) {
	t.out.WriteString(text)
	t.repeatable = repeatable
}

// literal translates the next character, which stands for itself.
func (t *translator) literal() {
	t.char(t.next())
}

// next reads a character.
func (t *translator) next() rune {
	if t.bytes {
		t.at++
		return rune(t.src[t.at-1])
	}
	r, n := utf8.DecodeRuneInString(t.src[t.at:])
	t.at += n
	return r
}

// char writes a character that stands for itself.
func (t *translator) char(r rune) {
	if other := otherCase(r); t.flags.fold && other != r {
		t.write(string([]rune{'[', r, other, ']'}), true)
		return
	}
	t.write(regexp.QuoteMeta(string(r)), true)
}

// otherCase returns an ASCII letter in the other case, and others as they are.
func otherCase(r rune) rune {
	if lower := r | 0x20; 'a' <= lower && lower <= 'z' {
		return r ^ 0x20
	}
	return r
}

// skipExtended passes white space or a comment under (?x).
func (t *translator) skipExtended() bool {
	switch t.src[t.at] {
	case ' ', '\t', '\n', '\v', '\f', '\r':
		t.at++
	case '#':
		t.at = len(t.src) - len(after(t.src[t.at:], "\n"))
	default:
		return false
	}
	return true
}

// after returns what follows the first mark, or nothing.
func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	return rest
}

// repetition returns the {n}, {n,} or {n,m} with which text begins, or "".
func repetition(text string) string {
	end := strings.IndexByte(text, '}')
	if end < 0 {
		return ""
	}
	least, most, _ := strings.Cut(text[1:end], ",")
	if !isNumber(least) || most != "" && !isNumber(most) {
		return "" // braces that stand for themselves
	}
	return text[:end+1]
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

func (t *translator) quantifier(at int, q string) error {
	if !t.repeatable {
		return t.refuse(at, fmt.Sprintf("nothing that %s could repeat", q), "")
	}
	if q[0] == '{' {
		least, most, _ := strings.Cut(q[1:len(q)-1], ",")
		low, high := number(least), number(most)
		if low > maxRepeat || high > maxRepeat {
			return t.refuse(at, fmt.Sprintf("repetition %s of more than %d", q, maxRepeat), "for a length use a SizeConstraintStatement")
		}
		if most != "" && low > high {
			return t.refuse(at, fmt.Sprintf("repetition %s whose numbers are out of order", q), "")
		}
	}
	t.at += len(q)
	lazy := t.flags.ungreedy
	if t.at < len(t.src) {
		switch t.src[t.at] {
		case '+':
			return t.refuse(at, fmt.Sprintf("possessive quantifier %s+", q), "")
		case '?':
			lazy = !lazy
			t.at++
		}
	}
	if lazy {
		q += "?"
	}
	t.write(q, false)
	return nil
}

// number returns what decimal digits say, or more than maxRepeat; of "" 0.
func number(digits string) int {
	if digits == "" {
		return 0
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return maxRepeat + 1
	}
	return n
}

func (t *translator) close() error {
	n := len(t.opens)
	if n == 0 {
		return t.refuse(t.at, ") without (", "")
	}
	t.flags = t.outer[n-1]
	t.outer, t.opens = t.outer[:n-1], t.opens[:n-1]
	t.write(")", true)
	t.at++
	return nil
}

// begin opens a group of which the head, such as "(?:", has been recognised.
func (t *translator) begin(head string) {
	t.outer, t.opens = append(t.outer, t.flags), append(t.opens, t.at)
	t.write("(?:", false)
	t.at += len(head)
}

// open translates what begins with a parenthesis.
func (t *translator) open() error {
	rest := t.src[t.at:]
	switch {
	case strings.HasPrefix(rest, "(*"):
		return t.refuse(t.at, "control verb "+upTo(rest, ")"), "")
	case !strings.HasPrefix(rest, "(?"):
		t.begin("(")
		return nil
	}
	for _, r := range refusedGroups {
		if strings.HasPrefix(rest, r.head) {
			return t.refuse(t.at, r.what+" "+r.head, r.hint)
		}
	}
	for _, head := range []string{"(?:", "(?|"} { // numbers of groups do not matter
		if strings.HasPrefix(rest, head) {
			t.begin(head)
			return nil
		}
	}
	for _, n := range []struct{ head, end string }{{"(?P<", ">"}, {"(?<", ">"}, {"(?'", "'"}} {
		if name, named := strings.CutPrefix(rest, n.head); named {
			name, _, ended := strings.Cut(name, n.end)
			if !ended || !isName(name) {
				return t.refuse(t.at, "group whose name is not a name", "")
			}
			t.begin(n.head + name + n.end)
			return nil
		}
	}
	if strings.HasPrefix(rest, "(?#") {
		if !strings.Contains(rest, ")") {
			return t.refuse(t.at, "comment (?# without )", "")
		}
		t.at += len(upTo(rest, ")"))
		return nil
	}
	return t.options()
}

const lookaroundHint = "lookaround is not supported: split the pattern into statements, and combine them with AndStatement and NotStatement"

// refusedGroups are tried in order.
var refusedGroups = []struct{ head, what, hint string }{
	{"(?=", "lookahead", lookaroundHint},
	{"(?!", "negative lookahead", lookaroundHint},
	{"(?<=", "lookbehind", lookaroundHint},
	{"(?<!", "negative lookbehind", lookaroundHint},
	{"(?>", "atomic group", "a group (?: matches the same texts in most cases"},
	{"(?(", "conditional", ""},
	{"(?R", "recursion", ""},
	{"(?&", "subroutine reference", ""},
	{"(?P>", "subroutine reference", ""},
	{"(?P=", "backreference", ""},
	{"(?+", "subroutine reference", ""},
	{"(?C", "callout", ""},
}

func isName(text string) bool {
	for i := range len(text) {
		if c := text[i]; c != '_' && otherCase(rune(c)) == rune(c) && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return text != ""
}

// upTo returns text up to the first mark and with it, or all.
func upTo(text, mark string) string {
	before, _, found := strings.Cut(text, mark)
	if found {
		before += mark
	}
	return before
}

// options translates (?i) and the like, and (?i: and the like.
func (t *translator) options() error {
	begin, now, on := t.at, t.flags, true
	for i := t.at + len("(?"); i < len(t.src); i++ {
		switch c := t.src[i]; c {
		case '-':
			if next := t.src[i+1:]; next != "" && '0' <= next[0] && next[0] <= '9' {
				return t.refuse(begin, "subroutine reference "+upTo(t.src[begin:], ")"), "")
			}
			on = false
		case 'i':
			now.fold = on
			t.folds = true
		case 'm':
			now.multiline = on
		case 's':
			now.dotAll = on
		case 'x':
			now.extended = on
		case 'U':
			now.ungreedy = on
		case 'J': // equal names; names do not matter
		case ':':
			t.begin(t.src[begin : i+1])
			t.flags = now
			return nil
		case ')':
			t.flags = now
			t.at = i + 1
			t.repeatable = false
			return nil
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			return t.refuse(begin, "subroutine reference or recursion "+upTo(t.src[begin:], ")"), "")
		default:
			return t.refuse(begin, fmt.Sprintf("group %s, which has no meaning", t.src[begin:i]+string(t.peek(i))), "")
		}
	}
	return t.refuse(begin, "( without )", "")
}

// peek returns the character at a position.
func (t *translator) peek(at int) rune {
	r, _ := utf8.DecodeRuneInString(t.src[at:])
	return r
}
