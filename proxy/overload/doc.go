// Package overload decides what the edge gives up when memory or processors are
// short, so that what is most useful goes on longest: hits.
//
//	stop filling the cache  →  shed idle connections and new streams  →
//	only hits  →  accept nobody
//
// A Manager reads gauges a few times a second, in a goroutine of its own, and
// publishes a Level. Who serves asks for that, which is one atomic load, and does
// what belongs to the level: nothing here knows connections or responses.
//
// It is a part of proxy.
package overload
