// Package model compares the edge with models of its cache, on random
// sequences of requests, origin answers, steps of time and invalidations.
//
// The models are slow and obvious: a list of everything that happened, from
// which each question is answered anew. They follow the specification and
// share no code with the edge.
//
//	rules.go        CloudFront: what is kept and for how long
//	world.go        CloudFront: what a request gets
//	strictrules.go  RFC 9111: what is kept, for how long, what requests demand
//	strict.go       RFC 9111: what a request gets
//	parts.go        both: stored parts of content
//
// What many viewers do at once has no one right outcome. Scripts of that are
// judged by rules that hold in each (crowdrules.go): one request at the origin
// for what may be shared, nothing invalidated, nothing older after something
// newer, nobody's private content, no mixed bytes, true ages, and an end.
//
// The edge is the real one between the parsed request and the origin's
// answer: proxy, its fetches and its cache. Where it may do one thing or
// another, as when memory is too small for all, a model follows every way.
//
//	go test ./bench/model -model.runs 100000 -model.seed 7
//
// A sequence on which the two differ is made as short as possible and printed
// with its seed. Another test compares the edge with itself, by where it keeps
// what is stored: memory, a disk tier, and content in files.
package model
