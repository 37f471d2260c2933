package metrics

import (
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// A Set is every metric of one process with its own registry.
type Set struct {
	registry *prometheus.Registry

	originRequests *prometheus.CounterVec
	originDuration *prometheus.HistogramVec
	injected       *prometheus.CounterVec
	originChoices  *prometheus.CounterVec
	handshakes     *prometheus.CounterVec

	collapsed     prometheus.Counter
	panics        prometheus.Counter
	refused       *prometheus.CounterVec
	invalidations [numInvalidations]prometheus.Counter
	reloads       [numReloads]prometheus.Counter
	configHash    *prometheus.GaugeVec
	reloadOK      prometheus.Gauge
	reloadTime    prometheus.Gauge

	mu struct {
		sync.Mutex
		behaviors  map[[2]string]*Behavior
		origins    map[[2]string]*Origin
		choices    map[[3]string]bool // distribution, group, origin
		firewall   map[firewallKey]*FirewallCounter
		handshakes map[handshakeKey]bool

		wanted map[any]bool // keys of all maps that were asked for since Mark; nil before
	}
}

// New returns a Set with an empty registry to which the Go runtime and the
// process add theirs.
func New() *Set {
	s := &Set{
		registry: prometheus.NewRegistry(),
		originRequests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "groundfront_origin_requests_total",
			Help: "Requests to origins; status_class is error when none answered.",
		}, []string{"distribution", "origin", "status_class"}),
		originDuration: histogramVec("groundfront_origin_duration_seconds",
			"Time spent in each phase of a request to an origin.", "distribution", "origin", "phase"),
		injected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "groundfront_origin_injected_total",
			Help: "Faults injected into what origins answer, by kind.",
		}, []string{"distribution", "origin", "kind"}),
		originChoices: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "groundfront_origin_choices_total",
			Help: "Choices of an origin of a group, by the reason for it.",
		}, []string{"distribution", "group", "origin", "reason"}),
		handshakes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "groundfront_viewer_certificate_handshakes_total",
			Help: "Handshakes in which viewers were asked for a certificate; status is Success, or the code of the connection log.",
		}, []string{"distribution", "status"}),
		collapsed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "groundfront_collapsed_requests_total",
			Help: "Viewer requests that joined the fetch of another viewer.",
		}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "groundfront_panics_total",
			Help: "Requests that ended by a fault of ours.",
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "groundfront_connections_refused_total",
			Help: "Viewer connections closed before anything of them was served, by the reason.",
		}, []string{"reason"}),
		configHash: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "groundfront_config_hash",
			Help: "1 for the hash of the configuration in use.",
		}, []string{"hash"}),
		reloadOK: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "groundfront_config_last_reload_successful",
			Help: "1 if the last attempt to load a configuration was successful, 0 if the one before is still in use.",
		}),
		reloadTime: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "groundfront_config_last_reload_success_timestamp_seconds",
			Help: "When the configuration in use was loaded.",
		}),
	}
	s.mu.behaviors = map[[2]string]*Behavior{}
	s.mu.origins = map[[2]string]*Origin{}
	s.mu.firewall = map[firewallKey]*FirewallCounter{}
	s.mu.handshakes = map[handshakeKey]bool{}
	s.mu.choices = map[[3]string]bool{}
	s.registry.MustRegister(requestCollector{s}, firewallCollector{s}, s.originRequests, s.originDuration, s.originChoices, s.injected, s.handshakes,
		s.collapsed, s.panics, s.refused, s.configHash, s.reloadOK, s.reloadTime, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	children(s.registry, s.invalidations[:], invalidationNames[:], "groundfront_invalidations_total",
		"Invalidation paths and tags accepted.", "kind")
	children(s.registry, s.reloads[:], reloadNames[:], "groundfront_config_reloads_total",
		"Attempts to load a configuration.", "result")
	return s
}

// histogramVec returns histograms with classic buckets for any Prometheus and
// native ones, about 10 % wide, for those that read them.
func histogramVec(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    name,
		Help:    help,
		Buckets: classicBounds,

		NativeHistogramBucketFactor:     1.1, // nativeSchema
		NativeHistogramMaxBucketNumber:  maxNativeBuckets,
		NativeHistogramMinResetDuration: time.Hour,
	}, labels)
}

// children registers a counter with one label and fills into with a child
// for each of its values.
func children(r *prometheus.Registry, into []prometheus.Counter, values []string, name, help, label string) {
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
	r.MustRegister(vec)
	for i, value := range values {
		into[i] = vec.WithLabelValues(value)
	}
}

// Collapsed counts a viewer request that joined the fetch of another.
func (s *Set) Collapsed() { s.collapsed.Inc() }

// Panicked counts a request that ended by a fault of ours.
func (s *Set) Panicked() { s.panics.Inc() }

// ConnectionRefused counts a viewer connection that was closed before anything of
// it was served. The reason is one of a few words.
func (s *Set) ConnectionRefused(reason string) { s.refused.WithLabelValues(reason).Inc() }

// An Invalidation is the form of what is invalidated.
type Invalidation uint8

// The forms.
const (
	InvalidationExact    Invalidation = iota // one path
	InvalidationWildcard                     // path ending with a star
	InvalidationTag                          // cache tag
	numInvalidations
)

var invalidationNames = [numInvalidations]string{
	InvalidationExact:    "exact",
	InvalidationWildcard: "wildcard",
	InvalidationTag:      "tag",
}

// String returns the label value.
func (i Invalidation) String() string { return name(invalidationNames[:], int(i)) }

// Invalidated counts an accepted invalidation path or tag.
func (s *Set) Invalidated(i Invalidation) {
	if i < numInvalidations {
		s.invalidations[i].Inc()
	}
}

// A Reload is the end of an attempt to load a configuration.
type Reload uint8

// The ends. After each but the first the old configuration stays in use.
const (
	ReloadOK      Reload = iota // the new configuration is in use
	ReloadInvalid               // it has errors, or what only another process can change
	ReloadFailed                // it is right, and something that it needs is not to be had
	numReloads
)

var reloadNames = [numReloads]string{
	ReloadOK:      "ok",
	ReloadInvalid: "invalid",
	ReloadFailed:  "failed",
}

// String returns the label value.
func (r Reload) String() string { return name(reloadNames[:], int(r)) }

// Reloaded counts an attempt to load a configuration.
func (s *Set) Reloaded(r Reload) {
	if r >= numReloads {
		return
	}
	s.reloads[r].Inc()
	s.reloadOK.Set(map[bool]float64{true: 1}[r == ReloadOK])
}

// SetConfig says which configuration is in use, and since when.
func (s *Set) SetConfig(hash string, loaded time.Time) {
	s.configHash.Reset()
	s.configHash.WithLabelValues(hash).Set(1)
	s.reloadOK.Set(1)
	s.reloadTime.Set(float64(loaded.UnixMilli()) / 1000)
}

// SetBuild adds groundfront_build_info. It is called once.
func (s *Set) SetBuild(version, revision string) {
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "groundfront_build_info",
		Help: "1 for the version that runs.",
		ConstLabels: prometheus.Labels{
			"version": version, "revision": revision, "goversion": runtime.Version(),
		},
	})
	info.Set(1)
	s.registry.MustRegister(info)
}

// name returns the label value at index i of a closed list.
func name(names []string, i int) string {
	if i >= len(names) {
		return "value(" + strconv.Itoa(i) + ")"
	}
	return names[i]
}
