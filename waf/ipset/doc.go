// Package ipset tells which of a web ACL's IP sets have an address.
//
//   - set.go: one IP set, as it is configured (WF-QUO-02).
//   - index.go: all of them in one table, asked once for a connection or a
//     request (WF-IP).
//
// It is a part of waf, and one of two importers of the longest-prefix table.
package ipset
