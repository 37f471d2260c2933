package edgetest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/compile"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/transport"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/listener"
)

// An Edge is a running edge. Its viewers connect by Call.
type Edge struct {
	Server *proxy.Server
	Cache  *cache.Cache

	config        *config.Config
	invalidations *invalidation.Log
	plain, secure *origintest.MemoryListener
	network       network
	logs          map[string]*accessLog // by distribution
}

// New starts an edge with the configuration in yaml. It ends with the test;
// the test fails if anything keeps running.
func New(t testing.TB, yaml string) *Edge {
	t.Helper()
	c, err := parseConfig(yaml)
	if err != nil {
		t.Fatal(err)
	}
	e := &Edge{
		config: c, invalidations: invalidation.New(), logs: make(map[string]*accessLog),
		plain: origintest.NewMemoryListener(), secure: origintest.NewMemoryListener(),
	}
	options := compile.Cache(c.Cache)
	options.MaxSize, options.Invalidations = memorySize(c), e.invalidations
	e.Cache, err = cache.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Cache.Close)
	e.startProxy(t)
	e.startListener(t)
	return e
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
	client := transport.New(transport.Options{Dial: e.network.dial})
	t.Cleanup(client.Close)
	e.Server = proxy.New(proxy.Options{
		Cache: e.Cache, Origins: client, Logger: slog.New(slog.DiscardHandler),
	})
	t.Cleanup(e.Server.Close)
	if err := e.use(t, e.config); err != nil {
		t.Fatal(err)
	}
}

func parseConfig(yaml string) (*config.Config, error) {
	c, diagnostics := config.Parse("config.yaml", []byte(yaml))
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
	snapshot, err := compile.Compile(c, compile.Environment{})
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
	return nil
}

// startListener runs the plain and the TLS listener.
func (e *Edge) startListener(t testing.TB) {
	s := listener.New(listener.Options{
		Handler: e.Server.Serve, Page: e.Server.MalformedPage, OffersHTTP2: e.Server.OffersHTTP2,
	})
	var running sync.WaitGroup
	running.Go(func() { s.Serve(e.plain, listener.HTTP1|listener.HTTP2, nil) })
	running.Go(func() { s.Serve(e.secure, listener.HTTP1|listener.HTTP2, serverTLS()) })
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		s.Shutdown(ctx)
		running.Wait()
	})
}

// Origins returns the origins of all distributions: the host to Listen at by
// the origin's name.
func (e *Edge) Origins() map[string]string {
	out := make(map[string]string)
	for i := range e.config.Distributions {
		for _, o := range e.config.Distributions[i].Origins {
			out[o.Name] = o.DomainName
			if !o.ConnectTo.IsZero() {
				out[o.Name] = hostOf(o.ConnectTo.Address())
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
	l.writer = accesslog.NewWriter(l, accesslog.Options{})
	t.Cleanup(func() { l.writer.Close() })
	e.logs[distribution] = l
	return l.writer
}

// AccessLog returns what the access log of a distribution, which must have
// logging on, says up to now.
func (e *Edge) AccessLog(distribution string) (string, error) {
	l := e.logs[distribution]
	if l == nil {
		return "", fmt.Errorf("distribution %s has no log", distribution)
	}
	if err := l.writer.Reopen(); err != nil { // which writes what is waiting
		return "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String(), nil
}
