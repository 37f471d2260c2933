package directory

import (
	"context"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"os"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// A failure is why a request gets no object.
type failure uint8

const (
	failureNone failure = iota
	failureAccess
	failureNoKey
	failureNoBucket
	failureNoSlash // a folder with an index, without the slash behind it
	failureInvalidURI
	failureMethod
	failureCORS
	failurePrecondition
	failureRange
	failureCount
)

// failures are S3's error codes.
var failures = [failureCount]struct {
	status        int
	code, message string
}{
	failureNone:         {200, "", ""},
	failureAccess:       {403, "AccessDenied", "Access Denied"},
	failureNoKey:        {404, "NoSuchKey", "The specified key does not exist."},
	failureNoBucket:     {404, "NoSuchBucket", "The specified bucket does not exist"},
	failureNoSlash:      {302, "Found", "Resource Found"},
	failureInvalidURI:   {400, "InvalidURI", "Couldn't parse the specified URI."},
	failureMethod:       {405, "MethodNotAllowed", "The specified method is not allowed against this resource."},
	failureCORS:         {403, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket."},
	failurePrecondition: {412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"},
	failureRange:        {416, "InvalidRange", "The requested range is not satisfiable"},
}

// String returns S3's code.
func (f failure) String() string {
	if f < failureCount && f != failureNone {
		return failures[f].code
	}
	return "none"
}

// methodFailure is the failure for a method: objects can be read and not
// written, and there is no CORS configuration.
func methodFailure(method string) failure {
	switch method {
	case "GET", "HEAD":
		return failureNone
	case "PUT", "DELETE":
		return failureAccess
	case "OPTIONS":
		return failureCORS
	}
	return failureMethod
}

// failureXML is the content of an error answer of the REST endpoint.
type failureXML struct {
	XMLName xml.Name `xml:"Error"`
	Code    string
	Message string
	Key     string `xml:",omitempty"`
}

// refuse answers with a failure, in XML or, as a website, in HTML.
func (d *Directory) refuse(r *origin.Request, key string, f failure, more ...field.Line) *origin.Response {
	fields := append(make(field.Lines, 0, 4+len(more)), more...)
	known := failures[f]
	var page string
	if d.config.IndexDocument != "" {
		fields.Add("Content-Type", "text/html; charset=utf-8")
		page = htmlPage(f, key)
	} else {
		fields.Add("Content-Type", "application/xml")
		shown := failureXML{Code: known.code, Message: known.message}
		if f == failureNoKey {
			shown.Key = key
		}
		text, _ := xml.Marshal(shown) // a struct of strings
		page = xml.Header + string(text)
	}
	if f == failureMethod {
		fields.Add("Allow", "GET, HEAD")
	}
	response := respond(known.status, fields)
	return withContent(response, r, page)
}

// htmlPage is a website endpoint's own page.
func htmlPage(f failure, key string) string {
	known := failures[f]
	title := fmt.Sprintf("%d %s", known.status, reasonPhrase(known.status))
	page := fmt.Sprintf("<html>\n<head><title>%s</title></head>\n<body>\n<h1>%[1]s</h1>\n<ul>\n<li>Code: %s</li>\n<li>Message: %s</li>\n", title, known.code, known.message)
	if f == failureNoKey {
		page += fmt.Sprintf("<li>Key: %s</li>\n", html.EscapeString(key))
	}
	return page + "</ul>\n<hr/>\n</body>\n</html>\n"
}

func reasonPhrase(status int) string {
	switch status {
	case 302:
		return "Moved Temporarily"
	case 400:
		return "Bad Request"
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 405:
		return "Method Not Allowed"
	case 412:
		return "Precondition Failed"
	case 416:
		return "Requested Range Not Satisfiable"
	}
	return "Error"
}

// redirect sends a browser to the folder that it left the slash out of. The
// path is the viewer's own, escapes included.
func (d *Directory) redirect(r *origin.Request, key string) *origin.Response {
	path, _, _ := strings.Cut(r.Target, "?")
	if strings.HasPrefix(path, "//") {
		return d.refuse(r, key, d.missing()) // it would name another host
	}
	return d.refuse(r, key, failureNoSlash, field.Line{Name: "Location", Value: path + "/"})
}

// errorDocument is the website's own page for a client's error, nil if it has
// none.
func (d *Directory) errorDocument(ctx context.Context, root *os.Root, r *origin.Request, f failure) *origin.Response {
	if d.config.IndexDocument == "" || d.config.ErrorDocument == "" {
		return nil
	}
	o, missing := d.open(root, d.config.ErrorDocument)
	if missing != failureNone {
		return nil
	}
	fields := d.objectFields(o)
	return d.send(ctx, r, failures[f].status, fields, o, span{0, o.size})
}

// withContent gives an answer its page, of which a HEAD gets the length only.
func withContent(response *origin.Response, r *origin.Request, page string) *origin.Response {
	response.ContentLength = int64(len(page))
	if r.Method != "HEAD" {
		response.Body = io.NopCloser(strings.NewReader(page))
	}
	return response
}
