// Package behavior chooses the cache behavior of a request: it compiles
// CloudFront path patterns, normalises the path they are compared with, and
// looks a path up in the ordered table of a distribution (CF-BEH-01..19).
//
// The path of a request has two forms. The normalised one exists for
// matching only; the raw one is keyed and sent to the origin (CF-BEH-11,
// CF-BEH-15). This package never gives back a path to forward.
//
// It is a part of proxy.
package behavior
