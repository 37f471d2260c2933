package managed

// A search is one thing that a pass over a text looks for.
type search struct {
	// finds is the family that occurs where it succeeds.
	finds Family
	// words are literals without regard to case, one of which must occur.
	words []string
	// confirm, unless nil, looks at the text after a word was found: whether
	// there is more to it.
	confirm func(text string) bool
}

// searches has the searches of all families.
var searches []search
