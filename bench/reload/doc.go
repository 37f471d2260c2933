//go:build linux

// Command reload measures what a reload of the configuration costs, and what
// viewers notice of it (reliability Z15).
//
// It runs the groundfront binary as a process of its own, asks it for hits at a
// fixed rate, and has it reload at several paces meanwhile; each reload changes
// one header that viewers get. The script run builds both:
//
//	bench/reload/run
//	bench/reload/run -rounds 9 -seconds 10 -cpus 0,1
//	bench/reload/run -before /tmp/groundfront -configurations ordinary
//
// The second line gives the edge both CPUs, which it shares with the generator;
// otherwise it has one and the generator the other. The last one has another
// build of it take turns with this one. Configurations are a small one, with one
// distribution and one origin, and an ordinary one: 3 distributions, 20 cache
// behaviors, certificates, a web ACL with seven of AWS's managed rule groups, an
// IP set of 1,000 prefixes and a table of 20,000 places.
//
// The time of a request begins when it was to be sent, if its connection still
// waited for the response before, and else when it was sent: an edge that stands
// still is not asked less, and a generator that wakes up late is not the edge's
// fault. Ratios are those of shots of the same round, of which the table has the
// median; those of shared machines differ much between runs.
//
// It is a bench provider: it knows the edge by its command line and its admin
// interface.
package main
