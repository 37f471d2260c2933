package managed

// Commands for a shell of Unix. Most separators and substitutions say nothing by
// themselves: the word behind one must be a command, and if that is an ordinary
// word, too, it must be followed by what follows commands.
var unixSearches = []search{
	{finds: FamilyUnix, words: []string{";", "|", "&", "`", "$(", "<(", ">(", "{ ", "${ifs}", "\n"}, confirm: commandBehind},
	// The beginning of a value: commands that nothing else is called, or with
	// arguments that only commands have.
	{finds: FamilyUnix, words: unmistakable, left: edgeStart, right: edgeName},
	{finds: FamilyUnix, words: list(beginners), left: edgeStart, right: edgeWord, confirm: commandLine},
	{finds: FamilyUnix, words: []string{"alias "}, left: edgeStart, confirm: func(text string, _, to int) bool { return hasByte(text, to, 48, '=') }},
	// Full paths of commands.
	{finds: FamilyUnix, words: []string{"/bin/", "/sbin/"}, confirm: commandPath},
	{finds: FamilyUnix, words: []string{"bin/"}, left: edgeStart, confirm: func(text string, _, to int) bool { return commandPathAt(text, to-1) }},
	// Variables of the shell, and substitutions that hold no command.
	{finds: FamilyUnix, words: list("/dev/tcp/ /dev/udp/ ${shell} ${ifs} $ifs$ $ifs/ ${path} ${home} ${path# ${path: ${pwd ${ifs% ${ifs: ${@} <<<$( $((")},
	{finds: FamilyUnix, words: list("$home $path $shell $ifs $pwd"), right: edgeWord, confirm: shellVariable},
	{finds: FamilyUnix, words: []string{"&&$", ";$", "|$", "&& $"}, confirm: variableCommand},
	{finds: FamilyUnix, words: []string{"<(", ">("}, confirm: func(text string, from, to int) bool {
		return edgeStart.ok(text, from-1) && to < len(text) && isLetter(text[to]) && hasByte(text, to, 24, ')')
	}},
	{finds: FamilyUnix, words: []string{"~+", "~-"}, left: edgeStart, confirm: numberToEnd},
	{finds: FamilyUnix, words: []string{"{,", ",}"}, confirm: func(text string, from, to int) bool { // {,ip,a}
		return to < len(text) && (isLetter(text[to]) || text[to] == '/' || text[to] == '$') || from > 0 && isLetter(text[from-1])
	}},
	// Within a word: what the shell reads as nothing.
	{finds: FamilyUnix, obscures: true, words: list("$@ $* $! $? $_ $$ $-"), confirm: func(text string, from, to int) bool {
		return from > 0 && to < len(text) && isLetter(text[from-1]) && isLetter(text[to])
	}},
	{finds: FamilyUnix, words: []string{"$()", "``", "<()", ">()"}, confirm: emptySubstitution},
	// Functions that bash took from its environment, and bombs.
	{finds: FamilyUnix, words: []string{"() {", "(){"}, confirm: func(text string, from, to int) bool {
		return from == 0 || text[from-1] == '=' || hasFold(text, skipSpace(text, to, 8), ":;") || bomb(text, from, to)
	}},
	// Files of the system and commands with wildcards and substitutions in their names.
	{finds: FamilyUnix, words: list("/etc/pas[ /etc/pa[ /etc/[ /[e /[?] /e*/ /et*/ /?tc/ /???/ /bi[n] /b?n/ /bin/ca? /usr/[ /usr/bin/[ /e?? /etc/p? /etc/${ /etc/$( /etc$ /et$")},
	// Redirections and pipes into shells.
	{finds: FamilyUnix, words: []string{"cat<<<", "cat <<<", "<<<$(", "<<<\"", "set -o history", "exec 5<>", "-wrapper sh,-c", "<!--#exec", "<!--#include", "<!--#echo", "<!--#printenv", ">&/dev/", ">& /dev/"}},
	{finds: FamilyUnix, words: []string{"0>&1", "2>&1 ", "1>&2", "| sh", "|sh", "|bash", "| bash", "|base64", "| base64 -d"}, confirm: func(text string, _, to int) bool { return to == len(text) || !isLetter(text[to]) }},
}

// shellVariable confirms a variable of the shell: it is printed, or begins a value.
func shellVariable(text string, from, _ int) bool {
	if edgeStart.ok(text, from-1) || text[from-1] == ';' {
		return true
	}
	before := backSpace(text, from, 8)
	for _, command := range [...]string{"echo", "cat", "ls", "printf", "cd"} {
		if before < from && endsFold(text, before, command) {
			return true
		}
	}
	return false
}

// variableCommand confirms a variable that is run: a=cu;b=rl;$a$b x
func variableCommand(text string, _, to int) bool {
	end := wordAt(text, to)
	return end > to && !isDigit(text[to]) && end < len(text) && (text[end] == ' ' || text[end] == '$' || text[end] == '+')
}

// emptySubstitution confirms a substitution of nothing within a word, or behind
// one: pi“ng. More than two backquotes begin code in Markdown.
func emptySubstitution(text string, from, to int) bool {
	if from == 0 || text[from-1] == '`' || to < len(text) && text[to] == '`' {
		return false
	}
	letter := to < len(text) && isLetter(text[to])
	return isLetter(text[from-1]) && (to == len(text) || letter || isSpace(text[to])) || text[from] != '`' && letter
}

// numberToEnd confirms that the rest of the text is a number, or nothing.
func numberToEnd(text string, _, to int) bool {
	for end := min(len(text), to+8); to < end && isDigit(text[to]); to++ {
	}
	return to == len(text)
}
