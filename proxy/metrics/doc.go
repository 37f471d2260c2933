// Package metrics counts what the edge does and exposes it to Prometheus.
// Labels are bounded: distribution, behavior, reason, method class, status
// class, origin; never a path or a key.
//
// Recording a request looks nothing up and allocates nothing: the compiled
// configuration holds a *Behavior for each cache behavior, and a *Behavior
// holds its counters in an array indexed by reason, method and status class.
//
// It is a part of proxy and the only importer of the Prometheus client. Only
// handler.go knows net/http, for the type of the page that proxy/admin
// mounts.
package metrics
