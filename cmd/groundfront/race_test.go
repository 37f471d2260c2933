//go:build race

package main

// stormReloads is less than without the race detector, which makes each one ten
// times as long.
const stormReloads = 100
