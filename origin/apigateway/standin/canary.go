package standin

import (
	"errors"
	"fmt"
	"maps"
	"strings"
)

// A Canary is a second deployment of a stage that gets a share of its
// requests, drawn anew for each (AG-CAN-01). The zero value is no canary.
type Canary struct {
	// Percent is the share, 0 to 100.
	Percent float64
	// StageVariables override the stage's for the canary.
	StageVariables map[string]string
}

// A deployment is what answers a request of a stage.
type deployment uint8

const (
	deploymentBase deployment = iota
	deploymentCanary
)

// String returns the deployment's id.
func (d deployment) String() string {
	switch d {
	case deploymentBase:
		return "dep1oy"
	case deploymentCanary:
		return "canary"
	}
	return fmt.Sprintf("deployment(%d)", uint8(d))
}

// exists reports whether there is a canary, be it one that gets nothing.
func (c Canary) exists() bool { return c.Percent > 0 || len(c.StageVariables) > 0 }

func (c Canary) check(flavor Flavor) error {
	switch {
	case !(c.Percent >= 0 && c.Percent <= 100):
		return fmt.Errorf("%v percent: want 0 to 100", c.Percent)
	case flavor != FlavorREST && c.exists():
		return errors.New("an HTTP API has no canary (AG-CAN-01)")
	}
	return checkVariables(c.StageVariables)
}

// checkVariables applies AG-STG-01. AWS does not say which characters a name
// may have; those of values are more than enough.
func checkVariables(variables map[string]string) error {
	const punctuation = "-._~:/?#&=,"
	allowed := func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return letter || strings.ContainsRune(punctuation, r)
	}
	if len(variables) > 100 {
		return fmt.Errorf("%d stage variables: want at most 100 (AG-STG-01)", len(variables))
	}
	for name, value := range variables {
		if name == "" || len(name) > 64 || len(value) > 512 || strings.ContainsFunc(name+value, func(r rune) bool { return !allowed(r) }) {
			return fmt.Errorf("stage variable %q: want a name of at most 64 and a value of at most 512 letters, digits and %s (AG-STG-01)", name, punctuation)
		}
	}
	return nil
}

// deploy draws the deployment that answers c.
func (s *Standin) deploy(c *call) deployment {
	if c.ids.share*100 < s.opts.Canary.Percent {
		return deploymentCanary
	}
	return deploymentBase
}

// variables returns the stage variables that c sees, nil for none.
func (s *Standin) variables(c *call) map[string]string {
	if c.deployment == deploymentBase || len(s.opts.Canary.StageVariables) == 0 {
		return s.opts.StageVariables
	}
	seen := map[string]string{}
	maps.Copy(seen, s.opts.StageVariables)
	maps.Copy(seen, s.opts.Canary.StageVariables)
	return seen
}
