package managed

// How a shell of Unix reads: where commands are, and what their arguments look
// like. All of it looks at a few dozen bytes.

// A commandWord is a word where a command may be.
type commandWord struct {
	from, to int
	command  bool // is a command
	ordinary bool // is an ordinary word besides, or only that and a command seldom
	wrapper  bool // is a command that runs another
}

// known tells whether it is a command at all.
func (w *commandWord) known() bool { return w.command || w.ordinary }

// commandAt reads the word at i. Full stops behind it are of a sentence.
func commandAt(text string, i int) commandWord {
	w := commandWord{from: i, to: wordAt(text, i)}
	for w.to > i && text[w.to-1] == '.' {
		w.to--
	}
	var a [longestCommand]byte
	name := lower(text[i:w.to], &a)
	w.command, w.ordinary, w.wrapper = commandNames[string(name)], alsoWords[string(name)], wrappers[string(name)]
	return w
}

// A separator says how much what stands before a command says by itself.
type separator uint8

const (
	separatorPlain    separator = iota // ; | && ||
	separatorOpens                     // a substitution: what follows is a command if anything is
	separatorArgument                  // &, which separates query arguments, too
	separatorWeak                      // a line's end
)

func (s separator) String() string {
	switch s {
	case separatorPlain:
		return "plain"
	case separatorOpens:
		return "opens"
	case separatorArgument:
		return "argument"
	case separatorWeak:
		return "weak"
	}
	return "separator(?)"
}

// commandBehind tells whether a command follows a separator, which is
// text[from:to].
func commandBehind(text string, from, to int) bool {
	doubled := to < len(text) && text[to] == text[from]
	switch text[from] {
	case '\n':
		return commandAfter(text, to, separatorWeak)
	case '{':
		return to < len(text) && isSpace(text[to]) && commandAfter(text, to, separatorWeak)
	case '&':
		if doubled {
			return commandAfter(text, to+1, separatorPlain)
		}
		return commandAfter(text, to, separatorArgument)
	case '`':
		if from > 0 && !isWord(text[from-1]) && text[from-1] != '=' && text[from-1] != ';' && text[from-1] != '|' {
			return false // code in Markdown
		}
		return commandAfter(text, to, separatorOpens)
	case '$', '<', '>':
		return commandAfter(text, to, separatorOpens)
	case '|':
		if doubled {
			to++
		}
	}
	return commandAfter(text, to, separatorPlain)
}

// commandAfter tells whether there is a command behind a separator that ends
// at i.
func commandAfter(text string, i int, s separator) bool {
	i = skipOpening(text, i)
	switch {
	case i == len(text):
		return false
	case text[i] == '/':
		return commandPathAt(text, i)
	}
	w := commandAt(text, i)
	if w.wrapper && s != separatorWeak && wraps(text, w.to) {
		return true
	}
	ends := w.to == len(text)
	switch {
	case !w.known(), !ends && !endsCommand(text[w.to]):
		return false
	case s == separatorWeak:
		return commandLike(text, w.to) && sensitive(text, w.to)
	case s == separatorOpens:
		return w.command || commandLike(text, w.to)
	case s == separatorArgument && (ends || text[w.to] == '&' || text[w.to] == '='):
		return w.command && w.to-w.from > 4
	case w.ordinary:
		return commandLike(text, w.to) || s == separatorPlain && w.command && (ends || isClosing(text[w.to]))
	}
	return true
}

// skipOpening skips white space, and quotes and brackets around a command.
func skipOpening(text string, i int) int {
	i = skipSpace(text, i, 8)
	for begin := i; i < len(text) && i-begin < 4; i++ {
		switch text[i] {
		case '"', '\'', '(', '{', '!', '@':
			continue
		}
		break
	}
	return skipSpace(text, i, 4)
}

// wraps tells whether a command follows one that runs another and ends at i.
func wraps(text string, i int) bool {
	next := skipSpace(text, i, 4)
	if next == i {
		return false
	}
	w := commandAt(text, next)
	return w.command && (!w.ordinary || skipSpace(text, w.to, 2) == len(text) || endsCommand(text[w.to]) && !isSpace(text[w.to]) || commandLike(text, w.to))
}

// endsCommand tells whether a byte may stand right behind a command.
func endsCommand(c byte) bool {
	switch c {
	case ';', '|', '&', '<', '>', '`', ')', '(', '}', '"', '\'', '$':
		return true
	}
	return isSpace(c)
}

