package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/origin/apigateway/standin"
)

// A gateway is an emulated API Gateway with a socket of its own.
type gateway struct {
	api    *standin.Standin
	server *http.Server
	addr   net.Addr
	failed chan error // one value when serving ends; nil after close
}

// startGateway listens at address and serves the API there until close.
func startGateway(address string, o standin.Options, logger *slog.Logger) (*gateway, error) {
	api, err := standin.New(o)
	if err != nil {
		return nil, usagef("stand-in: %w", err)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		api.Close()
		return nil, err
	}
	g := &gateway{api: api, addr: l.Addr(), failed: make(chan error, 1)}
	g.server = &http.Server{
		Handler:           api,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	go func() {
		err := g.server.Serve(l)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		g.failed <- err
	}()
	return g, nil
}

// close waits for requests under way, at most until ctx ends, and for the
// goroutine that serves.
func (g *gateway) close(ctx context.Context) error {
	err := g.server.Shutdown(ctx)
	if err != nil {
		g.server.Close()
	}
	return errors.Join(err, <-g.failed, g.api.Close())
}

func newStandin(c console) *cobra.Command {
	var o standin.Options
	var who standinAccess
	var trust standinTrust
	var canary standinCanary
	var addresses standinAddresses
	var cors standinCORS
	var address string
	flavor := word{words: []string{standin.FlavorREST.String(), standin.FlavorHTTP.String(), standin.FlavorWebSocket.String()}}
	hosts := word{words: []string{standin.HostStrict.String(), standin.HostLenient.String()}}
	var logs logFlags
	cmd := &cobra.Command{
		Use:   "standin",
		Short: "Run an emulated API Gateway with a small shop behind it",
		Long: `Run an emulated API Gateway with a small shop behind it: products, search,
orders, slow and failing resources, and Lambda functions through an invoke
endpoint such as the Runtime Interface Emulator's. By its flags it is a REST,
HTTP or WebSocket API, asks for API keys, tokens or addresses, has a canary,
custom domain names and a VPC endpoint, and is slow or fails.`,
		Args: arguments(cobra.NoArgs),
	}
	f := cmd.Flags()
	f.StringVar(&address, "listen", ":9000", "address to listen at")
	wordFlag(cmd, "flavor", "kind of API", standin.FlavorREST.String(), &flavor)
	wordFlag(cmd, "hosts", "Host values it answers to: the API's own name, or local names as well", standin.HostLenient.String(), &hosts)
	f.StringVar(&o.Stage, "stage", standin.DefaultStage, "first path segment; $default for an HTTP API without one")
	f.StringVar(&o.LambdaEndpoint, "lambda-endpoint", "", "base URL of a Lambda invoke endpoint, for /fn")
	f.StringVar(&o.LambdaFunction, "lambda-function", "", "function that every /fn call invokes (default: the one in the path)")
	f.Float64Var(&o.Throttle.Rate, "throttle-rate", 0, "requests per second, 0 for no throttle")
	f.IntVar(&o.Throttle.Burst, "throttle-burst", 0, "requests at once (default: one second's worth)")
	f.DurationVar(&o.IntegrationTimeout, "integration-timeout", 0, "bound on every integration (default 29s, or 30s for http)")
	f.DurationVar(&o.Weather.Latency, "latency", 0, "what every answer takes")
	f.DurationVar(&o.Weather.Jitter, "jitter", 0, "what an answer takes more at most")
	f.Float64Var(&o.Weather.ErrorRate, "error-rate", 0, "share of requests that fail with a 500, 0 to 1")
	who.register(cmd)
	trust.register(cmd)
	canary.register(cmd)
	addresses.register(cmd)
	cors.register(cmd)
	logs.register(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		if err := who.addTo(&o); err != nil {
			return err
		}
		if err := trust.addTo(&o); err != nil {
			return err
		}
		canary.addTo(&o)
		addresses.addTo(&o)
		if err := cors.addTo(&o); err != nil {
			return err
		}
		for f := standin.FlavorREST; f <= standin.FlavorWebSocket; f++ {
			if f.String() == flavor.value {
				o.Flavor = f
			}
		}
		if hosts.value == standin.HostLenient.String() {
			o.Hosts = standin.HostLenient
		}
		if o.Throttle.Burst == 0 && o.Throttle.Rate > 0 {
			o.Throttle.Burst = max(1, int(o.Throttle.Rate))
		}
		return runStandin(c, address, o, logs.logger(c))
	}
	return cmd
}

// standinDrain is how long a stopping stand-in waits for its requests: as
// long as its slowest integration.
const standinDrain = 30 * time.Second

func runStandin(c console, address string, o standin.Options, logger *slog.Logger) error {
	signals, stop := c.signals()
	defer stop()
	g, err := startGateway(address, o, logger)
	if err != nil {
		return listenError(err, address, "choose another with --listen")
	}
	fmt.Fprintf(c.stderr, "groundfront %s: emulated API Gateway (%s) as %s at %s\n", version, o.Flavor, g.api.Host(), httpURL("http", g.addr))
	select {
	case s := <-signals:
		ctx, cancel := drainContext(standinDrain, signals)
		defer cancel()
		return errors.Join(g.close(ctx), interrupted(s))
	case err := <-g.failed:
		g.failed <- nil // for close
		ctx, cancel := context.WithTimeout(context.Background(), standinDrain)
		defer cancel()
		return errors.Join(err, g.close(ctx))
	}
}
