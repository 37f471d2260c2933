package standin

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// CORS is what an API answers to browsers of other sites. The zero value is
// none. A REST API has OPTIONS on each resource, answered by a mock, and says
// Access-Control-Allow-Origin where an integration answers, not in its own
// errors (AG-COR-01, AG-ERR-26). An HTTP API answers preflights itself, without
// a route, and to any request replaces what the integration says (AG-COR-02).
type CORS struct {
	AllowOrigins     []string // "*", or as Origin has them
	AllowMethods     []string
	AllowHeaders     []string
	ExposeHeaders    []string
	MaxAge           time.Duration // 0: not said
	AllowCredentials bool
}

func (o CORS) none() bool { return len(o.AllowOrigins) == 0 }

func (o CORS) check() error {
	switch {
	case o.none() && len(o.AllowMethods)+len(o.AllowHeaders)+len(o.ExposeHeaders) > 0:
		return errors.New("no origins")
	case o.AllowCredentials && slices.Contains(o.AllowOrigins, "*"):
		return errors.New("credentials together with any origin")
	}
	return nil
}

// origin returns what is allowed to a site, "" for nothing. A REST API's mock
// has constants: it answers with its first origin, whoever asks.
func (o CORS) origin(site string, flavor Flavor) string {
	switch {
	case o.none():
		return ""
	case slices.Contains(o.AllowOrigins, "*"):
		return "*"
	case flavor == FlavorREST:
		return o.AllowOrigins[0]
	case slices.Contains(o.AllowOrigins, site):
		return site
	}
	return ""
}

// preflight answers a preflight, nil if c is none or the API has no CORS.
func (s *Standin) preflight(c *call) *response {
	o, asked := s.opts.CORS, c.r.Header.Get("Access-Control-Request-Method")
	site := c.r.Header.Get("Origin")
	if o.none() || c.method != "OPTIONS" || s.opts.Flavor == FlavorHTTP && (site == "" || asked == "") {
		return nil
	}
	if s.opts.Flavor == FlavorREST && !s.hasResource(c.path) {
		return nil
	}
	status := 204
	if s.opts.Flavor == FlavorREST {
		status = 200
	}
	resp := newResponse(status, "")
	allowed := o.origin(site, s.opts.Flavor)
	if allowed == "" {
		return resp
	}
	o.say(&resp.lines, allowed)
	add := func(name string, list []string) {
		if len(list) > 0 {
			resp.lines.Add(name, strings.Join(list, ","))
		}
	}
	add("Access-Control-Allow-Methods", o.AllowMethods)
	add("Access-Control-Allow-Headers", o.AllowHeaders)
	if o.MaxAge > 0 {
		resp.lines.Add("Access-Control-Max-Age", strconv.Itoa(int(o.MaxAge.Seconds())))
	}
	return resp
}

func (s *Standin) hasResource(path string) bool {
	return slices.ContainsFunc(s.routes, func(r route) bool {
		_, matches := matchResource(r.resource, path)
		return matches
	})
}

// allow adds what a browser needs to a response of an integration.
func (s *Standin) allow(c *call, resp *response) {
	o, site := s.opts.CORS, c.r.Header.Get("Origin")
	if o.none() || s.opts.Flavor == FlavorHTTP && site == "" {
		return
	}
	if s.opts.Flavor == FlavorHTTP {
		resp.lines.DeleteFunc(func(l field.Line) bool {
			return strings.HasPrefix(strings.ToLower(l.Name), "access-control-")
		})
	}
	if allowed := o.origin(site, s.opts.Flavor); allowed != "" {
		o.say(&resp.lines, allowed)
		if len(o.ExposeHeaders) > 0 {
			resp.lines.Add("Access-Control-Expose-Headers", strings.Join(o.ExposeHeaders, ","))
		}
	}
}

func (o CORS) say(lines *field.Lines, allowed string) {
	lines.Add("Access-Control-Allow-Origin", allowed)
	if o.AllowCredentials {
		lines.Add("Access-Control-Allow-Credentials", "true")
	}
}
