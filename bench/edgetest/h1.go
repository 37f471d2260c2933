package edgetest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// speakH1 sends the request and reads the response by the letter of RFC 9112:
// what is not exactly so is an error.
func (c *Call) speakH1(q Request) {
	c.ends.Go(func() { io.WriteString(c.conn, q.bytes()) })
	<-c.read
	r := bufio.NewReader(c.conn)
	err := c.readH1(r, q.Method)
	c.end(err)
	if err != nil {
		return
	}
	for {
		if _, err := r.Peek(1); err != nil {
			if errors.Is(err, io.EOF) {
				c.closed()
			}
			return
		}
		next := &Call{began: c.began, done: make(chan struct{})}
		err := next.readH1(r, q.Method)
		next.end(err)
		next.response.Body = string(next.body)
		c.follow(next.response)
		if err != nil {
			return
		}
	}
}

// bytes returns the request as it goes over an HTTP/1.1 connection.
func (q Request) bytes() string {
	if q.Raw != "" {
		return q.Raw
	}
	var b strings.Builder
	version := "HTTP/1.1"
	if q.HTTP10 {
		version = "HTTP/1.0"
	}
	fmt.Fprintf(&b, "%s %s %s\r\n", q.Method, q.Target, version)
	if q.Host != "" {
		fmt.Fprintf(&b, "Host: %s\r\n", q.Host)
	}
	for _, l := range q.Fields {
		fmt.Fprintf(&b, "%s: %s\r\n", l.Name, l.Value)
	}
	switch {
	case !q.HasBody:
		b.WriteString("\r\n")
	case q.Chunked:
		b.WriteString("Transfer-Encoding: chunked\r\n\r\n")
		if q.Body != "" {
			fmt.Fprintf(&b, "%x\r\n%s\r\n", len(q.Body), q.Body)
		}
		b.WriteString("0\r\n\r\n")
	default:
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(q.Body), q.Body)
	}
	return b.String()
}

// readH1 reads one final response and those before it.
func (c *Call) readH1(r *bufio.Reader, method string) error {
	status, fields, err := readHead(r)
	for err == nil && isInterim(status) {
		c.head(status, fields)
		status, fields, err = readHead(r)
	}
	if err != nil {
		return err
	}
	c.head(status, fields)
	length, has := fields.Lookup("Content-Length")
	chunked := fields.Get("Transfer-Encoding") == "chunked"
	switch {
	case method == "HEAD" || status == 204 || status == 304:
		return nil
	case has && chunked:
		return errors.New("both Content-Length and Transfer-Encoding")
	case chunked:
		return c.readChunks(r)
	case has:
		n, err := strconv.ParseInt(length, 10, 64)
		if err != nil {
			return err
		}
		return c.readContent(r, n)
	}
	_, err = io.Copy(writerFunc(c.content), r)
	c.closed()
	return err
}

// A writerFunc is an io.Writer.
type writerFunc func([]byte)

// Write calls the function.
func (w writerFunc) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}

// readContent reads n bytes of content.
func (c *Call) readContent(r *bufio.Reader, n int64) error {
	got, err := io.CopyN(writerFunc(c.content), r, n)
	if err != nil {
		return fmt.Errorf("%d of %d bytes: %w", got, n, err)
	}
	return nil
}

func (c *Call) readChunks(r *bufio.Reader) error {
	for {
		size, err := readLine(r)
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(size, 16, 64)
		if err != nil {
			return err
		}
		if err := c.readContent(r, n); err != nil {
			return err
		}
		if end, err := readLine(r); err != nil || end != "" {
			return fmt.Errorf("after a chunk: %q, %w", end, err)
		}
		if n == 0 {
			return nil
		}
	}
}

// readHead reads a status line and the fields.
func readHead(r *bufio.Reader) (status int, fields field.Lines, err error) {
	line, err := readLine(r)
	if err != nil {
		return 0, nil, err
	}
	version, rest, _ := strings.Cut(line, " ")
	code, _, found := strings.Cut(rest, " ")
	status, err = strconv.Atoi(code)
	if err != nil || !found || version != "HTTP/1.1" && version != "HTTP/1.0" {
		return 0, nil, fmt.Errorf("status line %q", line)
	}
	for {
		if line, err = readLine(r); err != nil || line == "" {
			return status, fields, err
		}
		name, value, found := strings.Cut(line, ": ")
		if !found {
			return 0, nil, fmt.Errorf("field line %q", line)
		}
		fields.Add(name, value)
	}
}

// readLine reads a line without its CRLF.
func readLine(r *bufio.Reader) (string, error) {
	s, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	line, found := strings.CutSuffix(s, "\r\n")
	if !found {
		return "", fmt.Errorf("line %q", s)
	}
	return line, nil
}
