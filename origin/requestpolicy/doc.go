// Package requestpolicy decides what of a viewer's request reaches the
// origin: the union of what the cache policy keys and what the origin request
// policy selects (tables CF-ORP and CF-ORPX), plus the fields that every
// origin request has (CF-ORP-01), minus those that never pass (table CF-HDR).
//
// What is neither in the key nor selected does not reach the origin. That is
// the rule which keeps a cache from being poisoned by input it does not key,
// so nothing here passes by default.
//
// It is a part of origin: a provider, which imports its parent.
package requestpolicy
