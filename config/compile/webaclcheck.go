package compile

import (
	"errors"
	"fmt"
	"slices"

	"github.com/groundfront/groundfront/config"
)

// A Refusal is a value of a configuration that only compiling shows to be
// wrong: a regular expression, say.
type Refusal struct {
	Path     string // as in Config.Position
	Position config.Position
	Message  string
	cause    error
}

// Error has the position before the message.
func (r *Refusal) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", r.Position.File, r.Position.Line, r.Position.Column, r.Message)
}

// Unwrap returns the error that the message is of, if there is one.
func (r *Refusal) Unwrap() error { return r.cause }

// errorAt returns an error about the value at a path of the configuration.
func (k *firewall) errorAt(at, format string, args ...any) error {
	p, _ := k.config.Position(at)
	err := fmt.Errorf(format, args...)
	return &Refusal{Path: at, Position: p, Message: err.Error(), cause: errors.Unwrap(err)}
}

// refused is the code of a Refusal among diagnostics: a statement lacks a part,
// or has one that it cannot have.
const refused = "GF4061"

// CheckWebACLs compiles the web ACLs of a configuration, with the files that it
// names, and returns what only that shows: the first problem of each.
func CheckWebACLs(c *config.Config) config.Diagnostics {
	if len(c.WebACLs) == 0 {
		return nil
	}
	var found config.Diagnostics
	for i := range c.WebACLs {
		_, err := WebACL(c, c.WebACLs[i].Name)
		if err == nil {
			continue
		}
		d := config.Diagnostic{Severity: config.SeverityError, Code: refused, Path: config.KeyPath("web_acls", c.WebACLs[i].Name), Message: err.Error()}
		var r *Refusal
		if errors.As(err, &r) {
			d.Path, d.Message = r.Path, r.Message
		}
		if !slices.ContainsFunc(found, func(f config.Diagnostic) bool { return f.Path == d.Path }) { // all web ACLs need the files of all sets
			found = append(found, d)
		}
	}
	return found
}
