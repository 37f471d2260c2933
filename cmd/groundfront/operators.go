package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/compile"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/admin"
	"github.com/groundfront/groundfront/proxy/clock"
	"github.com/groundfront/groundfront/proxy/metrics"
)

// newOperators makes the servers of the admin listener, and of the one for
// monitoring if there is one.
func (e *edge) newOperators() {
	address := e.admin.Addr().String()
	if e.admin.Addr().Network() == "unix" {
		address = "" // there is no host that a request could name
	} else if host, _, err := net.SplitHostPort(e.config.Server.Admin); err == nil && host != "" {
		address = e.config.Server.Admin // with the host's name, as configured
	}
	build := thisBuild()
	o := admin.Options{
		Address: address,
		Hosts:   e.options.adminHosts,
		Access:  e.adminWho,
		Ready:   e.ready,
		Started: e.startedUp,
		Info: func() admin.Info {
			return admin.Info{
				Version: build.Version, Revision: build.Revision, GoVersion: build.Go,
				ConfigHash: e.current.Load().hash, Started: e.started,
			}
		},
		Config:        e.configStatus,
		Reload:        e.adminReload,
		Metrics:       e.metrics.Handler(),
		Invalidate:    e.invalidate,
		CountMatching: e.countMatching,
		Invalidations: e.listInvalidations,
		Invalidation:  e.findInvalidation,
		ManagedKeys:   e.managedKeys,
		Clock:         func() admin.ClockState { return adminClock(e.clock.Read()) },
		ChangeClock:   e.changeClock,
		Samples:       e.samples,
	}
	e.operators = e.httpServer(admin.New(o))
	if e.monitor != nil {
		e.monitoring = e.httpServer(admin.NewMonitoring(o))
		e.monitoring.WriteTimeout = answerPatience
	}
}

// serveOperators serves the admin listener, by TLS if it is configured.
func (e *edge) serveOperators() error {
	if !e.config.Server.AdminAccess.TLS() {
		return e.operators.Serve(e.admin)
	}
	e.operators.TLSConfig = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return e.access.Load().tls, nil }}
	return e.operators.ServeTLS(e.admin, "", "")
}

// Who reaches a listener of operators holds none of its connections for ever
// (reliability D2, D3): not by content that does not come, nor, of monitoring, by an
// answer that is not taken. Profiles take as long as they are asked to.
const (
	contentPatience = 10 * time.Second
	answerPatience  = time.Minute
)

// httpServer returns a server for operators.
func (e *edge) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           contentWithin(contentPatience, h),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(e.logger.Handler(), slog.LevelDebug),
	}
}

// contentWithin bounds the time in which the content of a request comes, also if
// nobody reads it: then net/http does, before the next request.
func contentWithin(d time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(d)) // fails in tests without a connection
		}
		next.ServeHTTP(w, r)
	})
}

func (e *edge) ready() error {
	if s := edgeState(e.state.Load()); s != stateReady {
		return errors.New(s.String())
	}
	return nil
}

func (e *edge) startedUp() error {
	if s := edgeState(e.state.Load()); s == stateStarting {
		return errors.New(s.String())
	}
	return nil
}

// distribution finds one by its name, id or domain name. The empty name is
// the only distribution's.
func (e *edge) distribution(name string) (*proxy.Distribution, error) {
	all := e.proxy.Snapshot().Distributions
	if name == "" && len(all) == 1 {
		return all[0], nil
	}
	if name == "" {
		return nil, fmt.Errorf("%w: there are %d distributions: name one", admin.ErrInvalid, len(all))
	}
	for _, d := range all {
		if d.Name == name || d.ID == name || d.DomainName == name {
			return d, nil
		}
	}
	return nil, fmt.Errorf("distribution %q: %w", name, admin.ErrNotFound)
}

// changeClock moves the clock. In mode production there is only the
// machine's.
func (e *edge) changeClock(c admin.ClockChange) (admin.ClockState, error) {
	if e.config.Server.Mode == config.ModeProduction {
		return admin.ClockState{}, fmt.Errorf("%w: in server.mode production the clock is the machine's", admin.ErrRefused)
	}
	reading, err := e.applyClock(c)
	if err != nil {
		return admin.ClockState{}, err
	}
	state := adminClock(reading)
	e.logger.Info("clock", "action", string(c.Action), "now", state.Now, "offset", state.Offset, "frozen", state.Frozen)
	return state, nil
}

func (e *edge) applyClock(c admin.ClockChange) (reading clock.Reading, err error) {
	switch c.Action {
	case admin.ClockAdvance:
		by, wrong := c.Duration()
		if wrong != nil {
			return reading, wrong
		}
		reading, err = e.clock.Advance(by)
	case admin.ClockSet:
		reading, err = e.clock.Set(*c.To)
	case admin.ClockFreeze:
		reading, err = e.clock.Freeze()
	case admin.ClockResume:
		reading, err = e.clock.Resume()
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", admin.ErrInvalid, err)
	}
	return reading, err
}

func adminClock(r clock.Reading) admin.ClockState {
	return admin.ClockState{Now: r.Now.UTC(), Frozen: r.Frozen, Offset: r.Offset.Round(time.Millisecond).String()}
}

// exposeMetrics connects the metrics that are read and not counted.
func (e *edge) exposeMetrics() {
	b := thisBuild()
	e.metrics.SetBuild(b.Version, b.Revision)
	e.metrics.ObserveLog(func() uint64 {
		lost := e.logs.lost()
		if dropped := e.options.console.dropped; dropped != nil {
			lost += dropped()
		}
		return lost
	})
	e.metrics.ObserveOverload(e.overload)
	e.metrics.ObserveOrigins(func() []metrics.OriginHealth { return compile.OriginHealth(e.health) })
	e.metrics.ObserveCertificates(func() []metrics.CertificateExpiry {
		return append(compile.CertificateExpiries(e.proxy.Snapshot()), e.acme.expiries()...)
	})
	e.metrics.ObserveRates(func() []metrics.RateInstances { return compile.RateInstances(e.proxy.Snapshot(), time.Now()) })
	e.metrics.ObserveCache(func() metrics.CacheStats {
		s := e.cache.Stats()
		return metrics.CacheStats{
			Objects: s.Values, Bytes: s.Bytes, AdmissionRejects: s.Rejections,
			Evictions: map[string]uint64{"size": s.Evictions},
		}
	})
}
