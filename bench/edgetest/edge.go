package edgetest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/compile"
	"github.com/groundfront/groundfront/origin/health"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/secret"
	"github.com/groundfront/groundfront/origin/sigv4"
	"github.com/groundfront/groundfront/origin/transport"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/metrics"
	"github.com/groundfront/groundfront/proxy/overload"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/proxy/viewertls"
	"github.com/groundfront/groundfront/waf/token"
)

// Store is where responses are kept.
type Store uint8

// The stores. The others than StoreMemory have a disk tier, whether the
// configuration has one or not, and Unload leaves to it what is stored.
const (
	StoreMemory Store = iota // as the configuration says
	StoreDisk                // what is found on disk comes back to memory
	StoreFile                // content is never read to memory as a whole
)

// String returns "memory", "disk" or "file".
func (s Store) String() string {
	switch s {
	case StoreMemory:
		return "memory"
	case StoreDisk:
		return "disk"
	case StoreFile:
		return "file"
	}
	return "Store(?)"
}

// An Edge is a running edge. Its viewers connect by Call.
type Edge struct {
	Server *proxy.Server
	Cache  *cache.Cache

	config        *config.Config
	store         Store
	engine        listener.Engine
	forHTTP3      bool
	maxConns      int   // to an origin, and as many requests that wait; 0 for the defaults
	maxFetches    int64 // apart from their viewers; 0 for the default
	invalidations *invalidation.Log
	plain, secure *origintest.MemoryListener
	packets       packetNetwork
	network       network
	metrics       *metrics.Set
	overload      *overload.Manager
	pressure      atomic.Uint32 // an overload.Level, what the gauge reads
	process       processLog
	secrets       *secret.Files
	keys          keySource
	credentials   *sigv4.Credentials
	signedContent *sigv4.Memory
	health        *health.Keeper
	logs          map[string]*accessLog // by distribution
	records       map[string]*accessLog // of web ACLs, by path
	tokens        *token.Keeper
	tickets       *viewertls.Tickets
	folder        string // of the disk tier, "" without one
	hits          atomic.Int64
	way           atomic.Uint32
	ends          []func() // of what runs, in the order of its start
}

// New starts an edge with the configuration in yaml. It ends with the test;
// the test fails if anything keeps running.
func New(t testing.TB, store Store, yaml string) *Edge {
	t.Helper()
	return NewWith(t, listener.EngineGoroutine, store, yaml)
}

// NewWith is New with a driver of connections.
func NewWith(t testing.TB, engine listener.Engine, store Store, yaml string) *Edge {
	t.Helper()
	return newEdge(t, &Edge{store: store, engine: engine}, yaml)
}

// NewForHTTP3 is New for viewers that speak HTTP/3. Distributions offer it, unless
// their configuration says otherwise, and nobody is told; and what depends on the
// scheme of viewers is as if that were http: origins that match it.
func NewForHTTP3(t testing.TB, store Store, yaml string) *Edge {
	t.Helper()
	return newEdge(t, &Edge{store: store, forHTTP3: true}, yaml)
}

// newEdge starts e.
func newEdge(t testing.TB, e *Edge, yaml string) *Edge {
	t.Helper()
	c, err := parseConfig(yaml)
	if err != nil {
		t.Fatal(err)
	}
	e.config, e.logs, e.records = c, make(map[string]*accessLog), make(map[string]*accessLog)
	e.tokens, e.tickets = token.NewKeeper(nil), viewertls.NewTickets(nil)
	e.network.edge = e
	e.keys.keys = Keys
	if c.Cache.Disk != nil || e.store != StoreMemory {
		e.folder = t.TempDir() // wherever the configuration has it
	}
	t.Cleanup(e.stop)
	e.start(t)
	return e
}

// Restart ends the edge and starts it again with its configuration. As after
// a kill there is only what was on disk before the end began.
func (e *Edge) Restart(t testing.TB) {
	t.Helper()
	if e.folder != "" {
		before := t.TempDir()
		if err := os.CopyFS(before, os.DirFS(e.folder)); err != nil {
			t.Fatal(err)
		}
		e.folder = before
	}
	e.stop()
	e.start(t)
}

