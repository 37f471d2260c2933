package config

import (
	"fmt"
	"slices"
	"strings"
)

// MethodSet is one of the three sets of methods that CloudFront allows
// (CF-METH-01).
type MethodSet string

// The method sets.
const (
	MethodSetRead        MethodSet = "read"         // GET, HEAD
	MethodSetReadOptions MethodSet = "read_options" // GET, HEAD, OPTIONS
	MethodSetAll         MethodSet = "all"          // all seven
)

func (MethodSet) values() []string { return []string{"read", "read_options", "all"} }

// knownMethods are the methods CloudFront knows; each set is a beginning of
// this list.
var knownMethods = []string{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}

// Methods returns the methods of the set, GET first.
func (s MethodSet) Methods() []string {
	switch s {
	case MethodSetReadOptions:
		return knownMethods[:3:3]
	case MethodSetAll:
		return slices.Clone(knownMethods)
	default:
		return knownMethods[:2:2]
	}
}

// Contains reports whether method, in upper case, is in the set.
func (s MethodSet) Contains(method string) bool {
	return slices.Contains(s.Methods(), method)
}

// methodSetOf returns the set that has exactly the given methods in any order.
func methodSetOf(methods []string) (MethodSet, error) {
	for _, name := range MethodSet("").values() {
		set := MethodSet(name)
		if sameMembers(set.Methods(), methods) {
			return set, nil
		}
	}
	return "", fmt.Errorf("[%s] is not one of the sets [GET, HEAD], [GET, HEAD, OPTIONS] or all seven methods (CF-METH-01)",
		strings.Join(methods, ", "))
}

func sameMembers(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}
