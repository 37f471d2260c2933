// Package metrics counts what the edge does and exposes it to Prometheus.
// Labels are bounded: distribution, behavior, reason, method class, status
// class, origin; never a path or a key.
//
// Recording a request looks nothing up, allocates nothing and meets no other
// processor: the compiled configuration holds a *Behavior for each cache
// behavior, and a *Behavior counts by itself, in shards (behavior.go,
// latency.go). What it has counted becomes Prometheus' counters and histograms
// when they are collected (requests.go). All else, which is rarer, is counted
// by the client's own.
//
// It is a part of proxy and the only importer of the Prometheus client. Only
// handler.go knows net/http, for the type of the page that proxy/admin
// mounts.
package metrics
