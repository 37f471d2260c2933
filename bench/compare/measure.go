//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// A sample is one shot at one peer.
type sample struct {
	cpu      float64 // microseconds of the server for each request
	rate     float64 // requests a second
	p50, p99 float64 // microseconds; only at a fixed rate
}

// A row is what one peer did in one workload.
type row struct {
	peer    string
	samples []sample // one of each round
	memory  int64    // bytes of the server afterwards
	bytes   float64  // of an idle connection
	answer  answer   // as it looked in HTTP/1.1
	fault   string   // why the row is none
}

// A result is one workload at all peers.
type result struct {
	workload *workload
	rows     []*row
	others   float64 // share of a CPU that other processes used meanwhile
}

// row returns that of a peer, or nil.
func (r *result) row(peer string) *row {
	for _, row := range r.rows {
		if row.peer == peer {
			return row
		}
	}
	return nil
}

// A target is a peer as one workload sees it.
type target struct {
	*row
	address   string
	processes []*process
}

// run measures the workloads, stage by stage, and prints each when it is
// done. Between stages all servers start anew.
func (b *bench) run(ctx context.Context, chosen []*workload, taking []*peer) ([]*result, error) {
	var results []*result
	for _, s := range []stage{stagePinned, stageShared, stageIdle} {
		of := slices.DeleteFunc(slices.Clone(chosen), func(w *workload) bool { return w.stage != s })
		if len(of) == 0 {
			continue
		}
		done, err := b.runStage(ctx, s, of, taking)
		if err != nil {
			return nil, err
		}
		results = append(results, done...)
	}
	return results, nil
}

func (b *bench) runStage(ctx context.Context, s stage, chosen []*workload, taking []*peer) ([]*result, error) {
	var needed []string
	for _, w := range chosen {
		for _, p := range taking {
			if p.takesPart(w) {
				needed = append(needed, p.servers(w)...)
			}
		}
	}
	defer b.stopServers()
	if err := b.startServers(ctx, s, needed); err != nil {
		return nil, err
	}
	var results []*result
	for _, w := range chosen {
		r, err := b.measure(ctx, w, b.targets(w, taking))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
		r.print(os.Stdout)
		results = append(results, r)
	}
	return results, nil
}

// targets returns the peers that can do a workload.
func (b *bench) targets(w *workload, taking []*peer) []*target {
	var all []*target
	for _, p := range taking {
		if p.takesPart(w) {
			all = append(all, &target{
				row:       &row{peer: p.name},
				address:   w.transport.scheme() + "://127.0.0.1:" + b.port(p.ports[w.transport]) + w.path,
				processes: b.processes(p.servers(w)),
			})
		}
	}
	return all
}

// measure does one workload: each target is warmed up, and then all of them
// take turns, for the speed of a shared machine changes within seconds. A
// target that fails has a fault and takes no further part; only an end of the
// run is an error.
func (b *bench) measure(ctx context.Context, w *workload, targets []*target) (*result, error) {
	r := &result{workload: w}
	for _, t := range targets {
		r.rows = append(r.rows, t.row)
	}
	if w.tool == toolIdle {
		return r, b.measureIdle(ctx, w, targets)
	}
	for _, t := range targets {
		t.note(b.warmUp(ctx, w, t))
	}
	before, err := busyTime()
	if err != nil {
		return nil, err
	}
	began, accounted := time.Now(), time.Duration(0)
	for round := range b.rounds {
		for i := range targets {
			t := targets[(i+round)%len(targets)] // nobody always follows the same one
			if t.fault != "" {
				continue
			}
			s, used, err := b.shot(ctx, w, t)
			if spoiled(err) {
				s, used, err = b.shot(ctx, w, t)
			}
			t.note(err)
			t.samples = append(t.samples, s)
			accounted += used
		}
	}
	after, err := busyTime()
	if err != nil {
		return nil, err
	}
	r.others = max(0, (after-before-accounted).Seconds()/time.Since(began).Seconds())
	for _, t := range targets {
		var err error
		t.memory, err = memory(t.processes)
		t.note(err)
		if t.peer == ours && b.profiles != "" && t.fault == "" {
			t.note(b.profile(ctx, w, t))
		}
	}
	return r, ctx.Err()
}

// spoiled reports whether a shot failed for a reason that has nothing to do
// with the server: a process of it ended that was of no use any more, or the
// generator did not end. h2load waits for ever if a connection opens only after
// its time is over, which happens on a busy machine.
func spoiled(err error) bool {
	return errors.Is(err, errFamily) || errors.Is(err, context.DeadlineExceeded)
}

// note keeps the first error as the fault of the row.
func (r *row) note(err error) {
	if err != nil && r.fault == "" {
		r.fault = err.Error()
	}
}

// warmUp fills the cache and lets the server find its pace.
func (b *bench) warmUp(ctx context.Context, w *workload, t *target) error {
	if w.urls > 0 && t.peer != floor {
		if err := fill(ctx, t.address, w.urls); err != nil {
			return fmt.Errorf("filling: %w", err)
		}
	}
	if err := t.ask(w); err != nil {
		return err
	}
	_, err := b.shoot(ctx, w, t.address, max(b.duration, w.duration))
	if spoiled(err) {
		_, err = b.shoot(ctx, w, t.address, max(b.duration, w.duration))
	}
	b.emptyLogs()
	return err
}

