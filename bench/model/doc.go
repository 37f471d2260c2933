// Package model compares the edge with a model of CloudFront's cache, on
// random sequences of requests, origin answers, steps of time and
// invalidations.
//
// The model is slow and obvious: a list of everything that happened, from
// which each question is answered anew. It follows the specification and
// shares no code with the edge; rules.go says what is kept and for how long,
// world.go what a request gets. The edge is the real one between the parsed
// request and the origin's answer: proxy, its fetches and its cache.
//
//	go test ./bench/model -model.runs 100000 -model.seed 7
//
// A sequence on which the two differ is made as short as possible and printed
// with its seed.
package model
