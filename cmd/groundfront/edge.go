package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/compile"
	"github.com/groundfront/groundfront/origin/health"
	"github.com/groundfront/groundfront/origin/secret"
	"github.com/groundfront/groundfront/origin/sigv4"
	"github.com/groundfront/groundfront/origin/transport"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/admin"
	"github.com/groundfront/groundfront/proxy/clock"
	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/metrics"
	"github.com/groundfront/groundfront/proxy/overload"
	"github.com/groundfront/groundfront/proxy/viewertls"
	"github.com/groundfront/groundfront/waf/token"
)

// An edge is a running one: everything that a configuration asks for, and its
// lifetime.
//
//	open      sockets, cache, logs, Snapshot; nothing is answered yet
//	serve     one goroutine per socket
//	drain     not ready, no new connections, requests end, fetches end
//	close     what is left is cut, logs are written, sockets are gone
//
// Every goroutine is the edge's or belongs to a part that it closes.
type edge struct {
	config  *config.Config // at the start: for what no reload changes
	options edgeOptions
	logger  *slog.Logger
	started time.Time

	current    atomic.Pointer[edition] // the configuration in use
	files      watcher                 // those that it was read from, and those that it names
	access     atomic.Pointer[adminAccess]
	lastReload atomic.Pointer[admin.LastReload] // nil if there was none
	changing   sync.Mutex                       // held by who changes the edge, or hands it over; guards sockets and ca

	inherited *inheritance // until the sockets are open
	gate      *gate        // of the sockets for packets; nil if nobody else has them

	sockets []socket // viewers
	admin   net.Listener
	monitor net.Listener // of metrics and health alone, nil without one
	ca      *localCA     // nil without a socket that uses it

	clock         clock.Clock // what responses are judged and dated by
	folder        io.Closer   // of the disk tier, nil without one
	invalidations *invalidation.Log
	cache         *cache.Cache
	origins       *transport.Client
	secrets       *secret.Files
	credentials   *sigv4.Credentials
	health        *health.Keeper
	metrics       *metrics.Set
	overload      *overload.Manager
	acme          *acmeKeeper   // certificates that an authority issues
	tokens        *token.Keeper // of what viewers of web ACLs have solved
	tickets       *viewertls.Tickets
	logs          *accessLogs
	proxy         *proxy.Server
	viewers       *listener.Server
	operators     *http.Server
	monitoring    *http.Server // nil without its listener

	state   atomic.Int32 // an edgeState
	serving sync.WaitGroup
	failed  chan error // of sockets that cannot be served any longer
}

// edgeOptions are what an edge gets besides its configuration.
type edgeOptions struct {
	console console
	logger  *slog.Logger
	// files are the configuration's files, for messages.
	files []string
	// load reads them again; nil if there are none. The Config is nil if
	// anything is wrong.
	load func() (*config.Config, config.Diagnostics)
	// report, if set, tells the user what is wrong with a configuration.
	report func(config.Diagnostics)
	// remedies say how to change the address at a path of the configuration,
	// such as "server.admin", where that is not by editing a file.
	remedies map[string]string
	// adminHosts are further names of the admin listener.
	adminHosts []string
}

// edgeState is where an edge is in its life, for health checks.
type edgeState int32

const (
	stateStarting edgeState = iota
	stateReady
	stateDraining
)

// String returns the state as health checks say it.
func (s edgeState) String() string {
	switch s {
	case stateStarting:
		return "starting"
	case stateReady:
		return "ready"
	case stateDraining:
		return "draining"
	}
	return fmt.Sprintf("edgeState(%d)", int32(s))
}

// startEdge returns an edge that answers. On an error nothing of it is left.
func startEdge(cfg *config.Config, o edgeOptions) (*edge, error) {
	e := &edge{
		config: cfg, options: o, logger: o.logger, started: time.Now(),
		failed: make(chan error, 1),
	}
	if err := e.open(); err != nil {
		return nil, errors.Join(err, e.close())
	}
	e.serve()
	return e, nil
}

