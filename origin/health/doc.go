// Package health knows how origins do, so that others are asked instead of one
// that does not work. CloudFront knows nothing of the kind (CF-OG-05): all of
// it is off unless an origin is configured otherwise.
//
// A State is what is known of one origin, from two sources that do not know of
// each other:
//
//	check.go     what it says when it is asked how it is, by the rules of Route 53's
//	             health checks (AG-HC-01 to AG-HC-08)
//	ejection.go  how it answers viewers' requests: after failures in a row it gets
//	             none for a while, then one at a time to try
//
// and two measures: latency.go has a slow average of how far away it is,
// percentile.go how long it may take to answer before that is unusual.
//
// These are arithmetic: the time is an argument. keeper.go keeps the States over
// reloads and runs the checks, each in a goroutine that ends with its origin.
//
// It is a provider: it imports origin.
package health
