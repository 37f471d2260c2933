package main

import (
	"context"
	"errors"

	"github.com/groundfront/groundfront/config"
)

// serveEdge runs an edge until a signal ends it: the first one drains, the
// second one does not wait. announce prints what the user needs to know once
// the edge answers.
func serveEdge(cfg *config.Config, o edgeOptions, announce func(*edge)) error {
	limitMemory(o.console.getenv, cfg.Cache.Memory.MaxSize)
	signals, stop := o.console.signals()
	defer stop()
	e, err := startEdge(cfg, o)
	if err != nil {
		return err
	}
	announce(e)
	timeout := cfg.Server.DrainTimeout.Std()
	select {
	case s := <-signals:
		o.logger.Info("stopping: new connections are refused, requests may end", "signal", s.String(), "drain_timeout", timeout)
		ctx, cancel := drainContext(timeout, signals)
		defer cancel()
		return errors.Join(e.stop(ctx), interrupted(s))
	case err := <-e.failed:
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		return errors.Join(err, e.stop(ctx))
	}
}
