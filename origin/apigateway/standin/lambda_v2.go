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
	e.Headers, e.Cookies = lambda.JoinedFields(integrationLines(c))
	if len(c.query) > 0 {
		e.QueryStringParameters = map[string]string{}
	}
	for name, values := range c.query {
		e.QueryStringParameters[name] = strings.Join(values, ",")
	}
	e.Body, e.IsBase64Encoded = s.eventContent(c)
	return e
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
