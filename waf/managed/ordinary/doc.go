// Package ordinary has requests that nobody should block: pages, reads and
// writes of APIs, forms, uploads, webhooks, telemetry and prose in several
// languages, with the fields and cookies that viewers send. It is what false
// positives are counted on.
//
//   - ordinary.go: reading them.
//   - testdata: the requests, in one file for each kind of traffic.
//
// All of it is made up. Much of it was chosen because something in it looks like
// a piece of an attack: names with apostrophes, prose with semicolons and words
// that are commands, too, documents with code, stack traces, filters in query
// strings.
//
// A file of its own has what rules block on purpose, harmless or not, as AWS's do
// (WF-MRG-06): HTML in content, callbacks to URLs with an IPv4 address, relative
// paths that climb two steps, content of more than 8 KB, requests without a
// User-Agent, texts that quote attacks.
//
// It is a part of what waf/managed is tested with, and imports nothing of waf.
package ordinary
