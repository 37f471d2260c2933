// Package group decides which of several origins is asked. It is pure: who
// asks, and when, is proxy/fetch.
//
// An origin group has a primary and a secondary (CF-OG-01). Every fetch begins
// with the primary (CF-OG-05). After its answer, or its failure, Criteria say
// whether the secondary is asked as well (failover.go).
//
// What is known of the health of members can change with whom a fetch begins
// (choice.go), and a Router can choose among several origins and origin groups
// before that (route.go, by the place of the viewer in geo.go). CloudFront has
// neither.
//
// It is a provider: it imports origin.
package group