// open prepares everything in the order of need.
func (e *edge) open() error {
	if err := e.checkEngine(); err != nil {
		return err
	}
	if err := e.openSockets(); err != nil {
		return err
	}
	e.metrics = metrics.New()
	e.tokens = token.NewKeeper(nil)
	e.tickets = viewertls.NewTickets(nil)
	e.acme = newACMEKeeper(e.logger)
	e.logs = newAccessLogs(e.options.console.stdout)
	e.origins = transport.New(transport.Options{})
	e.secrets = secret.New(secret.Options{Logger: e.logger})
	e.credentials = sigv4.NewCredentials(sigv4.Chain{}, nil, e.logger)
	if err := e.openInvalidations(); err != nil {
		return err
	}
	if err := e.openCache(); err != nil {
		return err
	}
	e.health = health.NewKeeper(health.Options{Prober: e.origins, Logger: e.logger})
	e.openOverload()
	e.proxy = proxy.New(proxy.Options{
		Overload: e.overload,
		Cache:    e.cache, Origins: e.origins, Logger: e.logger, Collapsed: e.metrics.Collapsed,
		Now: e.clock.Now, At: e.clock.At, Files: int64(e.config.Cache.Memory.MaxSize) / 16,
	})
	reader := e.files.reader()
	next, err := e.build(e.config, reader)
	if err != nil {
		return err
	}
	e.use(next)
	e.acme.use(next.acme, e.sockets)
	e.files.started(reader.all(false))
	e.openViewers()
	e.newOperators()
	e.exposeMetrics()
	e.exposeDisk()
	return nil
}

func (e *edge) openCache() (err error) {
	options := compile.Cache(e.config.Cache)
	options.Invalidations, options.Disk.Logger, options.Now = e.invalidations, e.logger, e.clock.Now
	e.cache, err = cache.New(options)
	return err
}

// A successor is what takes the place of the configuration in use.
type successor struct {
	edition  *edition
	snapshot *proxy.Snapshot
	health   *health.Plan
	logs     *nextLogs
	files    *fileReader
	access   *adminAccess
	acme     []*acmeCertificate
	ca       *localCA // nil without a socket that uses it
}

// managed returns the certificate of a name that an authority issues, nil if there
// is none.
func (n *successor) managed(name string) *viewertls.Certificate {
	if c := findACME(n.acme, name); c != nil {
		return c.served()
	}
	return nil
}

// build compiles a configuration beside the one in use. Files are read by reader.
func (e *edge) build(cfg *config.Config, reader *fileReader) (*successor, error) {
	if e.options.load != nil {
		reader.note(cfg.Files()...)
	}
	sum := cfg.Sum()
	next := &successor{
		edition: &edition{config: cfg, hash: hex.EncodeToString(sum[:6])},
		health:  e.health.Plan(),
		logs:    e.logs.next(),
		files:   reader,
	}
	var err error
	var local *viewertls.Certificate
	if next.ca, err = e.localAuthority(cfg); err != nil {
		return nil, err
	}
	if next.ca != nil {
		local = next.ca.Certificate()
	}
	if next.access, err = e.newAdminAccess(cfg.Server.AdminAccess, reader); err != nil {
		return nil, err
	}
	if next.acme, err = e.acme.prepare(cfg); err != nil {
		return nil, err
	}
	e.metrics.Mark()
	next.snapshot, err = compile.Compile(cfg, compile.Environment{
		Metrics: e.metrics, OpenLog: next.logs.open, OpenRecords: next.logs.openRecords, Tokens: e.tokens, LocalCA: local, Tickets: e.tickets, ACME: next.managed, HTTPSPorts: httpsPorts(e.sockets), HTTP3Port: http3Port(e.sockets),
		Report:  func(err error) { e.logger.Warn("a file that has changed is not used", "error", err) },
		Warn:    func(err error) { e.logger.Warn("configuration", "error", err) },
		Secrets: e.secrets, Credentials: e.credentials, SignedContent: sigv4.NewMemory(max(int64(e.config.Cache.Memory.MaxSize)/8, 16<<20)),
		Previous: e.proxy.Snapshot(), Health: next.health, ReadFile: reader.ReadFile,
	})
	if err != nil {
		next.logs.discard()
		return nil, err
	}
	return next, nil
}

