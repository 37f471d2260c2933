package corpus

import (
	"fmt"
	"os"
	"strings"
)

// Reasons reads a file that says of tests why they come out otherwise than they
// want, by their names, in lines such as
//
//	920410-1  the reason
//
// Lines that begin with "# " and empty ones mean nothing. A test without a reason
// is an error.
func Reasons(file string) (map[string]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	reasons := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, reason, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" || name == "#" {
			continue
		}
		if reasons[name] = strings.TrimSpace(reason); reasons[name] == "" {
			return nil, fmt.Errorf("%s: %s has no reason", file, name)
		}
	}
	return reasons, nil
}
