// Package edgetest is the whole edge in one process for tests: configuration,
// cache, transport, proxy and listeners over in-memory connections, and
// viewers that speak HTTP/1.1 and HTTP/2 byte by byte.
//
// It is made to live in a testing/synctest bubble: everything it starts ends
// with the test, nothing it waits for is a real network or a real clock.
// Origins are listeners that the test gets from Listen by their host.
//
// It is a provider, used by tests only.
package edgetest
