package config

import "strings"

// Messages show lines of the configuration, and end in logs, in the answers of
// the admin listener and in bug reports. The values of custom headers of origins
// are secrets as often as not, and so is what stands at a key with such a name:
// these are masked before a line is kept. It works on text, for it must also work
// where the document cannot be parsed, and rather masks too much.

// longestMasked bounds the lines that are looked into, in bytes. What each secret of a
// line costs grows with the line, and of a longer one, which a program wrote, only the
// beginning would be shown.
const longestMasked = 4 << 10

// masked returns the lines of a document with each character of a secret
// replaced, so that columns stay. A line that is too long is masked as a whole, and so
// are those behind it, of which nobody knows what they belong to.
func masked(lines []string) []string {
	out := make([]string, len(lines))
	m, lost := masker{block: -1}, false
	for i, line := range lines {
		if lost = lost || len(line) > longestMasked; lost {
			out[i] = stars(line[:min(len(line), longestMasked)])
			continue
		}
		out[i] = m.line(line)
	}
	return out
}

// A masker goes through the lines of a document.
type masker struct {
	block int // where the key stands whose block is masked, -1 outside of one
	child int // indentation of what is directly in it, -1 before that is known
	kind  blockKind

	depth int  // of brackets that go on, of which follows how things are in them
	lists int  // those of lists among them
	value bool // a value goes on
	quote byte // in such quotes; 0 in none

	comments *masker // of what comments that follow each other say; nil for none
}

// blockKind is what a block that is masked is.
type blockKind uint8

const (
	blockHeaders blockKind = iota // custom headers
	blockScalar                   // one value
	blockNamed                    // what a key with the name of a secret has, perhaps a mapping, which may be no secret
)

// headersKeys is the key of custom headers in lower case, as it, AWS's and
// misspellings contain it.
var headersKeys = []string{"custom_header", "custom-header", "customheader"}

func (m *masker) line(line string) string {
	text := strings.TrimLeft(line, " \t")
	indent := len(line) - len(text)
	switch {
	case m.depth > 0:
		return m.flow(line, 0)
	case m.block >= 0 && m.child < 0 && m.kind == blockHeaders && strings.HasPrefix(text, "{"):
		m.block = -1 // in brackets, and so perhaps no further to the right
		return m.flow(line, indent)
	case m.block >= 0 && (text == "" || text[0] == '#'):
		return line[:indent] + stars(text)
	case m.block >= 0 && indent > m.block && m.kind == blockScalar:
		return line[:indent] + stars(text)
	case m.block >= 0 && (indent > m.block || indent == m.block && m.kind != blockScalar && isItem(text)):
		return m.within(line, text, indent)
	}
	m.block = -1
	if strings.HasPrefix(text, "#") { // which nothing below belongs to but other comments
		if m.comments == nil {
			m.comments = &masker{block: -1}
		}
		marks := len(text) - len(strings.TrimLeft(text, "# \t"))
		marks = strings.LastIndexByte(text[:marks], '#') + 1
		return line[:indent+marks] + m.comments.line(text[marks:])
	}
	m.comments = nil
	return m.plain(line, 0)
}

// plain masks what follows from in a line, of which nothing is known before.
func (m *masker) plain(line string, from int) string {
	at := headersAt(line, from)
	if at < 0 {
		return m.named(line, from)
	}
	before := m.named(line[:at], from)
	line, at = before+line[at:], len(before)
	column, at := keyColumn(line, at-1), behindTags(line, at)
	if at == len(line) || line[at] == '#' {
		m.begin(column, blockHeaders)
		return line
	}
	return m.flow(line, at)
}

// begin has the lines masked that stand below the key at a column.
func (m *masker) begin(column int, kind blockKind) { m.block, m.child, m.kind = column, -1, kind }

// isItem reports whether a line is an item of a list, which may stand as far to
// the left as the key of the list.
func isItem(text string) bool { return text == "-" || strings.HasPrefix(text, "- ") }

// keyColumn returns where the key begins that ends before at.
func keyColumn(line string, at int) int {
	key := strings.TrimRight(line[:at], " \t")
	return strings.LastIndexAny(key, " \t{[,") + 1
}

// headersAt returns where the value of the first custom headers begins that have
// their key at from or behind it, -1 if there are none.
func headersAt(line string, from int) int {
	lower := lowered(line)
	for {
		from = endOfFirst(lower, from, headersKeys)
		if from < 0 {
			return -1
		}
		name, _, found := strings.Cut(lower[from:], ":")
		if found && strings.Trim(name, `s"' `) == "" { // custom_headers_config is another thing
			return from + len(name) + 1
		}
	}
}

