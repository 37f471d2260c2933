// Package country has the countries of ISO 3166-1 with their English names.
//
// It is a part of proxy/geo. The configuration asks it as well which codes there
// are.
package country

import (
	"maps"
	"slices"
)

// Name returns the English name of the country with a code of ISO 3166-1 alpha-2,
// "" if there is no such country.
//
// Hot path: no allocation.
func Name(code string) string { return names[code] }

// Codes returns all codes in their order.
func Codes() []string { return slices.Sorted(maps.Keys(names)) }
