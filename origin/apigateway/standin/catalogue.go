package standin

import (
	"context"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A product is one thing the demo shop sells.
type product struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Category string    `json:"category"`
	Cents    int       `json:"price_cents"`
	Updated  time.Time `json:"updated"`
}

// products is the whole catalogue, in the order of ids. Never changed.
var products = []product{
	{"p01", "Enamel mug", "kitchen", 1200, updated(1)},
	{"p02", "Pour-over kettle", "kitchen", 6900, updated(2)},
	{"p03", "Bread knife", "kitchen", 3450, updated(3)},
	{"p04", "Cast-iron pan", "kitchen", 5900, updated(4)},
	{"p05", "Desk lamp", "office", 4800, updated(5)},
	{"p06", "Notebook, dotted", "office", 950, updated(6)},
	{"p07", "Fountain pen", "office", 3900, updated(7)},
	{"p08", "Monitor stand", "office", 7900, updated(8)},
	{"p09", "Rain jacket", "outdoor", 12900, updated(9)},
	{"p10", "Enamel plate", "outdoor", 1100, updated(10)},
	{"p11", "Two-person tent", "outdoor", 24900, updated(11)},
	{"p12", "Trail lamp", "outdoor", 3200, updated(12)},
}

func updated(day int) time.Time { return time.Date(2026, time.March, day, 9, 0, 0, 0, time.UTC) }

// listProducts is GET /products.
func (s *Standin) listProducts(_ context.Context, c *call) (*response, error) {
	resp := newResponse(200, "public, max-age=30")
	resp.setJSON(map[string]any{"products": products, "total": len(products)})
	return c.conditional(resp, products[len(products)-1].Updated), nil
}

// getProduct is GET /products/{id}. An unknown id is the function's 404, not
// the gateway's 403; it may be cached for 10 seconds.
func (s *Standin) getProduct(_ context.Context, c *call) (*response, error) {
	for i := range products {
		if products[i].ID == c.params["id"] {
			resp := newResponse(200, "public, max-age=300, s-maxage=60")
			resp.setJSON(products[i])
			return c.conditional(resp, products[i].Updated), nil
		}
	}
	resp := newResponse(404, "max-age=10")
	resp.setJSON(map[string]string{"message": "no product " + strconv.Quote(c.params["id"])})
	return resp, nil
}

// conditional gives resp its validators and turns it into a 304 if the
// request's preconditions say that the sender has it (RFC 9110 section 13).
func (c *call) conditional(resp *response, modified time.Time) *response {
	etag := entityTag(resp.content)
	resp.lines.Add("ETag", etag)
	resp.lines.Add("Last-Modified", modified.Format(http.TimeFormat))
	if c.notModified(etag, modified) {
		resp.status, resp.content = http.StatusNotModified, nil
		resp.lines.Del("Content-Type")
	}
	return resp
}

// notModified evaluates If-None-Match, or If-Modified-Since without one (RFC
// 9110 section 13.2.2).
func (c *call) notModified(etag string, modified time.Time) bool {
	if lines := c.r.Header.Values("If-None-Match"); len(lines) > 0 {
		return noneMatchHas(strings.Join(lines, ","), etag)
	}
	since, err := http.ParseTime(c.r.Header.Get("If-Modified-Since"))
	return err == nil && !modified.After(since)
}

// noneMatchHas compares weakly (RFC 9110 section 13.1.2). Our own tags hold
// no comma, so a list can be split at them.
func noneMatchHas(list, etag string) bool {
	for tag := range strings.SplitSeq(list, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
			return true
		}
	}
	return false
}

// entityTag is a strong validator of content (RFC 9110 section 8.8.3).
func entityTag(content []byte) string {
	h := fnv.New64a()
	h.Write(content)
	return `"` + strconv.FormatUint(h.Sum64(), 16) + `"`
}