// endOfFirst returns where the first of some words ends in what follows from, -1 if
// there is none.
func endOfFirst(lower string, from int, words []string) int {
	at := -1
	for _, word := range words {
		if i := strings.Index(lower[from:], word); i >= 0 && (at < 0 || from+i+len(word) < at) {
			at = from + i + len(word)
		}
	}
	return at
}

// within masks a line of a block of custom headers: all behind the key, and all of
// a line that has none. A mapping ends a block that may be one.
func (m *masker) within(line, text string, indent int) string {
	if m.child < 0 {
		m.child = indent
	}
	key, value, ok := cutKey(text)
	switch {
	case m.kind != blockNamed || isItem(text):
	case ok:
		m.block = -1
		return m.plain(line, indent)
	default:
		m.kind = blockScalar
	}
	if !ok || indent > m.child && !elsewhere(key) {
		return line[:indent] + stars(text)
	}
	if elsewhere(key) || isReference(value) {
		return line
	}
	return line[:len(line)-len(value)] + stars(value)
}

// flow masks what stands in brackets from at on: the values, and what follows if
// the brackets do not end in this line.
func (m *masker) flow(line string, at int) string {
	out := []byte(line)
	if m.depth == 0 {
		m.lists, m.value, m.quote = 0, false, 0
	}
	key, i := "", at
	if m.quote != 0 {
		i = m.quoted(out, line, at-1, m.quote)
	}
	for ; i < len(line); i++ {
		switch c := line[i]; {
		case c == '{' || c == '[':
			m.depth++
			if c == '[' {
				m.lists++
			}
			m.value = m.lists > 0
		case c == '}' || c == ']':
			if c == ']' {
				m.lists--
			}
			if m.depth--; m.depth <= 0 {
				m.depth = 0
				masked := cleared(out[:i+1])
				return m.plain(masked+line[i+1:], len(masked))
			}
		case c == ',':
			m.value = m.lists > 0 // all of a list, which custom headers are not
		case c == ':' && !m.value && (i+1 == len(line) || strings.IndexByte(" \t\"'{[", line[i+1]) >= 0):
			m.value = true
		case c == '"' || c == '\'':
			begin := i
			if m.value && !elsewhere(key) {
				i = m.quoted(out, line, i, c)
			} else {
				i, _ = quoteEnd(line, i)
			}
			if !m.value {
				key = strings.Trim(line[begin:i], `"'`)
			}
			i--
		case m.value:
			if !elsewhere(key) {
				blot(out[i : i+1])
			}
		case c != ' ':
			if i == at || strings.IndexByte(" ,{[", line[i-1]) >= 0 {
				key = ""
			}
			key += string(c)
		}
	}
	if m.depth == 0 { // no bracket: a value on the line of the key
		m.begin(keyColumn(line, at-1), blockScalar)
		return line[:at] + stars(line[at:])
	}
	return cleared(out)
}

// quoted masks what is in quotes that begin at at, in the line before if that is
// negative, and returns where it ends.
func (m *masker) quoted(out []byte, line string, at int, quote byte) int {
	end, closed := quotesEnd(line, at+1, quote)
	blot(out[max(0, at):end])
	if m.quote = quote; closed {
		m.quote = 0
	}
	return end
}

// blot replaces characters by stars of one byte, and cleared leaves out what is
// left of longer ones.
func blot(b []byte) {
	for i, c := range b {
		switch {
		case c >= 0x80 && c < 0xc0:
			b[i] = 0
		case c != ' ' && c != '\t' && c != '\r':
			b[i] = '*'
		}
	}
}

func cleared(b []byte) string { return strings.ReplaceAll(string(b), "\x00", "") }

// quoteEnd returns where the quoted text ends that begins at i, and whether it does
// so in the line.
func quoteEnd(line string, i int) (end int, closed bool) { return quotesEnd(line, i+1, line[i]) }

func quotesEnd(line string, from int, quote byte) (end int, closed bool) {
	for end := from; end < len(line); end++ {
		switch {
		case line[end] == '\\' && quote == '"':
			end++
		case line[end] == quote:
			return end + 1, true
		}
	}
	return len(line), false
}

// elsewhere reports whether a key says where a secret is kept.
func elsewhere(key string) bool { return key == "from_file" || key == "from_env" }

// isReference reports whether a value is a mapping that says so.
func isReference(value string) bool {
	value = strings.TrimLeft(value, "{ ")
	key, _, ok := cutKey(value)
	return value == "" || value[0] == '#' || ok && elsewhere(key)
}

// cutKey cuts "key: value" at the value.
func cutKey(text string) (key, value string, ok bool) {
	text = strings.TrimPrefix(text, "- ")
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		end, _ := quoteEnd(text, 0)
		rest, found := strings.CutPrefix(strings.TrimLeft(text[end:], " "), ":")
		return strings.Trim(text[:end], `"'`), strings.TrimLeft(rest, " "), found
	}
	if key, found := strings.CutSuffix(text, ":"); found && !strings.Contains(key, ": ") {
		return key, "", true
	}
	key, value, ok = strings.Cut(text, ": ")
	return key, strings.TrimLeft(value, " "), ok
}

