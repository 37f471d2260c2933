//go:build race

package model

// defaultRuns is less than without the race detector, which makes each one
// eight times as long.
const defaultRuns = 200
