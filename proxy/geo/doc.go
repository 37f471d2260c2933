// Package geo tells where an address is, by data of the operator's: tables of
// prefixes, and databases in MaxMind's format. There is none without that; no
// data comes with the edge.
//
//   - place.go: what is known of an address, and what words there are for it.
//   - details.go: what else may be known: city, coordinates and the like.
//   - data.go: several sources as one.
//   - table.go, parse.go: a table of prefixes, and its form in a file.
//   - restriction.go: viewers of which countries are served.
//   - database.go: a database, whose records are all read when it is opened.
//
// It is a part of proxy, and one of two importers of the longest-prefix table.
package geo
