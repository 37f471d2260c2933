package config

// GeneratedErrorHeaders is a value of Choices.
type GeneratedErrorHeaders string

func (GeneratedErrorHeaders) values() []string { return []string{"applied", "omitted"} }

// ErrorPageHeaders is a value of Choices.
type ErrorPageHeaders string

func (ErrorPageHeaders) values() []string { return []string{"request", "page"} }

// CORSVary is a value of Choices.
type CORSVary string

func (CORSVary) values() []string { return []string{"added", "omitted"} }

// CORSAllowHeaders is a value of Choices.
type CORSAllowHeaders string

func (CORSAllowHeaders) values() []string {
	return []string{"list_unless_wildcard", "matched", "list"}
}
