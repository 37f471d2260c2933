//go:build !race

package edgetest

// scale divides the crowds of tests, and the bounds that they meet.
const scale = 1
