//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// A shot is what viewers have seen for a while.
type shot struct {
	p50, p99, worst time.Duration
}

// shoot asks for hits at a rate over some connections, and reloads each time pace
// is over; 0 never does.
func (e *edge) shoot(ctx context.Context, p *plan, pace time.Duration) (s shot, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.duration, errOver)
	defer cancel()
	var mu sync.Mutex
	var all []time.Duration
	var failures []error
	interval := time.Second * time.Duration(p.connections) / time.Duration(p.rate)
	var viewers sync.WaitGroup
	for i := range p.connections {
		viewers.Go(func() {
			first := time.Now().Add(interval * time.Duration(i) / time.Duration(p.connections))
			took, err := view(ctx, e.viewers, first, interval)
			mu.Lock()
			defer mu.Unlock()
			all, failures = append(all, took...), append(failures, err)
		})
	}
	if pace > 0 {
		err = e.reloads(ctx, pace)
	}
	viewers.Wait()
	if err = errors.Join(append(failures, err)...); err != nil {
		return s, err
	}
	slices.Sort(all)
	s.p50, s.p99, s.worst = quantile(all, 50), quantile(all, 99), all[len(all)-1]
	return s, nil
}

// errOver ends a shot.
var errOver = errors.New("the time is over")

// reloads reloads until ctx ends, the first time after half a pace.
func (e *edge) reloads(ctx context.Context, pace time.Duration) error {
	next := time.NewTimer(pace / 2)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-next.C:
		}
		next.Reset(pace)
		if err := e.reload(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
}

// view asks for the same response until ctx ends, each interval from first on,
// and returns how long each took.
func view(ctx context.Context, address string, first time.Time, interval time.Duration) (took []time.Duration, err error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	request := []byte("GET /part0/x HTTP/1.1\r\nHost: " + hosts[0] + "\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: */*\r\n\r\n")
	for due := first; ; due = due.Add(interval) {
		began := due
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
			began = time.Now()
		}
		if context.Cause(ctx) != nil {
			break
		}
		if _, err := conn.Write(request); err != nil {
			return nil, err
		}
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return nil, err
		}
		if response.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("got %s, want 200", response.Status)
		}
		took = append(took, time.Since(began))
	}
	if cause := context.Cause(ctx); !errors.Is(cause, errOver) {
		return nil, cause
	}
	return took, nil
}

// quantile returns the time within which so many percent of requests were
// answered.
func quantile(sorted []time.Duration, percent int) time.Duration {
	return sorted[(len(sorted)*percent-1)/100]
}