// use makes a successor what is in use.
func (e *edge) use(next *successor) {
	next.edition.loaded = time.Now()
	e.proxy.Swap(next.snapshot)
	e.current.Store(next.edition)
	e.access.Store(next.access)
	if next.ca != nil {
		e.ca = next.ca
	}
	next.health.Apply()
	if err := next.logs.use(); err != nil {
		e.logger.Warn("a log that was moved away is still written where it is", "error", err)
	}
	e.metrics.Sweep()
	e.metrics.SetConfig(next.edition.hash, next.edition.loaded)
}

// serve starts the goroutines that accept.
func (e *edge) serve() {
	for _, s := range e.sockets {
		e.serveSocket(s)
	}
	e.serving.Go(func() { e.ended(e.config.Server.Admin, e.serveOperators()) })
	if e.monitoring != nil {
		e.serving.Go(func() { e.ended(e.config.Server.Metrics, e.monitoring.Serve(e.monitor)) })
	}
	e.overload.Start()
	e.state.Store(int32(stateReady))
}

func (e *edge) serveSocket(s socket) {
	e.serving.Go(func() {
		if s.proxies != nil {
			e.ended(s.address, e.viewers.ServeProxied(s.listener, s.protocols, e.choose(s), s.proxies))
			return
		}
		e.ended(s.address, e.viewers.Serve(s.listener, s.protocols, e.choose(s)))
	})
	if s.packetSocket != nil {
		e.serving.Go(func() { e.servePackets(s) })
	}
}

// ended notes that a socket is not served any longer.
func (e *edge) ended(address string, err error) {
	if errors.Is(err, listener.ErrClosed) || errors.Is(err, http.ErrServerClosed) {
		return
	}
	select {
	case e.failed <- fmt.Errorf("serve %s: %w", address, err):
	default: // one is enough
	}
}

// stop drains the edge until ctx ends, and closes it. Its error is that of
// closing: a drain that takes too long is logged.
func (e *edge) stop(ctx context.Context) error {
	e.state.Store(int32(stateDraining))
	e.changing.Lock() // a reload that goes on ends first, and there is no other
	defer e.changing.Unlock()
	if err := e.drain(ctx); err != nil {
		e.logger.Warn("drain ended early: what was left is cut", "error", err)
	}
	return e.close()
}

// drain refuses new connections and waits for requests, then for the fetches
// that run apart from them.
func (e *edge) drain(ctx context.Context) error {
	if err := e.viewers.Shutdown(ctx); err != nil {
		return fmt.Errorf("requests: %w", err)
	}
	if err := e.proxy.Drain(ctx); err != nil {
		return fmt.Errorf("fetches: %w", err)
	}
	return nil
}

// close ends what is there, in the order in which nothing that still runs
// misses anything. Admin goes last, so that a drain can be watched.
func (e *edge) close() error {
	if e.proxy != nil {
		e.proxy.Close()
	}
	if e.health != nil {
		e.health.Close()
	}
	if e.origins != nil {
		e.origins.Close()
	}
	if e.credentials != nil {
		e.credentials.Close()
	}
	if e.acme != nil {
		e.acme.close()
	}
	if e.secrets != nil {
		e.secrets.Close()
	}
	var err error
	if e.logs != nil {
		err = e.logs.close()
	}
	if e.cache != nil {
		e.cache.Close()
	}
	if e.operators != nil {
		err = errors.Join(err, e.operators.Close())
	}
	if e.monitoring != nil {
		err = errors.Join(err, e.monitoring.Close())
	}
	if e.invalidations != nil {
		err = errors.Join(err, e.invalidations.Close())
	}
	if e.folder != nil {
		err = errors.Join(err, e.folder.Close())
	}
	e.gate.close()
	e.overload.Close()
	closeSockets(e.sockets)
	for _, l := range []net.Listener{e.admin, e.monitor} {
		if l != nil {
			l.Close()
		}
	}
	e.serving.Wait()
	return err
}
