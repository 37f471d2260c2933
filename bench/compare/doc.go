//go:build linux

// Command compare measures Groundfront beside nginx, HAProxy, Varnish (behind
// hitch for TLS) and Apache Traffic Server, all from the distribution's
// packages, and beside a floor in C that does nothing but read and write. It
// is a bench provider: it knows the edge by its command line. The script run
// builds and runs it:
//
//	bench/compare/run -quick
//	bench/compare/run -markdown compare.md -readme README.md
//	bench/compare/run -workloads h1,h2 -peers nginx,groundfront -rounds 3
//	bench/compare/run -workloads pass -profiles profiles -overlay waf.yaml
//
//	bench/compare/run -workloads h1 -peers nginx,groundfront,'groundfront before' -before /tmp/groundfront
//
// Paths are relative to the repository's root. The line with -profiles also
// writes where Groundfront's CPU time goes. The last two have one more peer:
// Groundfront with another configuration laid over the one of all workloads,
// and another build of it, to see what a change is worth.
//
// # What is measured
//
// CPU time of the server for each request: that of all its processes, from
// their CPU clocks, over a shot of one second, divided by the requests that
// were answered. It is what a machine has to be bought for, and unlike
// requests a second it does not depend on whether the generator keeps up: the
// fast servers wait for it.
//
// The server is pinned to one CPU, generator and origin to another, in
// round-robin real time if permitted, so that other processes take no time
// from them. The workloads with two CPUs leave all to the kernel. Peers take
// turns, shot by shot, since the speed of a shared machine changes within
// seconds; tables have medians, and ratios are medians of the ratios of each
// round. Compare ratios of one table, not microseconds of two.
//
// A shot with any error, or one of hits for which the origin was asked, or
// one of passed requests for which it was not, is no result. p50 and p99 are
// given only at a fixed rate, where the generator sends to all connections at
// once: they say how long it takes to work off such a burst.
//
// # What makes it fair
//
// Everyone answers the same JSON with the fields of an API's answer and those
// of an edge; the columns "fields" and "head" tell how many fields and bytes
// of head there are. Everyone has a log of its requests: nginx, Traffic Server
// and Groundfront in a file through a buffer, Varnish in shared memory, HAProxy
// in a ring in memory. "nginx" is the base; "nginx without log" shows what its
// log costs. Groundfront also has what its users have: metrics, several cache
// behaviors, a cache policy with query strings, a response headers policy, and
// a web ACL with an IP set of 10,000 prefixes and a rate-based rule, neither of
// which matches. "groundfront without firewall" shows what that costs, in three
// workloads; with -firewall=false nothing has it.
// TLS is 1.3 with AES-128-GCM, a P-256 certificate and full handshakes
// everywhere, by X25519; two workloads have a certificate for RSA, and sessions
// that are resumed. Groundfront gives tickets in all of them, nginx in the last. The configurations are in the folder conf.
package main
