package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// pull asks for distinct paths until the plan's content has come, and returns
// how many responses that took. The first failure ends all viewers.
func pull(ctx context.Context, base string, p plan) (int64, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: p.viewers, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	count := p.total / p.each
	var all sync.WaitGroup
	for range p.viewers {
		all.Go(func() {
			for n := next.Add(1); n <= count && ctx.Err() == nil; n = next.Add(1) {
				if err := get(ctx, &client, fmt.Sprintf("%s/object/%d", base, n), p.each); err != nil {
					cancel(err)
				}
			}
		})
	}
	all.Wait()
	return count, context.Cause(ctx)
}

// get reads one response, which must have come through the cache whole.
func get(ctx context.Context, client *http.Client, url string, each int64) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	got, err := io.Copy(io.Discard, response.Body)
	if err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	xCache := response.Header.Get("X-Cache")
	if response.StatusCode != http.StatusOK || got != each || xCache != "Miss from cloudfront" {
		return fmt.Errorf("%s: got %d, %d bytes, %q, want 200, %d bytes, a Miss", url, response.StatusCode, got, xCache, each)
	}
	return nil
}
