package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/requestpolicy"
	"github.com/groundfront/groundfront/proxy/fetch"
)

// answers is an origin.
type answers func(*origin.Request) *origin.Response

func (a answers) RoundTrip(_ context.Context, _ *origin.Origin, r *origin.Request) (*origin.Response, error) {
	return a(r), nil
}

func content(text, cacheControl string) answers {
	return func(*origin.Request) *origin.Response {
		return &origin.Response{
			Status: 200, Fields: field.Lines{{Name: "Cache-Control", Value: cacheControl}},
			ContentLength: int64(len(text)), Body: io.NopCloser(strings.NewReader(text)),
		}
	}
}

// newFetcher returns a Fetcher for one behavior and a request.
func newFetcher(o answers) (*fetch.Fetcher, *cache.Cache, *fetch.Rules, *fetch.Request, error) {
	c, err := cache.New(cache.Options{MaxSize: 64 << 20, Invalidations: invalidation.New()})
	if err != nil {
		return nil, nil, nil, nil, err
	}
	policy, err := requestpolicy.New(requestpolicy.Config{})
	if err != nil {
		return nil, nil, nil, nil, err
	}
	builder, err := cachekey.New(cachekey.Policy{}, cachekey.Options{Distribution: "d111111abcdef8.cloudfront.net"})
	if err != nil {
		return nil, nil, nil, nil, err
	}
	rules := &fetch.Rules{
		Origin: &origin.Origin{ID: "api", DomainName: "api.example"}, RequestPolicy: policy,
		Freshness: freshness.Policy{MaxTTL: time.Hour},
	}
	request := &fetch.Request{Method: "GET", Scheme: "https", Host: "shop.example", Path: "/products", Proto: "1.1"}
	request.Key = builder.Append(nil, &cachekey.Request{Method: "GET", Path: request.Path})
	request.Hash = cachekey.Sum(request.Key)
	f := fetch.New(fetch.Options{Origins: o, Cache: c, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	return f, c, rules, request, nil
}

func readAll(ctx context.Context, a fetch.Answer) (n int, err error) {
	defer a.Close()
	for {
		p, err := a.Content.Next(ctx)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		n += len(p)
	}
}

func ExampleFetcher_Get() {
	fetcher, stored, rules, request, err := newFetcher(content("twelve lamps", "max-age=60"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stored.Close()
	defer fetcher.Close()
	ctx := context.Background()

	answer, err := fetcher.Get(ctx, rules, request, nil)
	if err != nil {
		fmt.Println(err) // the viewer has gone
		return
	}
	defer answer.Close()
	part, _ := answer.Content.Next(ctx)
	fmt.Println(answer.Kind, answer.Status, string(part))

	_ = fetcher.Drain(ctx)
	fmt.Println(stored.Lookup(request.Hash, request.Key, "GET", time.Now()).Outcome)
	// Output:
	// response 200 twelve lamps
	// fresh
}

// BenchmarkFetch is what a request costs beside the origin: 4 KiB that are
// stored, that are not, and that do not pass the cache.
func BenchmarkFetch(b *testing.B) {
	text := strings.Repeat("x", 4<<10)
	for name, control := range map[string]string{"stored": "max-age=60", "not stored": "no-store"} {
		b.Run(name, func(b *testing.B) {
			fetcher, stored, rules, request, err := newFetcher(content(text, control))
			if err != nil {
				b.Fatal(err)
			}
			defer stored.Close()
			defer fetcher.Close()
			b.ReportAllocs()
			for b.Loop() {
				answer, err := fetcher.Alone(b.Context(), rules, request, nil)
				if err != nil {
					b.Fatal(err)
				}
				if n, err := readAll(b.Context(), answer); n != len(text) || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
	b.Run("direct", func(b *testing.B) {
		fetcher, stored, rules, request, err := newFetcher(content(text, "no-store"))
		if err != nil {
			b.Fatal(err)
		}
		defer stored.Close()
		defer fetcher.Close()
		b.ReportAllocs()
		for b.Loop() {
			answer := fetcher.Direct(b.Context(), rules, request)
			if n, err := io.Copy(io.Discard, answer.Direct); n != int64(len(text)) || err != nil {
				b.Fatal(n, err)
			}
			answer.Close()
		}
	})
}
