package managed

// Scripts for browsers that the detector of XssMatch does not know: it reads a
// value as a piece of a page, and so neither knows what runs within a script
// nor what only some browsers, or frameworks, take for one.
var scriptSearches = []search{
	// Tags of scripts in encodings that are no ASCII: full width, of UTF-7, of an
	// entity, of US-ASCII with the eighth bit.
	{finds: FamilyScript, words: list("＜script ＜/script +adw-script +adw-/script &lt;script &lt;/script"), right: edgeWord},
	{finds: FamilyScript, words: list("\xbcscript \xbc/script"), right: edgeWord, confirm: func(text string, from, _ int) bool {
		return from == 0 || text[from-1] < 0x80 || text[from-1] == 0xc2
	}},
	{finds: FamilyScript, words: list("<script </script <noscript"), right: edgeWord},
	{finds: FamilyScript, words: list("<iframe <object <embed <applet <frameset"), confirm: tagged},
	// A tag whose letters are apart, which old browsers put together.
	{finds: FamilyScript, words: list("<"), confirm: spaced},
	{finds: FamilyScript, words: list("vmlframe xi:include 2001/xinclude importimplementation"), left: edgeWord},
	{finds: FamilyScript, words: list("!entity"), confirm: external},
	// URLs and style sheets that run a script.
	{finds: FamilyScript, words: list("javascript: vbscript: livescript: url(javascript data:text/html"), left: edgeWord},
	{finds: FamilyScript, words: list("javascript vbscript"), left: edgeWord, confirm: scheme},
	{finds: FamilyScript, words: list("-moz-binding behavior:url srcdoc= &tab; &newline; javascript&colon;")},
	// Events, with a handler.
	{finds: FamilyScript, words: list("on"), confirm: handler},
	{finds: FamilyScript, words: list("formaction"), left: edgeWord, confirm: assigned},
	// Objects of pages, and functions that run text or show that a script runs.
	{finds: FamilyScript, left: edgeWord, confirm: noSegment, words: list(`
		document.cookie document.domain document.write document.location document.body document.createelement
		document.queryselector document.getelement document.documentelement document.forms document.url document.referrer
		window.location window.name window.open( window.eval location.href= location.replace( location.assign(
		string.fromcharcode importscripts(`)},
	{finds: FamilyScript, words: list(".innerhtml .outerhtml .insertadjacenthtml")},
	{finds: FamilyScript, words: list("document window self globalthis"), left: edgeWord, right: edgeWord, confirm: member},
	{finds: FamilyScript, words: list("eval( alert( confirm( prompt( settimeout( setinterval( atob( btoa( function()"), left: edgeName, confirm: noSegment},
	{finds: FamilyScript, words: list("constructor.constructor {{constructor $eval( $on.constructor")},
	{finds: FamilyScript, words: list("call apply"), left: edgeWord, confirm: tagCall},
	// Scripts of brackets alone.
	{finds: FamilyScript, words: list("![] +[]+ [+[]] []+[]")},
}

// noSegment tells whether a word does not begin a segment of a path.
func noSegment(text string, from, _ int) bool { return from == 0 || text[from-1] != '/' }

// tagged tells whether a word is the whole name of a tag, with an attribute.
func tagged(text string, _, to int) bool {
	at := skipSpace(text, to, 16)
	return at > to && at < len(text) && isLetter(text[at]) || to < len(text) && text[to] == '/'
}

// spaced tells whether at least four letters follow, each apart from the next.
func spaced(text string, _, to int) bool {
	at := skipSpace(text, to, 4)
	for range 3 {
		if at+1 >= len(text) || !isLetter(text[at]) || !isSpace(text[at+1]) {
			return false
		}
		at = skipSpace(text, at+1, 4)
	}
	return at < len(text) && isLetter(text[at])
}

// external tells whether an entity is one of another document.
func external(text string, _, to int) bool {
	rest := text[to:min(len(text), to+64)]
	return findFold(rest, "system") || findFold(rest, "public")
}

// scheme tells whether a colon follows behind white space, or what browsers
// leave out.
func scheme(text string, _, to int) bool {
	at := skipSpace(text, to, 16)
	return at > to && at < len(text) && text[at] == ':'
}

// assigned tells whether a value follows, and no comparison.
func assigned(text string, _, to int) bool {
	at := skipSpace(text, to, 16)
	return at < len(text) && text[at] == '=' && (at+1 == len(text) || text[at+1] != '=')
}

// handler tells whether a word is the beginning of an event's name, and a
// value follows it.
func handler(text string, from, to int) bool {
	if from > 0 {
		switch c := text[from-1]; {
		case isSpace(c), c == '"', c == '\'', c == '`', c == '/', c == ';', c == ',', c == '(', c == 0:
		default:
			return false
		}
	}
	end := to
	for end < len(text) && end-to < longestEvent && isLetter(text[end]) {
		end++
	}
	if end-to < 3 || !assigned(text, from, end) {
		return false
	}
	for _, e := range &events {
		if hasFold(text[:end], to, e) {
			return true
		}
	}
	return false
}

const longestEvent = 48

// events are how the names of events begin, behind "on".
var events = [...]string{
	"abort", "activate", "after", "animation", "auxclick", "before", "begin", "blur", "bounce", "can", "cell", "change", "click", "close",
	"command", "content", "context", "copy", "cue", "cut", "data", "dbl", "deactivate", "device", "drag", "drop", "duration", "emptied",
	"end", "error", "filter", "finish", "focus", "form", "full", "gesture", "got", "hash", "help", "input", "invalid", "key", "layout",
	"load", "lose", "lost", "media", "message", "mouse", "move", "orientation", "out", "page", "paste", "pause", "play", "pointer", "popstate",
	"progress", "property", "rate", "ready", "rejection", "repeat", "reset", "resize", "reverse", "row", "scroll", "search", "security",
	"seek", "select", "show", "slot", "start", "stop", "storage", "submit", "suspend", "sync", "time", "toggle", "touch", "transition",
	"unhandled", "unload", "url", "volume", "waiting", "webkit", "wheel", "zoom",
}

// member tells whether a member of an object is taken in a way that hides
// which: document["cookie"], (document)["cookie"], document /**/ . cookie.
func member(text string, from, to int) bool {
	if !noSegment(text, from, to) {
		return false
	}
	at := skipGap(text, to)
	if at < len(text) && text[at] == ')' {
		at = skipGap(text, at+1)
	}
	if at == len(text) {
		return false
	}
	next := skipGap(text, at+1)
	switch text[at] {
	case '[':
		return next < len(text) && (text[next] == '"' || text[next] == '\'' || text[next] == '`' || text[next] == '\\' || text[next] == '/')
	case '.':
		for _, name := range [...]string{"cookie", "domain", "location", "write", "body", "alert"} {
			if hasFold(text, next, name) {
				return true
			}
		}
	}
	return false
}

// skipGap returns the position of the first byte from i on that is neither
// white space nor in a comment, looking some way ahead.
func skipGap(text string, i int) int {
	for end := min(len(text), i+64); i < end; {
		switch {
		case isSpace(text[i]):
			i++
		case text[i] == '/' && i+1 < end && text[i+1] == '*':
			for i += 2; i < end && (text[i-1] != '*' || text[i] != '/'); i++ {
			}
			i = min(i+1, end)
		default:
			return i
		}
	}
	return i
}

// tagCall tells whether a template is called, which needs no parentheses.
func tagCall(text string, _, to int) bool {
	at := skipGap(text, to)
	if at >= len(text) || text[at] != '`' {
		return false
	}
	return hasFold(text, skipGap(text, at+1), "${")
}
