package corpus

import (
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A Request is what a Case sends.
type Request struct {
	// Raw is the message on the wire, for those who read bytes.
	Raw string
	// What follows are its parts, for those who take them apart already: for
	// a message that is no HTTP, as far as it can be read.
	Method, Target, Proto string
	Fields                field.Lines // in their order, Host among them
	Body                  string      // without chunks
}

// input is a request as the tests write it.
type input struct {
	Address  string    `yaml:"dest_addr"`
	Port     int       `yaml:"port"`
	Method   string    `yaml:"method"`
	URI      *string   `yaml:"uri"`
	Version  *string   `yaml:"version"`
	Headers  yaml.Node `yaml:"headers"`
	Data     string    `yaml:"data"`
	Encoded  string    `yaml:"encoded_request"`
	Complete *bool     `yaml:"autocomplete_headers"`
}

// request makes the request as the rule set's test tool does: with the fields
// that it adds, forms escaped, parts of multipart content in lines that end
// with CR and LF.
func (i *input) request() (Request, error) {
	if i.Encoded != "" {
		raw, err := base64.StdEncoding.DecodeString(i.Encoded)
		return parse(string(raw)), err
	}
	r := Request{Method: i.Method, Target: "/", Proto: "HTTP/1.1", Body: i.Data}
	if r.Method == "" {
		r.Method = "GET"
	}
	if i.URI != nil {
		r.Target = *i.URI
	}
	if i.Version != nil {
		r.Proto = *i.Version
	}
	if i.Headers.Kind != 0 && i.Headers.Kind != yaml.MappingNode {
		return r, errors.New("headers is not a mapping")
	}
	for pair := range slices.Chunk(i.Headers.Content, 2) {
		r.Fields.Add(pair[0].Value, pair[1].Value)
	}
	complete := i.Complete == nil || *i.Complete
	if complete && r.Body != "" {
		r.addMissing("Content-Type", form)
		if r.Fields.Get("Content-Type") == form {
			r.Body = escapeForm(r.Body)
		}
	}
	if strings.HasPrefix(r.Fields.Get("Content-Type"), "multipart/form-data;") {
		r.Body = strings.ReplaceAll(strings.ReplaceAll(r.Body, "\r\n", "\n"), "\n", "\r\n")
	}
	if complete {
		r.addMissing("Connection", "close")
		if r.Body != "" || slices.Contains([]string{"POST", "PUT", "PATCH", "DELETE"}, r.Method) {
			r.addMissing("Content-Length", strconv.Itoa(len(r.Body)))
		}
	}
	r.Raw = r.wire()
	return r, nil
}

const form = "application/x-www-form-urlencoded"

func (r *Request) addMissing(name, value string) {
	if !r.Fields.Has(name) {
		r.Fields.Add(name, value)
	}
}

func (r *Request) wire() string {
	var b strings.Builder
	b.WriteString(r.Method + " " + r.Target + " " + r.Proto + "\r\n")
	for _, l := range r.Fields {
		b.WriteString(l.Name + ": " + l.Value + "\r\n")
	}
	b.WriteString("\r\n" + r.Body)
	return b.String()
}

// escapeForm escapes names and values, unless some are escaped already.
func escapeForm(body string) string {
	if plain, err := url.QueryUnescape(body); err != nil || plain != body {
		return body
	}
	pairs := strings.Split(body, "&")
	for i, pair := range pairs {
		name, value, has := strings.Cut(pair, "=")
		pairs[i] = url.QueryEscape(name)
		if has {
			pairs[i] += "=" + url.QueryEscape(value)
		}
	}
	return strings.Join(pairs, "&")
}

// parse takes a message apart, without judging it.
func parse(raw string) Request {
	r := Request{Raw: raw}
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	r.Method, r.Target, _ = strings.Cut(lines[0], " ")
	if space := strings.LastIndexByte(r.Target, ' '); space >= 0 {
		r.Target, r.Proto = r.Target[:space], r.Target[space+1:]
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		r.Fields.Add(name, field.TrimSpace(value))
	}
	r.Body = body
	if r.Fields.Get("Transfer-Encoding") == "chunked" {
		r.Body = joinChunks(body)
	}
	return r
}

func joinChunks(body string) string {
	var joined strings.Builder
	for {
		size, rest, _ := strings.Cut(body, "\r\n")
		n, err := strconv.ParseUint(size, 16, 31)
		if err != nil || n == 0 || int(n) > len(rest) {
			return joined.String()
		}
		joined.WriteString(rest[:n])
		body = strings.TrimPrefix(rest[n:], "\r\n")
	}
}
