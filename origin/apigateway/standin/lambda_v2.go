package standin

import (
	"strings"

	"github.com/groundfront/groundfront/origin/lambda"
)

func (s *Standin) eventV2(c *call) *lambda.EventV2 {
	e := &lambda.EventV2{
		Version:        "2.0",
		RouteKey:       c.route.String(),
		RawPath:        c.r.URL.EscapedPath(), // with the stage unless $default
		RawQueryString: c.r.URL.RawQuery,
		PathParameters: c.params,
		StageVariables: s.variables(c),
		RequestContext: s.contextV2(c),
	}
	e.Headers, e.Cookies = linesV2(c)
	if len(c.query) > 0 {
		e.QueryStringParameters = map[string]string{}
	}
	for name, values := range c.query {
		e.QueryStringParameters[name] = strings.Join(values, ",")
	}
	e.Body, e.IsBase64Encoded = s.eventContent(c)
	return e
}

// linesV2 returns lower-case names with repeated values joined, and the
// cookies in a list of their own.
func linesV2(c *call) (joined map[string]string, cookies []string) {
	joined = map[string]string{}
	for _, l := range integrationLines(c) {
		name := strings.ToLower(l.Name)
		if name == "cookie" {
			cookies = append(cookies, splitCookies(l.Value)...)
			continue
		}
		if earlier, repeated := joined[name]; repeated {
			joined[name] = earlier + "," + l.Value
			continue
		}
		joined[name] = l.Value
	}
	return joined, cookies
}

func splitCookies(line string) []string {
	var cookies []string
	for cookie := range strings.SplitSeq(line, ";") {
		if cookie = strings.TrimSpace(cookie); cookie != "" {
			cookies = append(cookies, cookie)
		}
	}
	return cookies
}

func (s *Standin) contextV2(c *call) lambda.ContextV2 {
	return lambda.ContextV2{
		AccountID:    accountID,
		APIID:        s.opts.APIID,
		DomainName:   s.host,
		DomainPrefix: s.opts.APIID,
		HTTP: lambda.HTTPV2{
			Method: c.method, Path: c.r.URL.EscapedPath(), Protocol: protocol(c),
			SourceIP: sourceIP(c), UserAgent: c.r.UserAgent(),
		},
		RequestID: c.ids.extended,
		RouteKey:  c.route.String(),
		Stage:     s.opts.Stage,
		Time:      c.now.UTC().Format(lambda.TimeFormat),
		TimeEpoch: c.now.UnixMilli(),
	}
}
