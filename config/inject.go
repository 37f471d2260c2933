package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Inject makes an origin go wrong on purpose: for development and load tests,
// and refused in mode production. What it does is met like a fault of the
// origin's own: timeouts, attempts, stale responses and error pages follow. Each
// attempt is decided about anew, by its number and Seed, so that two runs see
// the same faults in the same order. Not at AWS.
type Inject struct {
	// Latency is how long after a request the response begins, as 40ms, or
	// 40ms..120ms for anything between. Past OriginReadTimeout the response
	// comes too late. At most 10m. Default none.
	Latency LatencyRange `config:"latency"`

	// Jitter is how much Latency, which is one value then, may be longer or
	// shorter. Default none.
	Jitter Milliseconds `config:"jitter"`

	// ErrorRate is the part of requests that get an error, from 0 to 1; the
	// origin does not see them. Default 0.
	ErrorRate Rate `config:"error_rate"`

	// ErrorStatus is the status of these errors, 400 to 599. Default 503.
	ErrorStatus int `config:"error_status" default:"503" range:"400..599"`

	// ResetRate is the part of requests whose connection is reset in place of
	// the response. A GET or HEAD on a connection that was used before is sent
	// once more (CF-ORT-11). Default 0.
	ResetRate Rate `config:"reset_rate"`

	// SlowHeader lets heads of responses come slowly. A head has
	// OriginReadTimeout from its first byte on.
	SlowHeader *Trickle `config:"slow_header"`

	// SlowBody lets content come slowly.
	SlowBody *Trickle `config:"slow_body"`

	// ShortBodyRate is the part of responses whose connection ends within the
	// content: before Content-Length is reached, or before the end of chunked
	// content. Default 0.
	ShortBodyRate Rate `config:"short_body_rate"`

	// Seed chooses one of many sequences of faults. Default 0.
	Seed int `config:"seed"`
}

// Trickle lets bytes come slowly.
type Trickle struct {
	// BytesPerSecond is how many come, 1 to 1000000000.
	BytesPerSecond int `config:"bytes_per_second,required" range:"1..1000000000"`

	// Rate is the part of responses that come slowly, from 0 to 1. Default 1.
	Rate Rate `config:"rate"`
}

// String lists what is injected, "" for nothing.
func (i *Inject) String() string {
	var parts []string
	add := func(is bool, format string, values ...any) {
		if is {
			parts = append(parts, fmt.Sprintf(format, values...))
		}
	}
	add(i.Latency.Max > 0, "latency %v", i.Latency)
	add(i.Jitter > 0, "jitter %v", i.Jitter)
	add(i.ErrorRate > 0, "error_rate %v with status %d", i.ErrorRate, i.ErrorStatus)
	add(i.ResetRate > 0, "reset_rate %v", i.ResetRate)
	add(i.SlowHeader != nil, "slow_header %v", i.SlowHeader)
	add(i.SlowBody != nil, "slow_body %v", i.SlowBody)
	add(i.ShortBodyRate > 0, "short_body_rate %v", i.ShortBodyRate)
	return strings.Join(parts, ", ")
}

// String returns the pace, and how often.
func (t *Trickle) String() string {
	return fmt.Sprintf("%d bytes/s at rate %v", t.BytesPerSecond, t.Rate)
}

// resolveInject lets every response be slow where nothing else is said.
func (r *reader) resolveInject(i *Inject, at path) {
	if i == nil {
		return
	}
	if t := i.SlowHeader; t != nil && !r.written(at.key("slow_header").key("rate")) {
		t.Rate = 1
	}
	if t := i.SlowBody; t != nil && !r.written(at.key("slow_body").key("rate")) {
		t.Rate = 1
	}
}

// injected checks the faults of a distribution's origins, and warns of them.
func (k *checker) injected(d *Distribution, at path) {
	for i := range d.Origins {
		o := &d.Origins[i]
		if o.Inject == nil {
			continue
		}
		here := at.key("origins").key(o.Name).key("inject")
		k.inject(o, here)
		if o.Directory != nil {
			k.fail(here, badInject, "origin %q is no server: faults are injected into what one answers", o.Name)
		}
		if d.asksByGRPC(o.Name) {
			k.fail(here, badInject, "origin %q is asked by gRPC: faults are injected into HTTP/1.1 only", o.Name)
		}
		switch {
		case k.config.Server.Mode == ModeProduction:
			k.fail(here, injectProduction, "faults are not injected in mode production").
				Suggestion = "leave inject out, or set server.mode to dev or faithful"
		case o.Inject.String() == "":
			k.fail(here, badInject, "nothing is injected").Suggestion = "add latency, error_rate, reset_rate, slow_header, slow_body or short_body_rate"
		default:
			k.fail(here, faultsInjected, "origin %q goes wrong on purpose: %v", o.Name, o.Inject)
		}
	}
}

// asksByGRPC reports whether a behavior has gRPC calls go to an origin.
func (d *Distribution) asksByGRPC(origin string) bool {
	asks := func(b CacheBehavior) bool {
		asked := slices.ContainsFunc(d.OriginsOf(b.TargetOriginID), func(o *Origin) bool { return o.Name == origin })
		return asked && b.GRPCConfig.Enabled
	}
	return asks(d.DefaultCacheBehavior) || slices.ContainsFunc(d.CacheBehaviors, asks)
}

