//go:build race

package main

// raced tells that the race detector is on: sync.Pool then drops at random
// what it is given, and with it what ristretto's tinylfu learns from gets.
const raced = true
