// Package selection says which names a policy selects: the behavior none,
// all, whitelist or allExcept with its list of names, which cache policies
// and origin request policies use for query strings and for cookies alike
// (CF-KEY-07, CF-ORP-03).
//
// It is a part of cachekey.
package selection

import (
	"errors"
	"fmt"
	"slices"
)

// A Behavior is how a policy's list of names is meant.
type Behavior uint8

// The behaviors, in CloudFront's words.
const (
	BehaviorNone      Behavior = iota // nothing
	BehaviorAll                       // everything
	BehaviorWhitelist                 // the listed names
	BehaviorAllExcept                 // everything but the listed names
)

// String returns the behavior as CloudFront's API spells it.
func (b Behavior) String() string {
	switch b {
	case BehaviorNone:
		return "none"
	case BehaviorAll:
		return "all"
	case BehaviorWhitelist:
		return "whitelist"
	case BehaviorAllExcept:
		return "allExcept"
	}
	return "Behavior(?)"
}

// A Selection is a behavior with its names. The zero value selects nothing.
type Selection struct {
	Behavior Behavior
	// Names are compared byte for byte: "*" is a literal character
	// (CF-KEY-08) and letter case counts (CF-KEY-15, CF-KEY-23). They belong
	// to BehaviorWhitelist and BehaviorAllExcept only.
	Names []string
}

// Includes reports whether name is selected. The lists are short (10 names,
// CF-KEY-09), so it compares one by one.
func (s *Selection) Includes(name string) bool {
	switch s.Behavior {
	case BehaviorAll:
		return true
	case BehaviorWhitelist:
		return slices.Contains(s.Names, name)
	case BehaviorAllExcept:
		return !slices.Contains(s.Names, name)
	}
	return false
}

// ErrInvalid is wrapped by every error of Check.
var ErrInvalid = errors.New("invalid selection")

// Check returns an error that wraps ErrInvalid if the selection does not say
// what its author meant: an unknown behavior, a list that the behavior would
// not look at, a behavior without the list it needs, or an empty name.
func (s *Selection) Check() error {
	listed := s.Behavior == BehaviorWhitelist || s.Behavior == BehaviorAllExcept
	switch {
	case s.Behavior > BehaviorAllExcept:
		return fmt.Errorf("%w: unknown behavior %d", ErrInvalid, uint8(s.Behavior))
	case listed && len(s.Names) == 0:
		return fmt.Errorf("%w: behavior %s needs names", ErrInvalid, s.Behavior)
	case !listed && len(s.Names) > 0:
		return fmt.Errorf("%w: behavior %s takes no names", ErrInvalid, s.Behavior)
	case slices.Contains(s.Names, ""):
		return fmt.Errorf("%w: empty name", ErrInvalid)
	}
	return nil
}