// secretNames are in the names of keys whose values are secrets.
var secretNames = []string{"secret", "token", "password", "passwd", "credential", "authorization", "api_key", "api-key", "private_key"}

// named masks the values of keys with the name of a secret from from on, and has
// what they have in the lines below masked.
func (m *masker) named(line string, from int) string {
	line = line[:from] + maskCredentials(line[from:])
	for {
		at := endOfFirst(lowered(line), from, secretNames)
		if at < 0 {
			return line
		}
		from = at
		colon, begin := valueAt(line, at)
		if begin < 0 {
			continue
		}
		inBrackets, column := strings.ContainsAny(line[:at], "{["), keyColumn(line, colon)
		switch value := line[begin:]; {
		case value == "" || value[0] == '#':
			if !inBrackets {
				m.begin(column, blockNamed)
			}
			return line
		case value[0] == '|' || value[0] == '>':
			m.begin(column, blockScalar)
			return line
		case value[0] == '[':
			return m.flow(line, begin)
		case value[0] == '{' || value[0] == '*':
			continue
		}
		end := m.scalarEnd(line, begin, inBrackets)
		if value := strings.TrimSpace(line[begin:end]); value == "true" || value == "false" {
			continue
		}
		if !inBrackets {
			m.begin(column, blockScalar) // it may go on
		}
		rest := line[end:]
		line = line[:begin] + stars(line[begin:end])
		from, line = len(line), line+rest
	}
}

// scalarEnd returns where a scalar ends that begins at begin.
func (m *masker) scalarEnd(line string, begin int, inBrackets bool) int {
	if c := line[begin]; c == '"' || c == '\'' {
		end, closed := quoteEnd(line, begin)
		if !closed && inBrackets {
			m.begin(len(line)-len(strings.TrimLeft(line, " "))-1, blockScalar)
		}
		return end
	}
	for i := begin; i < len(line); i++ {
		if inBrackets && strings.IndexByte(",]}", line[i]) >= 0 || line[i] == '#' && strings.IndexByte(" \t", line[i-1]) >= 0 {
			return i
		}
	}
	return len(line)
}

// lowered returns a line with its ASCII letters in lower case: no byte moves.
func lowered(line string) string {
	out := []byte(line)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return string(out)
}

// maskCredentials masks what a URL has before the host.
func maskCredentials(line string) string {
	for from := 0; ; {
		at := strings.Index(line[from:], "://")
		if at < 0 {
			return line
		}
		from += at + len("://")
		host := line[from:]
		if end := strings.IndexAny(host, "/ \t,}\"'"); end >= 0 {
			host = host[:end]
		}
		if end := strings.LastIndexByte(host, '@'); end >= 0 {
			line = line[:from] + stars(host[:end]) + line[from+end:]
		}
	}
}

// valueAt returns where the colon is behind a key whose name goes on at at, and
// where its value begins, behind a tag or an anchor; -1 if it has none that is
// secret. A file's name is none.
func valueAt(line string, at int) (colon, begin int) {
	colon = strings.IndexByte(line[at:], ':')
	if colon < 0 {
		return -1, -1
	}
	colon += at
	name := strings.Trim(lowered(strings.TrimRight(line[at:colon], " \t")), `"'`)
	if strings.ContainsAny(name, " ,{}[]#") || strings.HasSuffix(name, "file") || strings.HasSuffix(name, "domains") || strings.HasSuffix(name, "source") {
		return -1, -1
	}
	begin = colon + 1
	if begin < len(line) && strings.IndexByte(" \t\"'{[\r", line[begin]) < 0 {
		return -1, -1
	}
	return colon, behindTags(line, begin)
}

// behindTags returns where a value begins at at or behind it, behind blanks, a tag
// and an anchor.
func behindTags(line string, at int) int {
	for at < len(line) {
		rest := strings.TrimLeft(line[at:], " \t\r")
		at = len(line) - len(rest)
		if rest == "" || rest[0] != '&' && rest[0] != '!' {
			break
		}
		word := strings.IndexAny(rest, " \t")
		if word < 0 {
			word = len(rest)
		}
		at += word
	}
	return at
}

// secretKey reports whether what is at a path has the name of a secret.
func secretKey(at path) bool {
	name := strings.ToLower(string(at[len(parent(at)):]))
	for _, secret := range secretNames {
		if strings.Contains(name, secret) {
			return true
		}
	}
	return false
}

// stars returns a text with each character that is no space replaced.
func stars(text string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\r' {
			return r
		}
		return '*'
	}, text)
}
