// Package fetch is the origin side of the proxy: one trip to an origin, from
// the request that is built for it to the response that is stored or handed
// on. A Fetch may outlive the viewer that caused it, because others read its
// response or because it will be stored.
//
// A Fetch is a small state machine, since only this side loops. Each state
// is one function in a file of its own and returns the next:
//
//	chooseOrigin ─> buildRequest ─> roundTrip ─┬─> judge ─> transfer ─> store
//	     ^                                     ├─> revalidated (304) ─> store
//	     └── failover <────────────────────────┴─> fail ─> stale copy, or an error of our own
//
// A viewer gets an Answer as soon as the response's head is judged, and reads
// the content while it arrives. Five ways to ask:
//
//	Get         joins the fetch that is in flight for the key, or for the key and
//	            the range, or leads one
//	Alone       runs one that nobody joins (forwarded cookies, a condition of
//	            the viewer's own)
//	Lone        runs one like that in the caller's goroutine, while it turns out
//	            as expected (what was not for sharing a moment ago)
//	Direct      runs one in the caller's goroutine (POST, caching disabled);
//	            hardly ever stored
//	Background  revalidates behind the viewer's back
//
// It is a part of proxy.
package fetch
