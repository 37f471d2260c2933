package admin

import (
	"context"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/groundfront/groundfront/waf/record"
)

// Options are what the interface shows and does. A nil function leaves its
// route out, except that Health, Ready and Started then always succeed.
type Options struct {
	// Address is where the listener is configured to listen, host:port. Its
	// host is a name or address that requests may use in Host.
	Address string
	// Hosts are further names that requests may use in Host, without port:
	// for example the name of the service in a compose file.
	Hosts []string

	// Access returns who may use the interface; nil, or a nil function, lets in
	// everybody who reaches it.
	Access func() *Access

	Health  func() error // the process works
	Ready   func() error // it takes requests: configured, listening, not draining
	Started func() error // it has been ready once

	Info   func() Info
	Config func() ConfigStatus
	// Reload loads the configuration anew. Its error says that it was not tried.
	Reload func(ctx context.Context) (Reload, error)

	Metrics    http.Handler
	Invalidate func(ctx context.Context, r InvalidationRequest) (Invalidation, error)
	// CountMatching answers a dry run: how many stored responses match.
	CountMatching func(ctx context.Context, r InvalidationRequest) (int, error)
	// Invalidations are those of a distribution, of all if it is "": the
	// latest first; bounded by their owner.
	Invalidations func(distribution string) ([]Invalidation, error)
	Invalidation  func(id string) (Invalidation, error)
	// ManagedKeys are the addresses that a rule of a web ACL limits; group is the
	// rule that refers to its group, "" if it is the web ACL's own.
	ManagedKeys func(acl, group, rule string) (ManagedKeys, error)
	Clock       func() ClockState // what the edge goes by
	ChangeClock func(ClockChange) (ClockState, error)
	// Samples returns the sampled requests of a web ACL, and the time. An error
	// is ErrNotFound where there is no such web ACL.
	Samples func(acl string) (*record.Samples, time.Time, error)
}

// Info says what runs.
type Info struct {
	Version    string    `json:"version"`
	Revision   string    `json:"revision,omitempty"`
	GoVersion  string    `json:"go_version"`
	ConfigHash string    `json:"config_hash,omitempty"`
	Started    time.Time `json:"started"`
}

// New returns the interface.
func New(o Options) http.Handler { return newRouter(o) }

func newRouter(o Options) chi.Router {
	r := chi.NewRouter()
	r.Use(newGuard(o).middleware, restrict(o.Access))
	o.routeErrors(r)
	o.routeMonitoring(r)
	if o.Info != nil {
		r.Get("/v1/info", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, o.Info()) })
	}
	o.routeConfig(r)
	o.routeInvalidations(r)
	o.routeSamples(r)
	o.routeManagedKeys(r)
	if o.Clock != nil {
		r.Get("/v1/clock", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, o.Clock()) })
	}
	if o.ChangeClock != nil {
		r.Post("/v1/clock", changeClock(o.ChangeClock))
	}
	profiles(r)
	return r
}

// NewMonitoring returns what monitoring asks, health and metrics, for whoever
// reaches its listener: it changes nothing, and does not look at Host.
func NewMonitoring(o Options) http.Handler {
	r := chi.NewRouter()
	o.routeErrors(r)
	o.routeMonitoring(r)
	return r
}

func (o *Options) routeErrors(r chi.Router) {
	r.NotFound(func(w http.ResponseWriter, r *http.Request) {
		writeError(w, http.StatusNotFound, "not_found", "no such path: "+r.URL.Path)
	})
	r.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		writeError(w, http.StatusMethodNotAllowed, "method_not_allowed", r.Method+" is not for "+r.URL.Path)
	})
}

// routeMonitoring mounts health and metrics.
func (o *Options) routeMonitoring(r chi.Router) {
	r.Get("/healthz", health(o.Health))
	r.Get("/readyz", health(o.Ready))
	r.Get("/startupz", health(o.Started))
	if o.Metrics != nil {
		r.Method(http.MethodGet, "/metrics", o.Metrics)
	}
}

// profiles mounts the profiles of the running process.
func profiles(r chi.Router) {
	r.Get("/debug/pprof/cmdline", pprof.Cmdline)
	r.Get("/debug/pprof/profile", pprof.Profile)
	r.Get("/debug/pprof/symbol", pprof.Symbol)
	r.Get("/debug/pprof/trace", pprof.Trace)
	r.Get("/debug/pprof/*", pprof.Index)
}