func (k *checker) inject(o *Origin, at path) {
	i := o.Inject
	switch jitter := at.key("jitter"); {
	case i.Jitter == 0:
	case i.Latency.Min != i.Latency.Max:
		k.fail(jitter, badInject, "jitter beside latency %v, which is a range already", i.Latency)
	case i.Jitter > i.Latency.Min:
		k.fail(jitter, badInject, "jitter %v is more than latency %v", i.Jitter, i.Latency)
	}
	k.trickle("slow_header", i.SlowHeader, at)
	k.trickle("slow_body", i.SlowBody, at)
	if sum := i.ErrorRate + i.ResetRate; sum > 1 {
		k.fail(at, badInject, "error_rate and reset_rate are %v together, want at most 1", sum)
	}
}

func (k *checker) trickle(key string, t *Trickle, at path) {
	if t != nil && t.Rate == 0 {
		k.fail(at.key(key).key("rate"), badInject, "rate 0: nothing is slow").Suggestion = "leave " + key + " out"
	}
}

// Rate is a part of all, from 0 to 1.
type Rate float64

// String returns r in the file's notation.
func (r Rate) String() string { return strconv.FormatFloat(float64(r), 'f', -1, 64) }

func (r *Rate) readNode(rd *reader, n *node, at path) {
	if n.kind != kindFloat && n.kind != kindInt {
		rd.at(n.pos, wrongType, at, "want a number from 0 to 1, got %s", describe(n))
		return
	}
	switch v, err := strconv.ParseFloat(n.text, 64); {
	case err != nil || strings.Trim(n.text, "0123456789.") != "":
		rd.at(n.pos, badValue, at, "%s is not a plain decimal number", n.text)
	case v > 1:
		d := rd.at(n.pos, outOfRange, at, "%s is more than 1, which is all", n.text)
		if v <= 100 {
			d.Suggestion = fmt.Sprintf("write %v for %s %%", Rate(v/100), n.text)
		}
	default:
		*r = Rate(v)
	}
}

func (r *Rate) printNode() *node {
	if *r == 0 {
		return nil
	}
	kind := kindFloat
	if *r == 1 {
		kind = kindInt
	}
	return &node{kind: kind, text: r.String()}
}

func (*Rate) schema() map[string]any {
	return map[string]any{"type": "number", "minimum": 0, "maximum": 1}
}

// Milliseconds is a span of whole milliseconds. In a file it is a number with
// the unit ms or s, or a bare number of seconds: 40ms, 2s, 2.
type Milliseconds time.Duration

// longestFault is the longest that a fault takes.
const longestFault = 10 * time.Minute

// Std returns m as the standard library's type.
func (m Milliseconds) Std() time.Duration { return time.Duration(m) }

// String returns m in the file's notation, "" for none.
func (m Milliseconds) String() string {
	switch d := time.Duration(m); {
	case d == 0:
		return ""
	case d%time.Second == 0:
		return strconv.FormatInt(int64(d/time.Second), 10) + "s"
	default:
		return strconv.FormatInt(int64(d/time.Millisecond), 10) + "ms"
	}
}

// MarshalText returns the file's notation.
func (m Milliseconds) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads the file's notation.
func (m *Milliseconds) UnmarshalText(text []byte) error {
	n, unit, ok := leadingNumber(string(text))
	units := map[string]time.Duration{"": time.Second, "s": time.Second, "ms": time.Millisecond}
	span, known := units[unit]
	switch {
	case !ok || !known:
		return fmt.Errorf("%q is not a span such as 40ms or 2s", text)
	case n > uint64(longestFault/span):
		return fmt.Errorf("%q is more than 10 minutes", text)
	}
	*m = Milliseconds(time.Duration(n) * span)
	return nil
}

func (Milliseconds) pattern() string { return `^[0-9]+(ms|s)?$` }

// LatencyRange is a span of time, or all from one to another: 40ms, 40ms..120ms.
type LatencyRange struct{ Min, Max Milliseconds }

// String returns l in the file's notation, "" for none.
func (l LatencyRange) String() string {
	switch {
	case l.Min == l.Max:
		return l.Max.String()
	case l.Min == 0:
		return "0s.." + l.Max.String()
	}
	return l.Min.String() + ".." + l.Max.String()
}

// MarshalText returns the file's notation.
func (l LatencyRange) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads the file's notation.
func (l *LatencyRange) UnmarshalText(text []byte) error {
	from, to, isRange := strings.Cut(string(text), "..")
	if !isRange {
		to = from
	}
	var v LatencyRange
	if v.Min.UnmarshalText([]byte(from)) != nil || v.Max.UnmarshalText([]byte(to)) != nil {
		return fmt.Errorf("%q is not a latency such as 40ms or 40ms..120ms, at most 10 minutes", text)
	}
	if v.Min > v.Max {
		return fmt.Errorf("latency %q ends before it begins", text)
	}
	*l = v
	return nil
}

func (LatencyRange) pattern() string { return `^[0-9]+(ms|s)?(\.\.[0-9]+(ms|s)?)?$` }
