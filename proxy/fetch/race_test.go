//go:build race

package fetch

// slowViewers is less than without the race detector, which makes each one ten times
// as slow.
const slowViewers = 2000
