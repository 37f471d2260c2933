package doctor

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/config"
)

//go:embed doc.go
var document string

// TestCoverage compares the table of the package comment with the traps: each
// of the 45 statements has a line, which names the traps that are looked for,
// or says why there are none.
func TestCoverage(t *testing.T) {
	lines := regexp.MustCompile(`(?m)^//	(CF-TRAP-\d\d)  (.+)$`).FindAllStringSubmatch(document, -1)
	if len(lines) != 45 {
		t.Fatalf("got %d lines, want 45", len(lines))
	}
	named := map[config.Trap]string{}
	for i, line := range lines {
		id, text := line[1], line[2]
		if want := fmt.Sprintf("CF-TRAP-%02d", i+1); id != want {
			t.Errorf("line %d: got %s, want %s", i+1, id, want)
		}
		names := trapsIn(text)
		for _, trap := range names {
			named[trap] = id
		}
		why := slices.ContainsFunc([]string{"not visible: ", "refused: ", "at run time: "}, func(s string) bool { return strings.HasPrefix(text, s) })
		if len(names) > 0 == why {
			t.Errorf("%s: got %q, want names of traps, or why there are none", id, text)
		}
	}
	for _, trap := range config.Traps() {
		if named[trap] != trap.ID() {
			t.Errorf("%s: got the line of %q, want %s", trap, named[trap], trap.ID())
		}
	}
}

// trapsIn returns the traps at the beginning of a line.
func trapsIn(text string) []config.Trap {
	list, _, _ := strings.Cut(text, ";")
	var traps []config.Trap
	for word := range strings.SplitSeq(list, ", ") {
		if slices.Contains(config.Traps(), config.Trap(word)) {
			traps = append(traps, config.Trap(word))
		}
	}
	return traps
}

func TestKinds(t *testing.T) {
	for in, want := range map[string]kind{
		"domain_name: a1b2c3d4e5.execute-api.us-east-1.amazonaws.com":                  kindAPIGateway,
		"domain_name: a1b2c3d4e5.execute-api.us-east-1.amazonaws.com, api_gateway: {}": kindAPIGateway,
		"domain_name: vpce-0123-abcd.execute-api.eu-west-1.vpce.amazonaws.com":         kindAPIGateway,
		"domain_name: a1b2c3d4e5.execute-api.localhost.localstack.cloud":               kindAPIGateway,
		"domain_name: api.example.com, api_gateway: {}":                                kindCustomDomain,
		"domain_name: abcdefghij.lambda-url.eu-west-1.on.aws":                          kindFunctionURL,
		"domain_name: fn.test, lambda: {endpoint: \"http://localhost:3001\"}":          kindFunction,
		"domain_name: d111111abcdef8.cloudfront.net":                                   kindEdge,
		"domain_name: api.example.com":                                                 kindUnknown,
		"domain_name: execute-api.us-east-1.amazonaws.com":                             kindUnknown,
		"domain_name: assets.s3.us-east-1.amazonaws.com, s3_origin_config: {}":         kindFiles,
		"domain_name: assets.s3-website-us-east-1.amazonaws.com":                       kindFiles,
		"domain_name: assets.test, directory: {path: ./public}":                        kindFiles,
	} {
		c, problems := config.Parse("kind.yaml", []byte(part{origin: in}.yaml()))
		if problems.HasErrors() {
			t.Errorf("%s: %s", in, problems)
			continue
		}
		if got := kindOf(&c.Distributions[0].Origins[0]); got != want {
			t.Errorf("AG-HOST-01: kind of {%s}: got %v, want %v", in, got, want)
		}
	}
}
