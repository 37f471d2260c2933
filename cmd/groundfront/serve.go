package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/compile"
)

// serveEdge runs an edge until a signal ends it: the first one drains, the
// second one does not wait. announce prints what the user needs to know once
// the edge answers.
func serveEdge(cfg *config.Config, o edgeOptions, announce func(*edge)) error {
	signals, stop := o.console.signals()
	defer stop()
	e, err := startEdge(cfg, o)
	if err != nil {
		return err
	}
	limitMemory(o.console.getenv, cfg.Cache.Memory.MaxSize, cfg.Server.Overload.Memory.Limit, compile.RateMemory(e.proxy.Snapshot()))
	e.changing.Lock() // it may be asked to reload already
	announce(e)
	e.changing.Unlock()
	e.tell("READY=1")
	if err := announceReady(o.console.getenv); err != nil {
		o.logger.Warn("who has started this process could not be told that it is ready", "error", err)
	}
	s, err := e.run(signals)
	timeout := e.current.Load().config.Server.DrainTimeout.Std()
	if err != nil {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		return errors.Join(err, e.stop(ctx))
	}
	if s != upgradeSignal { // else another process is the service
		e.tell("STOPPING=1")
	}
	o.logger.Info("stopping: new connections are refused, requests may end", "signal", s.String(), "drain_timeout", timeout)
	ctx, cancel := drainContext(timeout, signals)
	defer cancel()
	return errors.Join(e.stop(ctx), interrupted(s))
}

// run waits until the edge is to stop, and returns why: a signal, or sockets that
// cannot be served any longer.
func (e *edge) run(signals <-chan os.Signal) (os.Signal, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var reloading sync.WaitGroup
	defer func() {
		cancel()
		reloading.Wait()
	}()
	reload := make(chan struct{}, 1) // those that come while one waits are one
	defer close(reload)
	reloading.Go(func() { e.reloads(reload) })
	if e.options.load != nil {
		reloading.Go(func() { e.watch(ctx) })
	}
	var upgrading chan error // nil unless there is an upgrade
	for {
		select {
		case s := <-signals:
			if s == reloadSignal && e.options.load != nil {
				select {
				case reload <- struct{}{}:
				default:
				}
				continue
			}
			if s != upgradeSignal {
				cancel()
				if upgrading != nil {
					<-upgrading
				}
				return s, nil
			}
			if upgrading == nil {
				upgrading = make(chan error, 1)
				go func() { upgrading <- e.handOver(ctx) }()
			}
		case err := <-upgrading:
			if err == nil {
				return upgradeSignal, nil
			}
			upgrading = nil
			e.logger.Error("upgrade failed: this process goes on", "error", err)
		case err := <-e.failed:
			cancel()
			if upgrading != nil {
				<-upgrading
			}
			return nil, err
		}
	}
}

// handOver has another process take the place of this one.
func (e *edge) handOver(ctx context.Context) error {
	e.changing.Lock()
	defer e.changing.Unlock()
	e.logger.Info("upgrade: a new process is started with the sockets of this one")
	begin := time.Now()
	pid, gate, err := e.upgrade(ctx)
	if err != nil {
		return err
	}
	e.logger.Info("upgrade: the new process is ready", "pid", pid, "took", time.Since(begin))
	e.tell(fmt.Sprintf("MAINPID=%d", pid))
	e.leaveAllPackets()
	gate.Close()
	e.leave()
	return nil
}

// tell tells a service manager, if there is one.
func (e *edge) tell(state string) {
	if err := notify(e.options.console.getenv, state); err != nil {
		e.logger.Warn("the service manager could not be told", "state", state, "error", err)
	}
}
