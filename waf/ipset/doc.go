// Package ipset tells which of a web ACL's IP sets have an address.
//
//   - set.go: one IP set, as it is configured (WF-QUO-02).
//   - index.go: all of them in one table, asked once for a connection or a
//     request (WF-IP).
//
// Nothing uses it yet: the configuration has no IP sets and refuses web ACLs
// by name, until there are rules to evaluate. It will be a part of waf, and is
// the only importer of the longest-prefix table.
package ipset
