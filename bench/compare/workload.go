//go:build linux

package main

import (
	"slices"
	"time"
)

// A transport is how a workload's viewers speak.
type transport int

const (
	transportH1      transport = iota // HTTP/1.1 in cleartext
	transportH1TLS                    // HTTP/1.1 over TLS 1.3
	transportH2C                      // HTTP/2 in cleartext, with prior knowledge
	transportH2                       // HTTP/2 over TLS 1.3
	transportRSA                      // HTTP/1.1 over TLS 1.3, with a certificate for RSA, 2048 bits
	transportTickets                  // HTTP/1.1 over TLS 1.3, with sessions that are resumed by tickets
)

// scheme is that of the target's URL.
func (t transport) scheme() string {
	if t == transportH1 || t == transportH2C {
		return "http"
	}
	return "https"
}

// A tool makes the load.
type tool int

const (
	toolWrk        tool = iota // closed loop, HTTP/1.1
	toolH2load                 // HTTP/2, pipelining, fixed rates
	toolHandshakes             // this program: a connection for each request
	toolIdle                   // this program: connections that ask once and stay
)

// A stage is one start of all servers, on one CPU or on two. A workload that
// needs memory as it is after the start has a stage of its own.
type stage int

const (
	stagePinned stage = iota // servers on one CPU, the generator on another
	stageShared              // servers and generator on both, as the kernel likes
	stageIdle                // as pinned
)

// A workload is one thing that is measured at every server that can do it.
type workload struct {
	name        string
	title       string // of its table
	stage       stage
	transport   transport
	tool        tool
	path        string
	connections int
	streams     int           // HTTP/2 streams, or pipelined requests, of each connection
	rate        int           // requests a second in all; 0 is as fast as it goes
	duration    time.Duration // of a shot; 0 is the default
	browser     bool          // with the 11 fields of a browser besides Host
	script      string        // of wrk
	urls        int           // how many stored URLs it needs
	passes      bool          // the origin is asked for each request
	unfloored   bool          // the C floor cannot do it
	decisive    bool          // part of -quick
}

