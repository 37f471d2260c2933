package managed

// The Flight protocol of React's server components carries references into what
// was sent before: "$1:path:to". Paths through prototypes and constructors reach
// Function (CVE-2025-55182).
var reactSearches = []search{
	{finds: FamilyReact, words: []string{":__proto__:", "\"__proto__\"", ":constructor:constructor", "resolved_model", "$1:constructor", "$1:__proto__", "_response\":{\"_prefix"}},
	{finds: FamilyReact, words: []string{"child_process"}, confirm: func(text string, from, to int) bool {
		near := text[max(0, from-160):min(len(text), to+160)]
		return findFold(near, "execsync") || findFold(near, ".exec(") || findFold(near, "spawnsync") || findFold(near, "require(") || findFold(near, "mainmodule")
	}},
	{finds: FamilyReact, words: []string{"process.mainmodule", "process.binding(", "_$$nd_func$$_"}},
}
