//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// host is the name that viewers ask for; an address would make some servers
// parse one.
const host = "bench.test"

// A viewer speaks just enough HTTP/1.1 to ask for what the origin has. Each
// TLS connection makes a full handshake, unless its configuration keeps sessions.
type viewer struct {
	url  *url.URL
	conn net.Conn
	r    *bufio.Reader
}

// An answer is what came back.
type answer struct {
	status int
	fields int
	head   int // bytes, with the status line and the empty line
	body   int
}

var insecure = &tls.Config{
	InsecureSkipVerify: true, // the certificate is ours and new
	NextProtos:         []string{"http/1.1"},
	// The peers' OpenSSL has no X25519MLKEM768, which costs both sides more.
	CurvePreferences: []tls.CurveID{tls.X25519},
}

const patience = 10 * time.Second // for one exchange

func dial(address string) (*viewer, error) { return dialWith(address, insecure) }

func dialWith(address string, config *tls.Config) (*viewer, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	conn, err := net.DialTimeout("tcp", u.Host, patience)
	if err != nil {
		return nil, err
	}
	if u.Scheme == "https" {
		conn = tls.Client(conn, config)
	}
	return &viewer{u, conn, bufio.NewReaderSize(conn, 4096)}, nil
}

// resumed reports whether the connection goes on with a session.
func (v *viewer) resumed() bool {
	c, secure := v.conn.(*tls.Conn)
	return secure && c.ConnectionState().DidResume
}

func (v *viewer) close() { _ = v.conn.Close() } // nothing is lost: answers are read whole

// get asks for a path and copies the answer's content. fields are further
// field lines, each with its line end.
func (v *viewer) get(path, fields string, content io.Writer) (answer, error) {
	if err := v.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return answer{}, err
	}
	if _, err := fmt.Fprintf(v.conn, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path, host, fields); err != nil {
		return answer{}, err
	}
	return readAnswer(v.r, content)
}

// readAnswer reads one answer whose content has a length, and copies the
// content.
func readAnswer(r *bufio.Reader, content io.Writer) (answer, error) {
	var a answer
	length := -1
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return a, err
		}
		a.head += len(line)
		line = bytes.TrimRight(line, "\r\n")
		switch name, value, _ := strings.Cut(string(line), ":"); {
		case a.status == 0:
			if a.status, err = statusOf(string(line)); err != nil {
				return a, err
			}
			continue
		case len(line) == 0:
			if length < 0 {
				return a, errors.New("an answer without Content-Length")
			}
			n, err := io.CopyN(content, r, int64(length))
			a.body = int(n)
			return a, err
		case strings.EqualFold(name, "Content-Length"):
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return a, err
			}
		}
		a.fields++
	}
}

func statusOf(line string) (int, error) {
	parts := strings.SplitN(line, " ", 3)
	if len(parts) < 2 || !strings.HasPrefix(parts[0], "HTTP/1.") {
		return 0, fmt.Errorf("not a status line: %q", line)
	}
	return strconv.Atoi(parts[1])
}

// fill asks once for each of the n URLs of the zipf workload.
func fill(ctx context.Context, address string, n int) error {
	const connections = 16
	var next atomic.Int64
	var wait sync.WaitGroup
	errs := make([]error, connections)
	for c := range connections {
		wait.Go(func() {
			errs[c] = func() error {
				v, err := dial(address)
				if err != nil {
					return err
				}
				defer v.close()
				for i := next.Add(1); i <= int64(n) && ctx.Err() == nil; i = next.Add(1) {
					a, err := v.get("/o/"+strconv.FormatInt(i-1, 10), "", io.Discard)
					if err == nil && a.status != 200 {
						err = fmt.Errorf("status %d", a.status)
					}
					if err != nil {
						return err
					}
				}
				return ctx.Err()
			}()
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// handshakes opens connections one after the other, asks one thing on each,
// and closes it: the load of the handshake workload. It is run in a process
// of its own, pinned as the other generators are. With resume a connection that
// begins a new session is an error, but for the first.
func handshakes(address string, connections int, duration time.Duration, resume bool) load {
	u, err := url.Parse(address)
	if err != nil {
		return load{errors: 1}
	}
	var done, failed atomic.Int64
	var wait sync.WaitGroup
	began := time.Now()
	for range connections {
		wait.Go(func() {
			config := insecure
			if resume {
				config = insecure.Clone()
				config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
			}
			for first := true; time.Since(began) < duration; first = false {
				v, err := dialWith(address, config)
				if err != nil {
					failed.Add(1)
					continue
				}
				a, err := v.get(u.Path, "Connection: close\r\n", io.Discard)
				v.close()
				if err != nil || a.status != 200 || resume && v.resumed() == first {
					failed.Add(1)
					continue
				}
				done.Add(1)
			}
		})
	}
	wait.Wait()
	return load{requests: done.Load(), elapsed: time.Since(began), errors: failed.Load()}
}

// idle opens n connections, asks once on each, and returns how many bytes of
// memory the processes hold more for each of them after three quiet seconds.
func idle(ctx context.Context, address string, n int, processes []*process) (float64, error) {
	u, err := url.Parse(address)
	if err != nil {
		return 0, err
	}
	before, err := memory(processes)
	if err != nil {
		return 0, err
	}
	var open []*viewer
	defer func() {
		for _, v := range open {
			v.close()
		}
	}()
	for len(open) < n && ctx.Err() == nil {
		v, err := dial(address)
		if err != nil {
			return 0, fmt.Errorf("connection %d: %w", len(open)+1, err)
		}
		open = append(open, v)
		if a, err := v.get(u.Path, "", io.Discard); err != nil || a.status != 200 {
			return 0, fmt.Errorf("connection %d: status %d: %w", len(open), a.status, err)
		}
	}
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(3 * time.Second):
	}
	after, err := memory(processes)
	return float64(after-before) / float64(n), err
}