func (e *Edge) start(t testing.TB) {
	t.Helper()
	e.startCache(t)
	e.startSigning(t)
	e.startProxy(t)
	e.startListener(t)
}

// stop ends what runs, the last first.
func (e *Edge) stop() {
	for _, end := range slices.Backward(e.ends) {
		end()
	}
	e.ends = nil
}

// startCache opens the cache and its invalidations.
func (e *Edge) startCache(t testing.TB) {
	t.Helper()
	options := compile.Cache(e.config.Cache)
	options.MaxSize, options.Disk.Path = memorySize(e.config), e.folder
	if e.config.Cache.Disk == nil {
		options.Disk.MaxSize = 1 << 30
	}
	if e.store == StoreFile {
		options.Disk.StreamSize = -1
	}
	e.invalidations = invalidation.New()
	var err error
	if e.folder != "" {
		e.invalidations, err = invalidation.Open(filepath.Join(e.folder, "invalidations"),
			invalidation.Options{Sync: invalidation.SyncNone, Now: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
	}
	e.ends = append(e.ends, func() {
		if err := e.invalidations.Close(); err != nil {
			t.Error(err)
		}
	})
	options.Invalidations = e.invalidations
	if e.Cache, err = cache.New(options); err != nil {
		t.Fatal(err)
	}
	e.ends = append(e.ends, e.Cache.Close)
}

// Unload leaves to the disk what it has: what is found after that comes from
// there. It does nothing for StoreMemory. With the default configuration of
// the disk tier all responses go there, and it is an error if one did not.
func (e *Edge) Unload() error {
	if e.store == StoreMemory {
		return nil
	}
	left := e.Cache.Unload()
	if left > 0 && e.config.Cache.Disk == nil {
		return fmt.Errorf("%d responses are in memory that the disk tier does not have", left)
	}
	return nil
}

// memorySize is the configured one, or less than its default: a test makes
// hundreds of edges, and clearing a table for 256 MiB takes time.
func memorySize(c *config.Config) int64 {
	if _, written := c.Position("cache.memory.max_size"); written {
		return int64(c.Cache.Memory.MaxSize)
	}
	return 32 << 20
}

// startProxy runs the parts between cache and listener.
func (e *Edge) startProxy(t testing.TB) {
	client := transport.New(transport.Options{
		Dial: e.network.dial, MaxConnsPerOrigin: e.maxConns, MaxQueuePerOrigin: e.maxConns,
	})
	e.ends = append(e.ends, client.Close)
	e.health = health.NewKeeper(health.Options{
		Prober: client, Logger: slog.New(slog.DiscardHandler), Random: func() float64 { return 0.5 },
	})
	e.ends = append(e.ends, e.health.Close)
	e.metrics = metrics.New()
	e.metrics.ObserveOrigins(func() []metrics.OriginHealth { return compile.OriginHealth(e.health) })
	e.metrics.ObserveCertificates(func() []metrics.CertificateExpiry { return compile.CertificateExpiries(e.Server.Snapshot()) })
	e.metrics.ObserveRates(func() []metrics.RateInstances { return compile.RateInstances(e.Server.Snapshot(), time.Now()) })
	e.metrics.ObserveCache(func() metrics.CacheStats {
		s := e.Cache.Stats()
		return metrics.CacheStats{Objects: s.Values, Bytes: s.Bytes, AdmissionRejects: s.Rejections}
	})
	if e.folder != "" {
		e.metrics.ObserveDisk(func() metrics.DiskStats {
			s, _ := e.Cache.DiskStats()
			return metrics.DiskStats{Objects: s.Records, Bytes: s.Bytes, Hits: s.Hits, Damaged: s.Damaged}
		})
	}
	e.overload = overload.New(overload.Options{Gauges: []overload.Gauge{{
		Name: "test", Read: func() float64 { return float64(e.pressure.Load()) }, Marks: overload.Marks{1, 2, 3, 4},
	}}})
	e.metrics.ObserveOverload(e.overload)
	e.Server = proxy.New(proxy.Options{
		Overload: e.overload,
		Cache:    e.Cache, Origins: client, Logger: slog.New(&e.process), Collapsed: e.metrics.Collapsed, MaxFetches: e.maxFetches,
	})
	e.ends = append(e.ends, e.Server.Close)
	if err := e.use(t, e.config); err != nil {
		t.Fatal(err)
	}
}

func parseConfig(yaml string) (*config.Config, error) {
	c, diagnostics := config.ParseWith("config.yaml", []byte(yaml), os.ReadFile)
	if c == nil {
		return nil, fmt.Errorf("configuration:\n%s", diagnostics)
	}
	return c, nil
}

// Reload makes the configuration in yaml current, as a reload of the process
// does: the cache stays, and so does what is only read at the start.
func (e *Edge) Reload(t testing.TB, yaml string) error {
	c, err := parseConfig(yaml)
	if err != nil {
		return err
	}
	return e.use(t, c)
}

// use compiles c and makes it current.
func (e *Edge) use(t testing.TB, c *config.Config) error {
	plan := e.health.Plan()
	port := e.speakH3(c)
	snapshot, err := compile.Compile(withTLS(c), compile.Environment{
		HTTP3Port: port,
		LocalCA:   localCA(), Tickets: e.tickets, Metrics: e.metrics, OpenRecords: func(path string) (*accesslog.Writer, error) { return e.openRecords(t, path), nil }, Tokens: e.tokens, Secrets: e.secrets, Credentials: e.credentials, SignedContent: e.signedContent, Previous: e.Server.Snapshot(), Health: plan,
	})
	if err != nil {
		return err
	}
	for i, d := range snapshot.Distributions {
		if c.Distributions[i].Logging != nil {
			d.Log = e.openLog(t, d.Name)
		}
	}
	e.config = c
	e.Server.Swap(snapshot)
	plan.Apply()
	return nil
}

// speakH3 returns the port that viewers are told to use for HTTP/3. An edge that is
// made for it has c suit it.
func (e *Edge) speakH3(c *config.Config) (port int) {
	for i := range c.Distributions {
		if c.Distributions[i].HTTPVersion.HasHTTP3() {
			port = packetAddress.Port
		}
	}
	for i := range c.Distributions {
		d := &c.Distributions[i]
		if !e.forHTTP3 {
			continue
		}
		if _, written := c.Position("distributions." + d.Name + ".http_version"); !written && port == 0 {
			d.HTTPVersion = config.HTTPVersion2And3
		}
		for j := range d.Origins {
			if policy := &d.Origins[j].CustomOriginConfig.OriginProtocolPolicy; *policy == config.OriginProtocolPolicyMatchViewer {
				*policy = config.OriginProtocolPolicyHTTPOnly
			}
		}
	}
	return port
}

// startListener runs the plain and the TLS listener, and that of packets, where
// any name may be asked for over HTTP/3.
func (e *Edge) startListener(t testing.TB) {
	e.plain, e.secure = origintest.NewMemoryListener(), origintest.NewMemoryListener()
	s := listener.New(listener.Options{
		Engine: e.engine, Handler: e.Server.Serve, Hit: e.checkedHit(t), Page: e.Server.MalformedPage,
		WantsFingerprints: e.Server.WantsFingerprints,
		ExtendedConnect:   e.config.Server.Mode != config.ModeFaithful,
		Overload:          e.overload,
	})
	var running sync.WaitGroup
	running.Go(func() { s.Serve(e.plain, listener.HTTP1|listener.HTTP2, nil) })
	running.Go(func() { s.Serve(e.secure, listener.HTTP1|listener.HTTP2, e.choose) })
	packets := e.packets.open(packetAddress)
	running.Go(func() { s.ServePackets(packets, choosePackets) })
	e.ends = append(e.ends, func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		s.Shutdown(ctx)
		running.Wait()
	})
}

// checkedHit returns the Server's Hit. Each request that it answers is also
// answered the long way: the test fails if the two answers differ.
func (e *Edge) checkedHit(t testing.TB) viewer.HitFunc {
	return func(h *viewer.Hit, r *viewer.Request) bool {
		if Way(e.way.Load()) == WayLong || !e.Server.Hit(h, r) {
			return false
		}
		e.hits.Add(1)
		if err := e.Server.CheckHit(h, r); err != nil {
			t.Error(err)
		}
		return true
	}
}

// SetOverload has memory or processors be as short as a level says, and the edge
// have found out.
func (e *Edge) SetOverload(l overload.Level) {
	e.pressure.Store(uint32(l))
	for e.overload.Read(); e.overload.Level() != l; {
		e.overload.Read()
	}
}

// Way is how requests are answered that could be answered from memory.
type Way uint8

// The ways.
const (
	WayShort Way = iota // Server.Hit is asked first
	WayLong             // all go through the stages
)

// String returns "short" or "long".
func (w Way) String() string {
	switch w {
	case WayShort:
		return "short"
	case WayLong:
		return "long"
	}
	return "Way(?)"
}

// SetWay changes how requests are answered from now on.
func (e *Edge) SetWay(w Way) { e.way.Store(uint32(w)) }

// Hits returns how many requests were answered by Server.Hit.
func (e *Edge) Hits() int64 { return e.hits.Load() }

// Origins returns the origins of all distributions: the host, or the path of a
// Unix socket, to Listen at by the origin's name.
func (e *Edge) Origins() map[string]string {
	out := make(map[string]string)
	for i := range e.config.Distributions {
		for _, o := range e.config.Distributions[i].Origins {
			out[o.Name] = o.DomainName
			switch to := o.ConnectTo; {
			case to.Socket != "":
				out[o.Name] = to.Socket
			case !to.IsZero():
				out[o.Name] = to.Host
			}
		}
	}
	return out
}

// Invalidate invalidates paths and #tags of a distribution, by its name, as one batch.
func (e *Edge) Invalidate(distribution string, paths ...string) error {
	for _, d := range e.Server.Snapshot().Distributions {
		if d.Name != distribution {
			continue
		}
		_, err := e.invalidations.Add(invalidation.Batch{
			Distribution: d.DomainName, Paths: paths, AcceptsTags: d.CacheTagHeader != "",
			Escapes: e.Server.Snapshot().Choices.InvalidationEscapes,
		}, time.Now())
		return err
	}
	return fmt.Errorf("no distribution %s", distribution)
}

// An accessLog is a log in memory.
type accessLog struct {
	mu     sync.Mutex
	text   bytes.Buffer
	writer *accesslog.Writer
}

// Write takes what the log's goroutine writes.
func (l *accessLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (e *Edge) openLog(t testing.TB, distribution string) *accesslog.Writer {
	if l := e.logs[distribution]; l != nil {
		return l.writer
	}
	l := new(accessLog)
	l.writer = accesslog.NewWriter(l, accesslog.Options{Shards: 1})
	t.Cleanup(func() { l.writer.Close() })
	e.logs[distribution] = l
	return l.writer
}

// openRecords returns the writer of a web ACL's log.
func (e *Edge) openRecords(t testing.TB, path string) *accesslog.Writer {
	if l := e.records[path]; l != nil {
		return l.writer
	}
	l := new(accessLog)
	l.writer = accesslog.NewWriter(l, accesslog.Options{Shards: 1, NoHeader: true})
	t.Cleanup(func() { l.writer.Close() })
	e.records[path] = l
	return l.writer
}

// Records returns what web ACLs have written to a path up to now.
func (e *Edge) Records(path string) (string, error) {
	l := e.records[path]
	if l == nil {
		return "", fmt.Errorf("no web ACL logs to %s", path)
	}
	return l.all()
}

// AccessLog returns what the access log of a distribution, which must have
// logging on, says up to now.
func (e *Edge) AccessLog(distribution string) (string, error) {
	l := e.logs[distribution]
	if l == nil {
		return "", fmt.Errorf("distribution %s has no log", distribution)
	}
	return l.all()
}

func (l *accessLog) all() (string, error) {
	if err := l.writer.Reopen(); err != nil { // which writes what is waiting
		return "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String(), nil
}
