package lambda

import (
	"encoding/base64"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// event returns the event of a request, in the function's format. The function
// sees the edge as its peer, and the viewer in X-Forwarded-For.
func (f *Function) event(r *origin.Request, content []byte) any {
	if f.config.Format == FormatV1 {
		return f.eventV1(r, content)
	}
	return f.eventV2(r, content)
}

// What an edge on the same machine has in place of an account and an address.
const (
	anonymous = "anonymous" // AG-LAM-11: a function URL without IAM
	loopback  = "127.0.0.1"
	protocol  = "HTTP/1.1"
	stage     = "$default"
)

// functionFields are the header fields that a function gets.
func functionFields(r *origin.Request) field.Lines {
	lines := r.Fields.Clone()
	lines.DeleteFunc(func(l field.Line) bool { return Drops(l.Name) })
	lines.Set("Host", r.Host)
	lines.Set("X-Forwarded-Port", "443")
	lines.Set("X-Forwarded-Proto", "https") // there is nothing else (AG-INV-04)
	return lines
}

// splitTarget returns path and query of the target, as they were sent.
func splitTarget(target string) (path, query string) {
	path, query, _ = strings.Cut(target, "?")
	return path, query
}

// parseQuery returns the parameters, decoded; what cannot be decoded is left
// out.
func parseQuery(query string) url.Values {
	values, _ := url.ParseQuery(query) // its error is about parameters that it has left out
	return values
}

func (f *Function) domainPrefix(host string) string {
	prefix, _, _ := strings.Cut(host, ".")
	return prefix
}

func (f *Function) eventV2(r *origin.Request, content []byte) *EventV2 {
	path, query := splitTarget(r.Target)
	now := f.config.Now()
	e := &EventV2{
		Version: "2.0", RouteKey: stage, RawPath: path, RawQueryString: query,
		RequestContext: ContextV2{
			AccountID: anonymous, APIID: f.domainPrefix(r.Host), DomainName: r.Host, DomainPrefix: f.domainPrefix(r.Host),
			HTTP:      HTTPV2{Method: r.Method, Path: path, Protocol: protocol, SourceIP: loopback, UserAgent: r.Fields.Get("User-Agent")},
			RequestID: f.config.NewID(), RouteKey: stage, Stage: stage,
			Time: now.UTC().Format(TimeFormat), TimeEpoch: now.UnixMilli(),
		},
	}
	e.Headers, e.Cookies = JoinedFields(functionFields(r))
	for name, values := range parseQuery(query) {
		if e.QueryStringParameters == nil {
			e.QueryStringParameters = make(map[string]string)
		}
		e.QueryStringParameters[name] = strings.Join(values, ",")
	}
	e.Body, e.IsBase64Encoded = Content(content, !Textual(r.Fields.Get("Content-Type")))
	return e
}

// JoinedFields returns lower-case names with repeated values joined, and the
// cookies in a list of their own (AG-LAM-10).
func JoinedFields(lines field.Lines) (joined map[string]string, cookies []string) {
	joined = make(map[string]string, len(lines))
	for _, l := range lines {
		name := strings.ToLower(l.Name)
		earlier, repeated := joined[name]
		switch {
		case name == "cookie":
			cookies = append(cookies, splitCookies(l.Value)...)
		case repeated:
			joined[name] = earlier + "," + l.Value
		default:
			joined[name] = l.Value
		}
	}
	return joined, cookies
}

func splitCookies(line string) (cookies []string) {
	for cookie := range strings.SplitSeq(line, ";") {
		if cookie = strings.TrimSpace(cookie); cookie != "" {
			cookies = append(cookies, cookie)
		}
	}
	return cookies
}

func (f *Function) eventV1(r *origin.Request, content []byte) *EventV1 {
	path, query := splitTarget(r.Target)
	now := f.config.Now()
	e := &EventV1{
		Resource: "/{proxy+}", Path: path, HTTPMethod: r.Method,
		PathParameters: map[string]string{"proxy": strings.Trim(path, "/")}, // AG-LAM-03
		RequestContext: ContextV1{
			AccountID: anonymous, APIID: f.domainPrefix(r.Host), DomainName: r.Host, DomainPrefix: f.domainPrefix(r.Host),
			HTTPMethod: r.Method, Identity: IdentityV1{SourceIP: loopback}, Path: path, Protocol: protocol,
			RequestID: f.config.NewID(), RequestTime: now.UTC().Format(TimeFormat), RequestTimeEpoch: now.UnixMilli(),
			ResourcePath: "/{proxy+}", Stage: stage,
		},
	}
	if agent, sent := r.Fields.Lookup("User-Agent"); sent {
		e.RequestContext.Identity.UserAgent = &agent
	}
	e.Headers, e.MultiValueHeaders = LastAndAll(functionFields(r))
	for name, values := range parseQuery(query) {
		if e.QueryStringParameters == nil {
			e.QueryStringParameters, e.MultiValueQueryStringParameters = make(map[string]string), make(map[string][]string)
		}
		e.QueryStringParameters[name], e.MultiValueQueryStringParameters[name] = values[len(values)-1], values
	}
	e.Body, e.IsBase64Encoded = Content(content, false)
	return e
}

// LastAndAll returns the map of last values and that of all values (AG-LAM-04).
func LastAndAll(lines field.Lines) (last map[string]string, all map[string][]string) {
	last, all = make(map[string]string, len(lines)), make(map[string][]string, len(lines))
	for _, l := range lines {
		last[l.Name] = l.Value
		all[l.Name] = append(all[l.Name], l.Value)
	}
	return last, all
}

// Content is the body of an event, nil without content. What is binary or no text
// is base64 (AG-LAM-05).
func Content(content []byte, binary bool) (body *string, isBase64 bool) {
	if len(content) == 0 {
		return nil, false
	}
	text := string(content)
	if binary = binary || !utf8.Valid(content); binary {
		text = base64.StdEncoding.EncodeToString(content)
	}
	return &text, binary
}
