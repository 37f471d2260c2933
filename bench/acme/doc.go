// Package acme tests the program with an ACME server that is not ours: Pebble, which
// validates names as an authority does, in the test's own process. Names are
// resolved by a DNS server of the test, to 127.0.0.1.
//
// There is nothing here but tests. They are a module of their own, so that Pebble is
// no dependency of Groundfront:
//
//	cd bench/acme && go test ./...
package acme
