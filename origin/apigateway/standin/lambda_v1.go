package standin

import "github.com/groundfront/groundfront/origin/lambda"

func (s *Standin) eventV1(c *call) *lambda.EventV1 {
	e := &lambda.EventV1{
		Resource:       c.route.resource,
		Path:           c.path,
		HTTPMethod:     c.method,
		PathParameters: c.params,
		StageVariables: s.variables(c),
		RequestContext: s.contextV1(c),
	}
	e.Headers, e.MultiValueHeaders = lambda.LastAndAll(integrationLines(c))
	e.QueryStringParameters, e.MultiValueQueryStringParameters = queryV1(c)
	e.Body, e.IsBase64Encoded = s.eventContent(c)
	return e
}

// queryV1 returns the single-value map, which holds the last value, and the
// multi-value map (AG-LAM-04).
func queryV1(c *call) (last map[string]string, all map[string][]string) {
	if len(c.query) == 0 {
		return nil, nil
	}
	last = make(map[string]string, len(c.query))
	for name := range c.query {
		last[name] = lastValue(c.query, name)
	}
	return last, c.query
}

func (s *Standin) contextV1(c *call) lambda.ContextV1 {
	return lambda.ContextV1{
		AccountID:         accountID,
		APIID:             s.opts.APIID,
		DeploymentID:      c.deployment.String(),
		DomainName:        s.host,
		DomainPrefix:      s.opts.APIID,
		ExtendedRequestID: c.ids.extended,
		HTTPMethod:        c.method,
		Identity:          lambda.IdentityV1{SourceIP: sourceIP(c), UserAgent: nilIfEmpty(c.r.UserAgent())},
		Path:              c.r.URL.EscapedPath(), // with the stage (AG-LAM-03)
		Protocol:          protocol(c),
		RequestID:         c.ids.request,
		RequestTime:       c.now.UTC().Format(lambda.TimeFormat),
		RequestTimeEpoch:  c.now.UnixMilli(),
		ResourceID:        "fnprxy",
		ResourcePath:      c.route.resource,
		Stage:             s.opts.Stage,
	}
}
