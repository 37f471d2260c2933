//go:build race

package edgetest

// scale divides the crowds of tests, and the bounds that they meet: the race
// detector has room for 8,128 goroutines.
const scale = 10