// workloads are in the order in which they run. Those that let memory grow
// are at the end of their stage.
var workloads = []workload{
	{name: "h1", title: "HTTP/1.1, 1 KiB, Host only", path: "/b/1k", connections: 64, decisive: true},
	{name: "h1-browser", title: "HTTP/1.1, 1 KiB, 12 browser fields", path: "/b/1k", connections: 64, browser: true, decisive: true},
	{name: "h1-pipelined", title: "HTTP/1.1, 1 KiB, 16 pipelined", path: "/b/1k", tool: toolH2load, connections: 16, streams: 16, unfloored: true},
	{name: "h1-16k", title: "HTTP/1.1, 16 KiB", path: "/b/16k", connections: 64},
	{name: "h1-256k", title: "HTTP/1.1, 256 KiB", path: "/b/256k", connections: 64, decisive: true},
	{name: "h1-tls", title: "HTTP/1.1 over TLS, 1 KiB, Host only", transport: transportH1TLS, path: "/b/1k", connections: 64, decisive: true},
	{name: "h1-tls-browser", title: "HTTP/1.1 over TLS, 1 KiB, 12 browser fields", transport: transportH1TLS, path: "/b/1k", connections: 64, browser: true, decisive: true},
	{name: "h1-tls-256k", title: "HTTP/1.1 over TLS, 256 KiB", transport: transportH1TLS, path: "/b/256k", connections: 64, decisive: true},
	{name: "handshake", title: "TLS 1.3 handshakes, each with one request", transport: transportH1TLS, tool: toolHandshakes, path: "/b/1k", connections: 16},
	{name: "handshake-rsa", title: "the same with RSA, 2048 bits", transport: transportRSA, tool: toolHandshakes, path: "/b/1k", connections: 16},
	{name: "handshake-resumed", title: "TLS 1.3 handshakes that resume a session, each with one request", transport: transportTickets, tool: toolHandshakes, path: "/b/1k", connections: 16},
	{name: "h2c", title: "HTTP/2 in cleartext, 1 KiB, 8 connections of 32 streams", transport: transportH2C, tool: toolH2load, path: "/b/1k", connections: 8, streams: 32},
	{name: "h2", title: "HTTP/2 over TLS, 1 KiB, 8 connections of 32 streams", transport: transportH2, tool: toolH2load, path: "/b/1k", connections: 8, streams: 32, decisive: true},
	{name: "h2-single", title: "HTTP/2 over TLS, 1 KiB, 64 connections of one stream", transport: transportH2, tool: toolH2load, path: "/b/1k", connections: 64, streams: 1},
	{name: "rate", title: "HTTP/1.1, 1 KiB, 10,000 requests a second", tool: toolH2load, path: "/b/1k", connections: 64, streams: 1, rate: 10000, duration: 2 * time.Second},
	{name: "pass", title: "HTTP/1.1, 1 KiB passed from the origin (no-store)", path: "/p/1", connections: 64, passes: true, unfloored: true, decisive: true},
	{name: "zipf", title: "HTTP/1.1, 1 KiB, 100,000 URLs by zipf 1.0", path: "/", connections: 64, script: "lua/zipf.lua", urls: 100000},
	{name: "two-cpus", title: "two CPUs: HTTP/1.1, 1 KiB, Host only", stage: stageShared, path: "/b/1k", connections: 64},
	{name: "two-cpus-rate", title: "two CPUs: HTTP/1.1, 1 KiB, 10,000 requests a second", stage: stageShared, tool: toolH2load, path: "/b/1k", connections: 64, streams: 1, rate: 10000, duration: 2 * time.Second, decisive: true},
	{name: "idle", title: "memory of an idle connection", stage: stageIdle, tool: toolIdle, path: "/b/1k", connections: 8000, unfloored: true, decisive: true},
	{name: "idle-tls", title: "memory of an idle TLS connection", stage: stageIdle, transport: transportH1TLS, tool: toolIdle, path: "/b/1k", connections: 8000, decisive: true},
}

// A peer is a server that takes part, seen from outside.
type peer struct {
	name   string // in tables and in -peers
	server string // in servers
	ports  map[transport]string
	// front is a second server whose CPU time counts where it terminates TLS.
	front string
	// content names the path that the peer answers, if it answers only one.
	content string
	// only names the workloads that it takes part in, if it does not in all.
	only []string
}

// nginx, with its access log on, is what the others are compared with: ours
// has its log on as well. floor is the other base.
const (
	base  = "nginx"
	floor = "C floor"
	ours  = "groundfront"
	// unguarded is ours without the web ACL that it has otherwise.
	unguarded = ours + " without firewall"
)

