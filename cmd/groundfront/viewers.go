package main

import (
	"fmt"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/listener"
)

// engines are the drivers by their names in the configuration.
var engines = map[config.Engine]listener.Engine{
	config.EngineAuto:      listener.EngineAuto,
	config.EngineGoroutine: listener.EngineGoroutine,
	config.EngineEventLoop: listener.EngineEventLoop,
}

// checkEngine says what to write instead of an engine that this system does
// not have.
func (e *edge) checkEngine() error {
	err := engines[e.config.Server.Engine].Available()
	if err == nil {
		return nil
	}
	const path = "server.engine"
	return fmt.Errorf("%serror %s: %s %s: %w; write auto or goroutine",
		positionIn(e.config, path), noEventLoops, path, e.config.Server.Engine, err)
}

// openViewers makes the server of viewers.
func (e *edge) openViewers() {
	limits := e.config.Server.Limits
	e.viewers = listener.New(listener.Options{
		Handler: e.acme.handler(e.proxy.Serve), Hit: e.acme.hit(e.proxy.Hit), Logger: e.logger, Page: e.proxy.MalformedPage,
		WantsFingerprints: e.proxy.WantsFingerprints,
		OnPanic:           e.metrics.Panicked, OnRefused: func(why listener.Refusal) { e.metrics.ConnectionRefused(why.String()) },
		Overload:        e.overload,
		ExtendedConnect: e.config.Server.Mode != config.ModeFaithful,

		Engine:                 engines[e.config.Server.Engine],
		MaxConns:               limits.MaxConnections,
		MaxConnsPerViewer:      limits.MaxConnectionsPerViewer,
		MaxFields:              limits.MaxHeaderFields,
		MaxHandshakesPerViewer: limits.MaxHandshakesPerViewer,
		HandshakeTimeout:       limits.HandshakeTimeout.Std(),
		HeaderTimeout:          limits.HeaderTimeout.Std(),
		BodyTimeout:            limits.BodyTimeout.Std(),
		MinBodyRate:            limits.MinBodyRate,
		IdleTimeout:            limits.IdleTimeout.Std(),
		FirstTimeout:           limits.FirstRequestTimeout.Std(),
		WriteTimeout:           limits.WriteTimeout.Std(),
	})
}
