package standin

import "strings"

// eventV2 is the event of an HTTP API (AG-LAM-10). Absent maps are omitted.
type eventV2 struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	PathParameters        map[string]string `json:"pathParameters,omitempty"`
	RequestContext        contextV2         `json:"requestContext"`
	Body                  *string           `json:"body,omitempty"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
}

// contextV2 is the requestContext of AG-LAM-11.
type contextV2 struct {
	AccountID    string `json:"accountId"`
	APIID        string `json:"apiId"`
	DomainName   string `json:"domainName"`
	DomainPrefix string `json:"domainPrefix"`
	HTTP         httpV2 `json:"http"`
	RequestID    string `json:"requestId"`
	RouteKey     string `json:"routeKey"`
	Stage        string `json:"stage"`
	Time         string `json:"time"`
	TimeEpoch    int64  `json:"timeEpoch"`
}

type httpV2 struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

func (s *Standin) eventV2(c *call) *eventV2 {
	e := &eventV2{
		Version:        "2.0",
		RouteKey:       c.route.String(),
		RawPath:        c.r.URL.EscapedPath(), // with the stage unless $default
		RawQueryString: c.r.URL.RawQuery,
		PathParameters: c.params,
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

func (s *Standin) contextV2(c *call) contextV2 {
	return contextV2{
		AccountID:    accountID,
		APIID:        s.opts.APIID,
		DomainName:   s.host,
		DomainPrefix: s.opts.APIID,
		HTTP: httpV2{
			Method: c.method, Path: c.r.URL.EscapedPath(), Protocol: protocol(c),
			SourceIP: sourceIP(c), UserAgent: c.r.UserAgent(),
		},
		RequestID: c.ids.extended,
		RouteKey:  c.route.String(),
		Stage:     s.opts.Stage,
		Time:      c.now.UTC().Format(clfTime),
		TimeEpoch: c.now.UnixMilli(),
	}
}
