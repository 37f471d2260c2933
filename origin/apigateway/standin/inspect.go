package standin

import (
	"context"
	"fmt"
)

// version is GET /version: a number that grows with each call, so that an
// answer from a cache can be told from one of the origin; with a canary also
// which deployment it was.
func (s *Standin) version(_ context.Context, c *call) (*response, error) {
	resp := newResponse(200, "max-age=60")
	answer := map[string]any{"version": s.versions.Add(1), "query": c.r.URL.RawQuery}
	if s.opts.Canary.exists() {
		answer["deployment"] = c.deployment.String()
	}
	if variables := s.variables(c); len(variables) > 0 {
		answer["stage_variables"] = variables
	}
	resp.setJSON(answer)
	return resp, nil
}

// cookies is GET /cookies: Set-Cookie on an answer that may be cached, which
// hands one viewer's session to the next unless the edge is told otherwise.
func (s *Standin) cookies(_ context.Context, c *call) (*response, error) {
	resp := newResponse(200, "max-age=60")
	resp.lines.Add("Set-Cookie", "session="+c.ids.request+"; Path=/; HttpOnly; Secure")
	resp.lines.Add("Set-Cookie", "theme=light; Path=/")
	received := map[string]string{}
	for _, cookie := range c.r.Cookies() {
		received[cookie.Name] = cookie.Value
	}
	resp.setJSON(map[string]any{"received": received})
	return resp, nil
}

// echo is ANY /echo: the request as the API received it, before any rule of
// the gateway for integrations. Names have net/http's canonical spelling.
func (s *Standin) echo(_ context.Context, c *call) (*response, error) {
	headers := map[string][]string{"Host": {c.r.Host}}
	for name, values := range c.r.Header {
		headers[name] = values
	}
	resp := newResponse(200, "no-store")
	resp.setJSON(map[string]any{
		"method":   c.r.Method,
		"path":     c.r.URL.EscapedPath(),
		"query":    c.r.URL.RawQuery,
		"protocol": fmt.Sprintf("HTTP/%d.%d", c.r.ProtoMajor, c.r.ProtoMinor),
		"headers":  headers,
		"content":  string(c.content),
	})
	return resp, nil
}
