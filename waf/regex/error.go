package regex

import "fmt"

// An Error says why a pattern is refused.
type Error struct {
	Offset int    // of the construct, in bytes
	What   string // the construct, or what is wrong
	Hint   string // what to do instead, or ""
}

func (e *Error) Error() string {
	text := fmt.Sprintf("at offset %d: %s", e.Offset, e.What)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}
