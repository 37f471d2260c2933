package config

import "strings"

// Messages show lines of the configuration, and end in logs, in the answers of
// the admin listener and in bug reports. The values of custom headers of origins
// are secrets as often as not, and so is what stands at a key with such a name:
// these are masked before a line is kept. It works on text, for it must also work
// where the document cannot be parsed, and rather masks too much.

// masked returns the lines of a document with each character of a secret
// replaced, so that columns stay.
func masked(lines []string) []string {
	out := make([]string, len(lines))
	m := masker{block: -1}
	for i, line := range lines {
		out[i] = m.line(line)
	}
	return out
}

// A masker goes through the lines of a document.
type masker struct {
	block int // indentation of the key whose block is masked, -1 outside of one
	child int // indentation of what is directly in it, -1 before that is known
	depth int // of brackets, within custom headers that began with one
}

// headersKey is the key of custom headers, as it and its misspellings contain it.
const headersKey = "custom_header"

func (m *masker) line(line string) string {
	text := strings.TrimLeft(line, " \t")
	indent := len(line) - len(text)
	switch {
	case m.depth > 0:
		return m.flow(line, 0)
	case m.block >= 0 && (text == "" || text[0] == '#'):
		return line[:indent] + stars(text)
	case m.block >= 0 && indent > m.block:
		return m.within(line, text, indent)
	}
	m.block = -1
	at := headersAt(line)
	if at < 0 {
		return maskNamed(line)
	}
	rest := strings.TrimLeft(line[at:], " \t")
	if rest == "" || strings.HasPrefix(rest, "#") || rest[0] == '&' || rest[0] == '!' {
		m.block, m.child = indent, -1
		return line
	}
	return m.flow(line, at)
}

// headersAt returns where the value of custom headers begins in a line, -1 if
// there are none.
func headersAt(line string) int {
	at := strings.Index(strings.ToLower(line), headersKey)
	if at < 0 {
		return -1
	}
	rest := line[at+len(headersKey):]
	colon := strings.IndexByte(rest, ':')
	if colon < 0 || strings.Trim(rest[:colon], `sS"' `) != "" { // custom_headers_config is another thing
		return -1
	}
	return at + len(headersKey) + colon + 1
}

// within masks a line of a block of custom headers: all behind the key, and all of
// a line that has none.
func (m *masker) within(line, text string, indent int) string {
	if m.child < 0 {
		m.child = indent
	}
	key, value, ok := cutKey(text)
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
	key, value, lists := "", false, 0
	for i := at; i < len(line); i++ {
		switch c := line[i]; {
		case c == '{' || c == '[':
			m.depth++
			if c == '[' {
				lists++
			}
			value = lists > 0
		case c == '}' || c == ']':
			if c == ']' {
				lists--
			}
			if m.depth--; m.depth <= 0 {
				m.depth = 0
				return cleared(out[:i+1]) + maskNamed(line[i+1:])
			}
		case c == ',':
			value = lists > 0 // all of a list, which custom headers are not
		case c == ':' && !value && (i+1 == len(line) || strings.IndexByte(" \t\"'{[", line[i+1]) >= 0):
			value = true
		case c == '"' || c == '\'':
			end := quoteEnd(line, i)
			if value && !elsewhere(key) {
				blot(out[i:end])
			}
			if !value {
				key = strings.Trim(line[i:end], `"'`)
			}
			i = end - 1
		case value:
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
		return line[:at] + stars(line[at:])
	}
	return cleared(out)
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

// quoteEnd returns where the quoted text ends that begins at i.
func quoteEnd(line string, i int) int {
	for end := i + 1; end < len(line); end++ {
		switch {
		case line[end] == '\\' && line[i] == '"':
			end++
		case line[end] == line[i]:
			return end + 1
		}
	}
	return len(line)
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
		end := quoteEnd(text, 0)
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

// maskNamed masks the values of keys with the name of a secret.
func maskNamed(line string) string {
	line = maskCredentials(line)
	lower := strings.ToLower(line)
	for _, name := range secretNames {
		for from := 0; ; {
			at := strings.Index(lower[from:], name)
			if at < 0 {
				break
			}
			from += at + len(name)
			line = maskValue(line, from)
		}
	}
	return line
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

// maskValue masks the scalar that follows a key whose name goes on at at. A file's
// name is none, nor is what is in brackets.
func maskValue(line string, at int) string {
	colon := strings.IndexByte(line[at:], ':')
	if colon < 0 {
		return line
	}
	name := strings.ToLower(strings.Trim(line[at:at+colon], `"'`))
	if strings.ContainsAny(name, " ,{}[]#") || strings.HasSuffix(name, "file") || strings.HasSuffix(name, "domains") || strings.HasSuffix(name, "source") {
		return line
	}
	begin := at + colon + 1
	for begin < len(line) && line[begin] == ' ' {
		begin++
	}
	if begin == len(line) || begin == at+colon+1 || strings.IndexByte("{[&*!|>#", line[begin]) >= 0 {
		return line
	}
	end := len(line)
	if c := line[begin]; c == '"' || c == '\'' {
		end = quoteEnd(line, begin)
	} else if i := strings.IndexAny(line[begin:], ",}#"); i >= 0 {
		end = begin + i
	}
	value := strings.TrimSpace(line[begin:end])
	if value == "true" || value == "false" {
		return line
	}
	return line[:begin] + stars(line[begin:end]) + line[end:]
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
