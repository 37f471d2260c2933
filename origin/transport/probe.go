package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/health"
)

// Probe asks an origin how it is, as Route 53 does: on a connection of its own,
// over TLS with any certificate (AG-HC-03 to AG-HC-06). The error says what is
// wrong.
func (c *Client) Probe(ctx context.Context, o *origin.Origin, check *health.Check) (origin.Timing, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	probed := *o
	probed.Attempts, probed.KeepAliveTimeout, probed.Retries = 1, 0, nil
	probed.ConnectTimeout, probed.ReadTimeout = health.ConnectTimeout, health.StatusTimeout
	probed.TLSInsecure = true
	if check.Port != 0 && o.ConnectTo == "" {
		probed.HTTPPort, probed.HTTPSPort = check.Port, check.Port
	}
	r := &origin.Request{
		Method: "GET", Scheme: "http", Host: check.Host, Target: check.Path,
		Fields: field.Lines{{Name: "User-Agent", Value: "Groundfront health check"}},
	}
	if check.Kind == health.KindHTTPS {
		r.Scheme = "https"
	}
	t := &trip{client: c, origin: &probed, request: r, caller: ctx, cancel: func() {}, refresh: true}
	if check.Kind == health.KindTCP {
		return t.probeTCP(ctx)
	}
	t.route = c.routeTo(&probed, r)
	if err := checkRequest(r); err != nil {
		return origin.Timing{}, &origin.Error{Kind: origin.ErrorUnknown, Op: "check request", Err: err}
	}
	t.ahead.whole = true
	if err := t.run(ctx); err != nil {
		return origin.Timing{}, err
	}
	defer t.body.Close()
	if !health.GoodStatus(t.response.Status) {
		return t.timing, fmt.Errorf("status %d", t.response.Status)
	}
	if check.Search == "" {
		return t.timing, nil
	}
	timer := time.AfterFunc(health.ContentTimeout, cancel)
	defer timer.Stop()
	return t.timing, t.search(check.Search)
}

// probeTCP connects, to the port that the origin's own scheme has.
func (t *trip) probeTCP(ctx context.Context) (origin.Timing, error) {
	t.origin.ConnectTimeout = health.TCPTimeout
	if t.origin.Protocol == origin.ProtocolHTTPSOnly {
		t.request.Scheme = "https"
	}
	t.route = t.client.routeTo(t.origin, t.request)
	t.route.tls = false
	c, err := t.connect(ctx)
	if err != nil {
		return origin.Timing{}, err
	}
	c.cut()
	return t.timing, nil
}

var errNotFound = errors.New("the content does not have the text that is searched for")

// search looks for text in the first bytes of the content.
func (t *trip) search(text string) error {
	content, err := io.ReadAll(io.LimitReader(&t.body, health.SearchLimit))
	switch {
	case health.Found(content, text):
		return nil
	case err != nil:
		return err
	}
	return errNotFound
}