func isClosing(c byte) bool { return c == ';' || c == '|' || c == '`' || c == ')' || c == '\'' }

// commandLike tells whether what follows a command at i looks like its
// arguments: an option, a path, a variable, a redirection, another command.
func commandLike(text string, i int) bool {
	j := skipSpace(text, i, 4)
	if j+1 >= len(text) {
		return false
	}
	spaced, next := j > i, text[j+1]
	switch text[j] {
	case '-':
		return spaced && (isLetter(next) || next == '-' || isDigit(next))
	case '/', '~':
		return isWord(next) || next == '?' || next == '*' || next == '[' || next == ' ' || next == ';'
	case '.':
		return spaced && (next == '/' || next == '.' || next == ' ')
	case '$':
		return !isDigit(next)
	case '>':
		return next == '/' || next == '>' || next == '&' || next == ' ' && j+2 < len(text) && text[j+2] == '/'
	case '<':
		return next == '/' || hasFold(text, j, "<<<")
	case '|':
		w := commandAt(text, skipOpening(text, j+1))
		return w.command && (w.to == len(text) || endsCommand(text[w.to]))
	case '`':
		return spaced
	case '+':
		return hasFold(text, j, "+x ")
	case 'h', 'H', 'f', 'F':
		return hasFold(text, j, "http://") || hasFold(text, j, "https://") || hasFold(text, j, "ftp://")
	}
	if !spaced || !isDigit(text[j]) {
		return false
	}
	k, _, ok := numericHost(text[j:min(len(text), j+longestHost)]) // ping 192.0.2.1
	return ok && k == hostQuad
}

// sensitive tells whether a path of the system is near.
func sensitive(text string, i int) bool {
	near := text[i:min(len(text), i+64)]
	for j := range len(near) {
		if near[j] != '/' {
			continue
		}
		for _, folder := range [...]string{"/etc/", "/bin/", "/dev/", "/proc/", "/tmp/", "/var/"} {
			if hasFold(near, j, folder) {
				return true
			}
		}
	}
	return false
}

// commandLine confirms a command that begins a value.
func commandLine(text string, from, to int) bool {
	if to < len(text) && (text[to] == '=' || text[to] == '.' || text[to] == '-' || text[to] == '/') {
		return false
	}
	w := commandAt(text, from)
	if w.wrapper && wraps(text, to) {
		return true
	}
	if j := skipSpace(text, to, 2); j < len(text) && (text[j] == ';' || text[j] == '|') {
		return !w.ordinary && text[j] == ';' || commandAfter(text, j+1, separatorPlain)
	}
	return commandLike(text, to)
}

// commandPath confirms the folder of a command, whose last slash is text[to-1].
func commandPath(text string, from, to int) bool {
	if endsFold(text, from, "#!") || endsFold(text, from, "#!/usr") {
		return false // the first line of a script
	}
	if from > 0 && isWord(text[from-1]) && !endsFold(text, from, "/usr") && !endsFold(text, from, "/local") && !endsFold(text, from, "/opt") {
		return false
	}
	return commandPathAt(text, from)
}

// commandPathAt tells whether a command is at i, with its folders: bin is the
// last. There may be a wildcard in its name.
func commandPathAt(text string, i int) bool {
	for range 4 {
		end := wordAt(text, i+1)
		if end < len(text) && text[end] == '/' {
			i = end
			continue
		}
		if !endsFold(text, i+1, "bin/") {
			return false
		}
		if end < len(text) && (text[end] == '?' || text[end] == '*' || text[end] == '[') {
			return true
		}
		w := commandAt(text, i+1)
		return w.known() && (end == len(text) || endsCommand(text[end]))
	}
	return false
}

// bomb tells whether a function whose parameters are text[from:to-1] calls itself
// and goes on: f(){ f|f& };f
func bomb(text string, from, to int) bool {
	begin := from
	for begin > 0 && from-begin < 24 && !isSpace(text[begin-1]) && text[begin-1] != '=' && text[begin-1] != ';' && text[begin-1] != '"' {
		begin--
	}
	name, body := text[begin:from], text[to:min(len(text), to+64)]
	i := skipSpace(body, 0, 8)
	if name == "" || len(body)-i < len(name) || body[i:i+len(name)] != name {
		return false
	}
	for i += len(name); i < len(body) && (body[i] == '(' || body[i] == ')' || isSpace(body[i])); i++ {
	}
	return i < len(body) && (body[i] == '|' || body[i] == '&')
}
