package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/admin"
	"github.com/groundfront/groundfront/proxy/metrics"
)

// A reload is all or nothing. What may fail comes first and touches nothing that
// is in use; then come steps that cannot fail:
//
//	load      read the files, check them, check what cannot change
//	build     compile a Snapshot beside the one in use; open logs
//	open      the sockets that are new
//	swap      one pointer: requests that begin now have the new configuration,
//	          those that have begun keep theirs
//	follow    certificates, health checks, metrics
//	close     sockets that are gone: their connections drain
//
// What the old Snapshot alone holds is given up when its last request has ended:
// nothing else refers to it.

// An edition is a configuration in use.
type edition struct {
	config *config.Config
	hash   string
	loaded time.Time
}

// A reloaded is the end of an attempt.
type reloaded struct {
	result   metrics.Reload
	edition  *edition // in use now
	changed  bool
	problems config.Diagnostics
	err      error // nil if all is well
}

var (
	errNoFiles  = fmt.Errorf("%w: this edge has no configuration file to read again", admin.ErrRefused)
	errStopping = fmt.Errorf("%w: the edge is stopping", admin.ErrBusy)
	errInvalid  = errors.New("the configuration is invalid")
)

// reload loads the configuration anew. An error says that it was not tried. It
// may be called from any goroutine; one attempt waits for the other.
func (e *edge) reload() (reloaded, error) {
	if e.options.load == nil {
		return reloaded{}, errNoFiles
	}
	if e.ready() != nil { // who stops does not let go of the lock
		return reloaded{}, errStopping
	}
	e.changing.Lock()
	defer e.changing.Unlock()
	if e.ready() != nil {
		return reloaded{}, errStopping
	}
	e.tell("RELOADING=1")
	defer e.tell("READY=1")
	begin := time.Now()
	done := e.attempt()
	e.metrics.Reloaded(done.result)
	last := &admin.LastReload{Time: time.Now().UTC(), Result: admin.ReloadResult(done.result.String())}
	if done.err != nil {
		last.Error = done.err.Error()
	}
	e.lastReload.Store(last)
	e.say(done, time.Since(begin))
	return done, nil
}

// attempt is reload without telling anybody.
func (e *edge) attempt() (done reloaded) {
	old := e.current.Load()
	done = reloaded{result: metrics.ReloadInvalid, edition: old}
	reader := e.files.reader()
	defer func() { e.files.started(reader.all(done.err != nil)) }()
	var cfg *config.Config
	if cfg, done.problems = e.options.load(); cfg != nil {
		if fixed := cfg.CheckReload(e.config); len(fixed) > 0 {
			done.problems = cfg.Annotate(done.problems, fixed)
		}
	}
	if done.problems.HasErrors() {
		done.err = errInvalid
		return done
	}
	done.result = metrics.ReloadFailed
	if done.err = e.replace(cfg, reader); done.err != nil {
		return done
	}
	done.result, done.edition = metrics.ReloadOK, e.current.Load()
	done.changed = done.edition.hash != old.hash
	return done
}

// replace puts a configuration in the place of the one in use, or changes
// nothing.
func (e *edge) replace(cfg *config.Config, reader *fileReader) error {
	next, err := e.build(cfg, reader)
	if err != nil {
		return err
	}
	sockets, err := e.reopen(cfg)
	if err != nil {
		next.logs.discard()
		return err
	}
	next.snapshot.HTTPSPorts, next.snapshot.AltSvc = httpsPorts(sockets.all), proxy.AltSvc(http3Port(sockets.all))
	for _, s := range sockets.removed { // whose last connections may not have shaken hands yet
		if table := e.proxy.Snapshot().TLS[s.name]; table != nil && next.snapshot.TLS[s.name] == nil {
			next.snapshot.TLS[s.name] = table
		}
	}
	e.use(next)
	e.acme.use(next.acme, sockets.all)
	e.follow(sockets)
	return nil
}

// say logs how a reload has ended.
func (e *edge) say(done reloaded, took time.Duration) {
	if e.options.report != nil {
		e.options.report(done.problems)
	}
	if done.err != nil {
		errs, _ := countProblems(done.problems)
		e.logger.Error("reload: the configuration before it is still in use", "result", done.result.String(), "error", done.err,
			"errors", errs, "config_hash", done.edition.hash)
		return
	}
	e.logger.Info("reload: the configuration is in use", "config_hash", done.edition.hash, "changed", done.changed, "took", took)
}

// adminReload is POST /v1/reload.
func (e *edge) adminReload(context.Context) (admin.Reload, error) {
	done, err := e.reload()
	if err != nil {
		return admin.Reload{}, err
	}
	answer := admin.Reload{
		Result: admin.ReloadResult(done.result.String()), ConfigHash: done.edition.hash, Changed: done.changed,
		Diagnostics: done.problems.JSON(),
	}
	if done.err != nil {
		kind := map[metrics.Reload]string{metrics.ReloadInvalid: "invalid_configuration", metrics.ReloadFailed: "reload_failed"}[done.result]
		answer.Error = &admin.ErrorDetail{Kind: kind, Message: done.err.Error() + "; the one before it is still in use"}
	}
	return answer, nil
}

// configStatus is GET /v1/config.
func (e *edge) configStatus() admin.ConfigStatus {
	now := e.current.Load()
	s := admin.ConfigStatus{ConfigHash: now.hash, Loaded: now.loaded.UTC(), Files: []string{}, LastReload: e.lastReload.Load()}
	if e.options.load != nil {
		s.Files = now.config.Files()
	}
	return s
}

// reloads reloads whenever it is asked to, until asked is closed.
func (e *edge) reloads(asked <-chan struct{}) {
	for range asked {
		if _, err := e.reload(); err != nil {
			e.logger.Warn("reload", "error", err)
		}
	}
}

// reportTo returns what prints problems: for people, or as lines of a log.
func reportTo(c console, when colorWhen, logs *logFlags) func(config.Diagnostics) {
	if logs.format.value != "json" {
		return func(problems config.Diagnostics) { printProblems(c, when, problems) }
	}
	logger := logs.logger(c)
	return func(problems config.Diagnostics) {
		for _, d := range problems {
			log := logger.Warn
			if d.Severity == config.SeverityError {
				log = logger.Error
			}
			log("configuration", "file", d.File, "line", d.Line, "column", d.Column, "code", d.Code, "path", d.Path,
				"message", d.Message, "suggestion", d.Suggestion)
		}
	}
}
