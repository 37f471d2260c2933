//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/groundfront/groundfront/bench/rig"
)

// An edge is a groundfront process.
type edge struct {
	process *exec.Cmd
	dir     string // of its configuration
	file    string
	output  bytes.Buffer

	configuration          *configuration
	viewers, admin, origin string
	generation             int // of its configuration
}

// startEdge starts a build of the edge and waits until it is ready.
func startEdge(ctx context.Context, binary, cpus string, c *configuration, origin string) (*edge, error) {
	e := &edge{configuration: c, origin: origin}
	var err error
	for _, address := range []*string{&e.viewers, &e.admin} {
		if *address, err = rig.FreeAddress(); err != nil {
			return nil, err
		}
	}
	if e.dir, err = os.MkdirTemp("", "groundfront-reload"); err != nil {
		return nil, err
	}
	e.file = filepath.Join(e.dir, "groundfront.yaml")
	if err := errors.Join(c.write(e.dir), e.write()); err != nil {
		os.RemoveAll(e.dir)
		return nil, err
	}
	e.process = exec.CommandContext(ctx, "taskset", "-c", cpus, binary, "run", "-f", e.file)
	e.process.Stderr = &e.output
	if err := e.process.Start(); err != nil {
		os.RemoveAll(e.dir)
		return nil, err
	}
	if err := e.ready(ctx); err != nil {
		e.close()
		return nil, fmt.Errorf("%w; the edge says: %s", err, e.output.String())
	}
	return e, nil
}

// write writes the configuration with the next number.
func (e *edge) write() error {
	e.generation++
	text := e.configuration.yaml(e.dir, e.viewers, e.admin, e.origin, e.generation)
	return os.WriteFile(e.file, []byte(text), 0o600)
}

// ready waits until the edge is, at most ten seconds.
func (e *edge) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		_, err := e.ask(ctx, http.MethodGet, "/readyz")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the edge does not become ready: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// close ends the process.
func (e *edge) close() {
	_ = e.process.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	_ = e.process.Wait()
	os.RemoveAll(e.dir)
}

// ask returns what the admin interface answers with 200.
func (e *edge) ask(ctx context.Context, method, path string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+e.admin+path, strings.NewReader("{}"))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json") // POST wants it, so that no web page can
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: got %d: %s", method, path, response.StatusCode, content)
	}
	return content, err
}

var errUnchanged = errors.New("the edge has noticed no change")

// reload has the edge take up a configuration that differs from the one before.
func (e *edge) reload(ctx context.Context) error {
	if err := e.write(); err != nil {
		return err
	}
	content, err := e.ask(ctx, http.MethodPost, "/v1/reload")
	if err != nil {
		return err
	}
	var answer struct{ Changed bool }
	if err = json.Unmarshal(content, &answer); err == nil && !answer.Changed {
		err = errUnchanged
	}
	if err != nil {
		return fmt.Errorf("reload %d: %w: %s", e.generation, err, content)
	}
	return nil
}

// A usage is what the process has used since its start.
type usage struct {
	cpu         time.Duration
	allocated   float64 // bytes
	collections float64
}

func (u usage) since(earlier usage) usage {
	return usage{u.cpu - earlier.cpu, u.allocated - earlier.allocated, u.collections - earlier.collections}
}

func (e *edge) usage(ctx context.Context) (u usage, err error) {
	page, err := e.ask(ctx, http.MethodGet, "/metrics")
	if err != nil {
		return u, err
	}
	u.allocated, u.collections = series(page, "go_memstats_alloc_bytes_total"), series(page, "go_gc_duration_seconds_count")
	u.cpu, err = rig.CPUTime(e.process.Process.Pid)
	return u, err
}

// series returns the value of a series without labels on a page of metrics, 0
// without one.
func series(page []byte, name string) float64 {
	for line := range strings.Lines(string(page)) {
		if text, found := strings.CutPrefix(line, name+" "); found {
			value, _ := strconv.ParseFloat(strings.TrimSpace(text), 64)
			return value
		}
	}
	return 0
}
