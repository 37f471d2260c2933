//go:build !race

package main

// stormReloads is how often TestReloadStorm reloads.
const stormReloads = 1000
