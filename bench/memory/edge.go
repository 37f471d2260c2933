package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
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
	viewers string // base URL
	output  bytes.Buffer
}

const configuration = `version: 1
server:
  listen: [{address: %q}]
  admin: "127.0.0.1:0"
cache:
  memory: {max_size: %s}
distributions:
  memory:
    origins:
      origin: {domain_name: origin.test, connect_to: %q, custom_origin_config: {origin_protocol_policy: http-only}}
    default_cache_behavior: {target_origin_id: origin, cache_policy_id: CachingOptimized}
`

// startEdge starts the edge in front of an origin and waits until it accepts.
func startEdge(ctx context.Context, p plan, origin string) (*edge, error) {
	address, err := rig.FreeAddress()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "groundfront-memory")
	if err != nil {
		return nil, err
	}
	e := &edge{dir: dir, viewers: "http://" + address}
	file := filepath.Join(dir, "groundfront.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, configuration, address, p.cache, origin), 0o600); err != nil {
		return nil, err
	}
	e.process = exec.CommandContext(ctx, p.edge, "run", "-f", file)
	e.process.Stderr = &e.output
	if err := e.process.Start(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	if err := waitFor(ctx, address); err != nil {
		e.close()
		return nil, fmt.Errorf("%w; the edge says: %s", err, e.said())
	}
	return e, nil
}

// waitFor waits until address accepts connections, at most ten seconds.
func waitFor(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the edge does not accept connections: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// close ends the process. What it says may be read afterwards.
func (e *edge) close() {
	_ = e.process.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	_ = e.process.Wait()
	os.RemoveAll(e.dir)
}

// said ends the process and returns what it printed.
func (e *edge) said() string {
	e.close()
	return e.output.String()
}

// A usage is resident memory in bytes.
type usage struct{ now, peak int64 }

func (e *edge) memory() (usage, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", e.process.Process.Pid))
	if err != nil {
		return usage{}, err
	}
	return parseUsage(string(text))
}

// parseUsage reads VmRSS and VmHWM of a status file (proc(5)).
func parseUsage(status string) (u usage, err error) {
	for line := range strings.Lines(status) {
		name, value, _ := strings.Cut(line, ":")
		into := map[string]*int64{"VmRSS": &u.now, "VmHWM": &u.peak}[name]
		if into == nil {
			continue
		}
		number, isKB := strings.CutSuffix(strings.TrimSpace(value), " kB")
		n, err := strconv.ParseInt(number, 10, 53)
		if err != nil || !isKB {
			return usage{}, fmt.Errorf("line %q is not a number of kB", line)
		}
		*into = n << 10
	}
	if u.now == 0 || u.peak == 0 {
		return usage{}, errors.New("no VmRSS and VmHWM in the status of the edge")
	}
	return u, nil
}
