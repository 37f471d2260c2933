// Package group decides which member of an origin group is asked. It is pure:
// who asks, and when, is proxy/fetch.
//
// An origin group has a primary and a secondary (CF-OG-01). Every fetch begins
// with the primary (CF-OG-05). After its answer, or its failure, Criteria say
// whether the secondary is asked as well (failover.go).
//
// It is a provider: it imports origin.
package group
