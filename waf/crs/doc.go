// Package crs inspects requests with the OWASP Core Rule Set, in the engine
// that it is written for, Coraza. A web ACL asks it where it has the rule
// group of that name, and nothing of it is compiled otherwise (WF-ARC-02).
//
//   - options.go: what an operator may choose, and the checks of it.
//   - directives.go: the choice in the engine's own language.
//   - engine.go: rules, compiled once for all who choose the same, and whose
//     turn it is.
//   - inspect.go: one request, from its arrival to a score.
//   - leaves.go: how much work a request is.
//   - group.go: the engine as the rule group of a web ACL.
//
// The rule set counts: a rule that matches adds to the request's score, and a
// score at the threshold blocks (WF-CZ-11). Here the engine only detects, and
// whoever asks gets the score and the numbers of the rules.
//
// It is slow, by its nature: hundreds of regular expressions are tried on every
// argument, and what surrounds each trial takes as long again. In CPU time
// (BenchmarkInspect) a GET takes 1 ms, one with four arguments 1.8 ms, a JSON
// content of 1 KiB 15 ms, and what has twice the arguments takes more than twice
// as long (WF-BM-01): about the most that the default limits allow are 250 values
// in 16 KiB, for 0.2 s. So it is for requests that go to an origin, never for a
// hit; content is inspected up to a number of bytes and of values; only some
// requests are inspected at once, the next ones wait a bounded time (WF-ARC-08).
// A request cannot be interrupted while it is inspected (WF-CZ-10): the limits of
// its size are what bounds the time. Words looked for before each expression, as
// package regex does, would take a tenth off JSON and a third off long texts: too
// little for rules that are no longer the rule set's own.
//
// The engine writes files of multipart contents to the folder of temporary
// files, and removes them after the request; New fails where it cannot. A program
// that is built with the tag no_fs_access, as the container image is, does
// neither.
//
// It is a provider: it imports waf, whose Engine a Group is.
package crs
