// Package geo tells where an address is, by data of the operator's: a file of
// prefixes with their countries. There is none without that; no data comes with
// the edge.
//
// It is a part of proxy, and one of two importers of the longest-prefix table.
package geo