// ask looks at an answer in HTTP/1.1: the second one, which is a hit.
func (t *target) ask(w *workload) error {
	if w.transport != transportH1 && w.transport != transportH1TLS || w.urls > 0 {
		return nil
	}
	v, err := dial(t.address)
	if err != nil {
		return err
	}
	defer v.close()
	for range 2 {
		if t.answer, err = v.get(w.path, "", io.Discard); err != nil {
			return err
		}
	}
	if t.answer.status != 200 || t.answer.body < 1024 {
		return fmt.Errorf("status %d with %d bytes of content", t.answer.status, t.answer.body)
	}
	return nil
}

// A moment is what is read before and after a shot.
type moment struct {
	asked  int64 // requests that the origin has had
	origin usage
	server usage
}

func (b *bench) look(t *target) (m moment, err error) {
	if m.asked, err = b.originCount(); err != nil {
		return m, err
	}
	if m.origin, err = usageOf(b.processes([]string{"origin"})); err != nil {
		return m, err
	}
	m.server, err = usageOf(t.processes)
	return m, err
}

// shot measures once. It also returns the CPU time that it accounts for: of
// the server, the generator and the origin.
func (b *bench) shot(ctx context.Context, w *workload, t *target) (sample, time.Duration, error) {
	before, err := b.look(t)
	if err != nil {
		return sample{}, 0, err
	}
	l, err := b.shoot(ctx, w, t.address, max(b.duration, w.duration))
	if err != nil {
		return sample{}, 0, err
	}
	after, err := b.look(t)
	if err != nil {
		return sample{}, 0, err
	}
	b.emptyLogs()
	server, err := after.server.since(before.server)
	if err != nil {
		return sample{}, 0, err
	}
	origin, err := after.origin.since(before.origin)
	if err != nil {
		return sample{}, 0, err
	}
	s := sample{
		cpu:  float64(server.Nanoseconds()) / 1000 / float64(max(1, l.requests)),
		rate: l.rate(),
		p50:  float64(l.p50.Microseconds()), p99: float64(l.p99.Microseconds()),
	}
	return s, server + origin + l.cpu, plausible(w, l, after.asked-before.asked-1)
}

// plausible looks whether a shot measured what it was for: answers without
// errors, from the cache, or from the origin.
func plausible(w *workload, l load, asked int64) error {
	switch {
	case l.errors > 0:
		return fmt.Errorf("%d errors and %d answers", l.errors, l.requests)
	case l.requests == 0:
		return fmt.Errorf("no answers")
	case w.passes && asked < l.requests:
		return fmt.Errorf("%d answers, but the origin was asked %d times", l.requests, asked)
	case !w.passes && asked > 1+l.requests/1000:
		return fmt.Errorf("%d answers, and the origin was asked %d times: these are no hits", l.requests, asked)
	}
	return nil
}

// originCount asks the origin how many requests it has had, this one
// included.
func (b *bench) originCount() (int64, error) {
	v, err := dial("http://127.0.0.1:" + b.port("origin"))
	if err != nil {
		return 0, err
	}
	defer v.close()
	var page bytes.Buffer
	if _, err := v.get("/count", "", &page); err != nil {
		return 0, err
	}
	_, counts, _ := strings.Cut(page.String(), "server accepts handled requests\n")
	var accepted, handled, requests int64
	if _, err := fmt.Sscan(counts, &accepted, &handled, &requests); err != nil {
		return 0, fmt.Errorf("the origin's count: %w in %q", err, page.String())
	}
	return requests, nil
}

// emptyLogs keeps the access logs from filling the disk. Whoever writes them
// appends.
func (b *bench) emptyLogs() {
	for _, s := range servers {
		for _, log := range s.logs {
			_ = os.Truncate(b.path(log), 0) // there is none if the server does not run
		}
	}
}

// measureIdle opens connections to one target after the other.
func (b *bench) measureIdle(ctx context.Context, w *workload, targets []*target) error {
	connections := min(w.connections, int(b.files)/2-200)
	for _, t := range targets {
		// Buffers and code that the first requests bring are not those of a
		// connection.
		_, err := idle(ctx, t.address, 50, t.processes)
		if err == nil {
			t.bytes, err = idle(ctx, t.address, connections, t.processes)
		}
		t.note(err)
		if err == nil {
			t.memory, err = memory(t.processes)
			t.note(err)
		}
	}
	return ctx.Err()
}

// median returns the middle of the values that f takes.
func median(samples []sample, f func(sample) float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	var values []float64
	for _, s := range samples {
		values = append(values, f(s))
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// ratio returns the median of the ratios of each round, not the ratio of the
// medians: that would mix different moments of the machine.
func ratio(of, to *row, f func(sample) float64) (float64, bool) {
	if of == nil || to == nil || of.fault != "" || to.fault != "" || len(of.samples) == 0 {
		return 0, false
	}
	var ratios []sample
	for i := range of.samples {
		ratios = append(ratios, sample{cpu: f(of.samples[i]) / f(to.samples[i])})
	}
	return median(ratios, cpuOf), true
}

func cpuOf(s sample) float64  { return s.cpu }
func rateOf(s sample) float64 { return s.rate }
func p50Of(s sample) float64  { return s.p50 }
func p99Of(s sample) float64  { return s.p99 }
