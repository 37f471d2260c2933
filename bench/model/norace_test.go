//go:build !race

package model

// defaultRuns is how many sequences each test makes.
const defaultRuns = 1000
