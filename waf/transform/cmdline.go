package transform

// commandClass is what a byte is to a command line.
type commandClass uint8

const (
	commandPlain     commandClass = iota
	commandUpper                  // gets lower case
	commandQuote                  // is deleted
	commandSeparator              // becomes a space, one for a run
	commandSpace                  // the same, and is one already
	commandTight                  // deletes spaces before it
)

// commandClasses takes tabs and line breaks for spaces, as ModSecurity does;
// AWS's description does not mention them.
var commandClasses = func() (classes [256]commandClass) {
	for c := 'A'; c <= 'Z'; c++ {
		classes[c] = commandUpper
	}
	for _, class := range []struct {
		of    commandClass
		bytes string
	}{
		{commandQuote, `\"'^`},
		{commandSeparator, ",;\t\r\n"},
		{commandSpace, " "},
		{commandTight, "/("},
	} {
		for _, c := range class.bytes {
			classes[c] = class.of
		}
	}
	return classes
}()

// firstOfCmdLine returns where the first byte is that is neither plain nor on
// its own, or the space before it.
func firstOfCmdLine(src string) int {
	spaced := false
	for i := range len(src) {
		class := commandClasses[src[i]]
		alone := class == commandPlain || !spaced && (class == commandSpace || class == commandTight)
		switch {
		case !alone && spaced:
			return i - 1
		case !alone:
			return i
		}
		spaced = class == commandSpace
	}
	return -1
}

// cmdLine undoes what a shell ignores (WF-TT-04): quotes, and more spaces than
// are needed. Letters get lower case.
func cmdLine(dst []byte, src string) []byte {
	spaced := false
	for i := range len(src) {
		c := src[i]
		switch commandClasses[c] {
		case commandQuote:
			continue
		case commandSpace, commandSeparator:
			if !spaced {
				dst = append(dst, ' ')
			}
			spaced = true
			continue
		case commandTight:
			if spaced {
				dst = dst[:len(dst)-1]
			}
		case commandUpper:
			c |= 0x20
		}
		dst = append(dst, c)
		spaced = false
	}
	return dst
}
