package doctor

import (
	"slices"

	"github.com/groundfront/groundfront/config"
)

// A Warning is one trap at one place.
type Warning struct {
	Trap    config.Trap
	Path    string // of the property that causes it, as in config.Config.Position
	Message string // what will happen
	Fix     string // what to write instead
}

// String returns the warning in one line, without its fix.
func (w Warning) String() string {
	return w.Trap.String() + ": " + w.Message + " (" + w.Trap.ID() + ")"
}

// Examine returns what the checks find in c, in the order of the checks. What
// several behaviors have from one property is said once. What doctor.ignore
// names is left out.
func Examine(c *config.Config) []Warning {
	var found []Warning
	distributions := distributionsOf(c)
	for _, check := range checks {
		if slices.Contains(c.Doctor.Ignore, check.trap) {
			continue
		}
		check.run(c, distributions, func(path, message, fix string) {
			again := slices.ContainsFunc(found, func(w Warning) bool { return w.Trap == check.trap && w.Path == path })
			if !again {
				found = append(found, Warning{check.trap, path, message, fix})
			}
		})
	}
	return found
}

// Report returns the diagnostics of loading c with the warnings of Examine
// among them.
func Report(c *config.Config, loaded config.Diagnostics) config.Diagnostics {
	var more config.Diagnostics
	for _, w := range Examine(c) {
		more = append(more, config.Diagnostic{
			Severity: config.SeverityWarning, Code: w.Trap.Code(), Trap: w.Trap,
			Path: w.Path, Message: w.String(), Suggestion: w.Fix,
		})
	}
	return c.Annotate(loaded, more)
}
