package managed

// Ways out of a folder: two steps up, or one and then a name that is worth it.
var traversalSearches = []search{
	{finds: FamilyTraversal, words: []string{"../", `..\`, "..%2f", "..%5c"}, confirm: climbs},
	{finds: FamilyTraversal, words: []string{"..;/"}}, // what Tomcat takes for a step, and others do not
	// Dots and slashes in encodings that some decoders understand: two bytes too
	// many for a dot, the full width one, and words of C.
	{finds: FamilyTraversal, words: []string{"\xc0\xae", "\xe0\x80\xae", "\xf0\x80\x80\xae", "\xc0\xaf", "\xe0\x80\xaf", "\xc1\x9c"}},
	{finds: FamilyTraversal, words: []string{"．．/", "0x2e0x2e", "0x2e.", "0x2e%00", "%c0%ae", "%c0%af", "%252e%252e"}},
	{finds: FamilyTraversal, words: []string{"..;."}, confirm: func(text string, _, to int) bool { return hasFold(text, to, `\;`) }},
}

// worth are names that a single step up leads to.
var worth = set(`etc proc sys var usr home root bin boot boot.ini win.ini windows winnt system32 web-inf
	.env .ssh .git .aws .htaccess .htpasswd passwd shadow config.php wp-config.php global.asa web.config app.config settings.py
	database.yml config.json application.yml application.properties`)

// climbs counts the steps up from from on.
func climbs(text string, from, to int) bool {
	steps, i := 1, to
	for tries := 0; steps < 2 && tries < 8; tries++ {
		j := i
		for j < len(text) && j-i < 8 && isSlash(text[j]) {
			j++
		}
		dots := j
		for dots < len(text) && text[dots] == '.' && dots-j < 4 {
			dots++
		}
		if dots-j == 1 && dots < len(text) && isSlash(text[dots]) { // ../././
			i = dots + 1
			continue
		}
		if dots-j < 2 || dots < len(text) && !isSlash(text[dots]) && text[dots] != ';' && text[dots] != '%' {
			break
		}
		if dots == len(text) && dots-j != 2 {
			break
		}
		steps, i = steps+1, dots+1
	}
	if steps > 1 {
		return true
	}
	// One step. It must begin a value or a segment, so that "see more.../docs" is none.
	if from > 0 && (isWord(text[from-1]) || text[from-1] == '.' && (from < 2 || !isSlash(text[from-2]) && text[from-2] != '=')) {
		return false
	}
	for begin := i; i < len(text) && i-begin < 8 && isSlash(text[i]); i++ {
	}
	var a [longestCommand]byte
	if worth[string(lower(text[i:wordAt(text, i)], &a))] {
		return true
	}
	// A name of a file in a form's part, or a value that begins with ..\
	return endsFold(text, from, `filename="`) || text[to-1] == '\\' && edgeStart.ok(text, from-1) && i < len(text) && isWord(text[i])
}

func isSlash(c byte) bool { return c == '/' || c == '\\' }
