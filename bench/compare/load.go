//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A load is what a generator reports about one shot.
type load struct {
	requests int64 // answered with 2xx
	elapsed  time.Duration
	errors   int64         // anything else: other statuses, broken connections, timeouts
	p50, p99 time.Duration // only at a fixed rate
	cpu      time.Duration // of the generator itself
}

// rate returns the answers in a second.
func (l load) rate() float64 { return float64(l.requests) / l.elapsed.Seconds() }

// shoot lets the workload's generator ask the target for some time.
func (b *bench) shoot(ctx context.Context, w *workload, address string, duration time.Duration) (load, error) {
	log := b.path("latencies")
	argv := append(b.generatorPrefix(w), b.generator(w, address, duration, log)...)
	ctx, stop := context.WithTimeout(ctx, duration+10*time.Second)
	defer stop()
	_ = os.Remove(log) // of the shot before; there may be none
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	if ctx.Err() != nil {
		err = ctx.Err() // says more than that the generator was killed
	}
	if err != nil {
		return load{}, fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, complaints.String())
	}
	l, err := w.tool.parse(out.String())
	if err != nil {
		return load{}, fmt.Errorf("%s: %w in: %s%s", strings.Join(argv, " "), err, out.String(), complaints.String())
	}
	if w.rate > 0 {
		text, err := os.ReadFile(log)
		if err != nil {
			return load{}, err
		}
		if l.p50, l.p99, err = latencies(string(text)); err != nil {
			return load{}, err
		}
	}
	l.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return l, nil
}

// generator returns the command that makes the load of a workload.
func (b *bench) generator(w *workload, address string, duration time.Duration, log string) []string {
	connections, seconds := strconv.Itoa(w.connections), strconv.Itoa(int(duration.Seconds()))
	var argv []string
	switch w.tool {
	case toolWrk:
		argv = []string{"wrk", "-t1", "-c" + connections, "-d" + seconds + "s", "--timeout", "10s", "-H", "Host: " + host}
		if w.script != "" {
			argv = append(argv, "-s", b.path(w.script))
		}
	case toolH2load:
		argv = []string{"h2load", "-t1", "-c" + connections, "-m" + strconv.Itoa(w.streams), "-D", seconds, "--warm-up-time", "0", "-H", ":authority: " + host}
		if w.transport != transportH2C && w.transport != transportH2 {
			argv = append(argv, "--h1")
		}
		if w.rate > 0 {
			each := float64(w.rate) / float64(w.connections)
			argv = append(argv, "--rps", strconv.FormatFloat(each, 'f', -1, 64), "--log-file", log)
		}
	case toolHandshakes:
		argv = []string{b.self, "-handshakes", address, "-connections", connections, "-seconds", seconds}
		if w.transport == transportTickets {
			argv = append(argv, "-resume")
		}
		return argv
	}
	if w.browser {
		for line := range strings.Lines(b.browserHeaders) {
			argv = append(argv, "-H", strings.TrimSpace(line))
		}
	}
	return append(argv, address)
}

// parse reads what a tool printed.
func (t tool) parse(out string) (load, error) {
	switch t {
	case toolWrk:
		return parseWrk(out)
	case toolH2load:
		return parseH2load(out)
	default:
		return parseHandshakes(out)
	}
}

// handshakesFormat is how this program, as a generator, reports to itself:
// requests, errors, nanoseconds.
const handshakesFormat = "%d handshakes, %d errors, %d ns\n"

func parseHandshakes(out string) (load, error) {
	var l load
	_, err := fmt.Sscanf(out, handshakesFormat, &l.requests, &l.errors, &l.elapsed)
	return l, err
}

// parseWrk reads these lines of wrk:
//
//	156123 requests in 1.00s, 256.12MB read
//	Socket errors: connect 0, read 3, write 0, timeout 0
//	Non-2xx or 3xx responses: 12
func parseWrk(out string) (load, error) {
	var l load
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		switch {
		case strings.Contains(line, " requests in "):
			var elapsed string
			if _, err := fmt.Sscanf(line, "%d requests in %s", &l.requests, &elapsed); err != nil {
				return l, err
			}
			var err error
			if l.elapsed, err = time.ParseDuration(strings.TrimSuffix(elapsed, ",")); err != nil {
				return l, err
			}
		case strings.HasPrefix(line, "Socket errors:"):
			var connect, read, write, timeout int64
			if _, err := fmt.Sscanf(line, "Socket errors: connect %d, read %d, write %d, timeout %d", &connect, &read, &write, &timeout); err != nil {
				return l, err
			}
			l.errors += connect + read + write + timeout
		case strings.HasPrefix(line, "Non-2xx"):
			n, err := strconv.ParseInt(line[strings.LastIndexByte(line, ' ')+1:], 10, 64)
			if err != nil {
				return l, err
			}
			l.errors += n
			l.requests -= n
		}
	}
	return l, complete(l)
}

// parseH2load reads these lines of h2load:
//
//	finished in 1.00s, 9991.00 req/s, 17.21MB/s
//	requests: 9991 total, 9991 started, 9991 done, 9991 succeeded, 0 failed, 0 errored, 0 timeout
//
// It counts a status other than 2xx and 3xx as a failure itself.
func parseH2load(out string) (load, error) {
	var l load
	for line := range strings.Lines(out) {
		switch {
		case strings.HasPrefix(line, "finished in "):
			elapsed, _, _ := strings.Cut(strings.TrimPrefix(line, "finished in "), ",")
			var err error
			if l.elapsed, err = time.ParseDuration(elapsed); err != nil {
				return l, err
			}
		case strings.HasPrefix(line, "requests: "):
			var total, started, done, failed, errored, timeout int64
			if _, err := fmt.Sscanf(line, "requests: %d total, %d started, %d done, %d succeeded, %d failed, %d errored, %d timeout",
				&total, &started, &done, &l.requests, &failed, &errored, &timeout); err != nil {
				return l, err
			}
			l.errors = failed + errored + timeout
		}
	}
	return l, complete(l)
}

func complete(l load) error {
	if l.elapsed <= 0 {
		return fmt.Errorf("no duration")
	}
	return nil
}

// latencies reads h2load's log: start in microseconds, status, microseconds.
func latencies(log string) (p50, p99 time.Duration, err error) {
	var all []time.Duration
	for line := range strings.Lines(log) {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			return 0, 0, fmt.Errorf("h2load's log: %q", line)
		}
		us, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("h2load's log: %w", err)
		}
		all = append(all, time.Duration(us)*time.Microsecond)
	}
	if len(all) == 0 {
		return 0, 0, fmt.Errorf("h2load's log is empty")
	}
	slices.Sort(all)
	return all[(len(all)-1)/2], all[(len(all)*99-1)/100], nil
}