var peers = []peer{
	{name: base, server: "nginx", ports: map[transport]string{transportH1: "nginx", transportH2C: "nginx-h2c", transportH1TLS: "nginx-tls", transportH2: "nginx-tls", transportRSA: "nginx-rsa", transportTickets: "nginx-tickets"}},
	{name: floor, server: "floor", ports: map[transport]string{transportH1: "floor"}},
	{name: floor, server: "floor16k", ports: map[transport]string{transportH1: "floor16k"}, content: "/b/16k"},
	{name: floor, server: "floor256k", ports: map[transport]string{transportH1: "floor256k"}, content: "/b/256k"},
	{name: ours, server: "groundfront", ports: map[transport]string{transportH1: "groundfront", transportH2C: "groundfront", transportH1TLS: "groundfront-tls", transportH2: "groundfront-tls", transportRSA: "groundfront-rsa", transportTickets: "groundfront-tls"}},
	{name: unguarded, server: "unguarded", ports: map[transport]string{transportH1: "unguarded", transportH1TLS: "unguarded-tls", transportH2: "unguarded-tls"}, only: []string{"h1", "h1-browser", "h2"}},
	{name: ours + " with overlay", server: "overlay", ports: map[transport]string{transportH1: "overlay", transportH2C: "overlay", transportH1TLS: "overlay-tls", transportH2: "overlay-tls", transportRSA: "overlay-rsa", transportTickets: "overlay-tls"}},
	{name: ours + " before", server: "before", ports: map[transport]string{transportH1: "before", transportH2C: "before", transportH1TLS: "before-tls", transportH2: "before-tls", transportRSA: "before-rsa", transportTickets: "before-tls"}},
	{name: "haproxy", server: "haproxy", ports: map[transport]string{transportH1: "haproxy", transportH2C: "haproxy-h2c", transportH1TLS: "haproxy-tls", transportH2: "haproxy-tls"}},
	{name: "varnish", server: "varnish", ports: map[transport]string{transportH1: "varnish", transportH2C: "varnish", transportH1TLS: "varnish-tls", transportH2: "varnish-tls"}, front: "hitch"},
	{name: "trafficserver", server: "trafficserver", ports: map[transport]string{transportH1: "trafficserver", transportH1TLS: "trafficserver-tls", transportH2: "trafficserver-tls"}},
	{name: "nginx without log", server: "nginx", ports: map[transport]string{transportH1: "nginx-nolog"}, only: []string{"h1", "h1-browser"}},
}

// quickPeers decide the goals.
var quickPeers = []string{base, floor, ours, unguarded}

// takesPart reports whether the peer can do the workload.
func (p *peer) takesPart(w *workload) bool {
	if _, speaks := p.ports[w.transport]; !speaks {
		return false
	}
	if p.only != nil && !slices.Contains(p.only, w.name) {
		return false
	}
	if p.name != floor {
		return true
	}
	one := p.content
	if one == "" {
		return !w.unfloored && !slices.Contains([]string{"/b/16k", "/b/256k"}, w.path)
	}
	return !w.unfloored && one == w.path
}

// servers returns the names of the servers whose CPU time is the peer's in a
// workload.
func (p *peer) servers(w *workload) []string {
	if p.front != "" && w.transport.scheme() == "https" {
		return []string{p.server, p.front}
	}
	return []string{p.server}
}

// A goal is a bound on one figure of ours.
type goal struct {
	name     string
	workload string
	against  string // peer; "" is an absolute figure
	figure   figure
	most     float64
}

// A figure is one column that goals look at.
type figure int

const (
	figureCPU   figure = iota // ratio of CPU time for each request
	figureP99                 // ratio of the 99th percentile of latency
	figureBytes               // bytes of an idle connection
)

var goals = []goal{
	{"T1", "h1", floor, figureCPU, 1.20},
	{"T2", "h1", base, figureCPU, 0.42},
	{"T3", "h1-browser", base, figureCPU, 0.36},
	{"T4", "h1-browser", "varnish", figureCPU, 0.22},
	{"T5", "two-cpus", base, figureCPU, 0.48},
	{"T6", "two-cpus-rate", base, figureCPU, 0.50},
	{"T7", "h1-tls", base, figureCPU, 0.50},
	{"T7", "h1-tls-browser", base, figureCPU, 0.42},
	{"T8", "h2", base, figureCPU, 0.20},
	{"T9", "h2-single", base, figureCPU, 0.55},
	{"T10", "h1-16k", floor, figureCPU, 1.15},
	{"T11", "h1-256k", base, figureCPU, 1.05},
	{"T11", "h1-tls-256k", base, figureCPU, 0.55},
	{"T12", "h1-pipelined", base, figureCPU, 0.15},
	{"T13", "handshake", base, figureCPU, 0.95},
	{"T14", "pass", base, figureCPU, 1.00},
	{"T15", "zipf", base, figureCPU, 0.40},
	{"T19", "idle", "", figureBytes, 1024},
	{"T19", "idle-tls", "", figureBytes, 12 * 1024},
	{"p99", "rate", base, figureP99, 1.00},
}
