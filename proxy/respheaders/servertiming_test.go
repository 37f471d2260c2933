package respheaders

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

// TestTiming has the examples of AWS's guide (CF-STM-03, CF-STM-04), and what
// they leave open.
func TestTiming(t *testing.T) {
	const id = "9t1u7uHNfvQoDbiWLIWCSrFCnBYDtqGmBkyJDMjxRTqCsPmVKpxqdg=="
	const about = `cdn-pop;desc="PHX50-C2",cdn-rid;desc="` + id + `"`
	miss := Timing{
		Cache: CacheResultMiss, Pop: "PHX50-C2", RequestID: id, FirstByte: 436 * time.Millisecond,
		Origin: &OriginTiming{Layer: LayerEdge, Connect: 114 * time.Millisecond, FirstByte: 177 * time.Millisecond},
	}
	for _, tt := range []struct {
		id      string
		t       Timing
		origins string // field lines
		want    string
	}{
		{"CF-STM-03", miss, "", `Server-Timing: cdn-upstream-layer;desc="EDGE",cdn-upstream-dns;dur=0,cdn-upstream-connect;dur=114,cdn-upstream-fbl;dur=177,cdn-cache-miss,` + about + `,cdn-downstream-fbl;dur=436`},
		{"CF-STM-04", Timing{Cache: CacheResultHit, Pop: "PHX50-C2", RequestID: id, HitLayer: "REC", FirstByte: 137 * time.Millisecond}, "", `Server-Timing: cdn-cache-hit,` + about + `,cdn-hit-layer;desc="REC",cdn-downstream-fbl;dur=137`},
		{"CF-STM-02 refresh", Timing{Cache: CacheResultRefresh, Pop: "PHX50-C2", RequestID: id, FirstByte: 1999999 * time.Nanosecond}, "", `Server-Timing: cdn-cache-refresh,` + about + `,cdn-downstream-fbl;dur=1`},
		{"no cache", Timing{Pop: "PHX50-C2", RequestID: id, FirstByte: -time.Second}, "", `Server-Timing: ` + about + `,cdn-downstream-fbl;dur=0`},
		{"CF-STM-06", Timing{Cache: CacheResultMiss, Pop: "PHX50-C2", RequestID: id}, "server-timing: db;dur=53\nA: 1\nServer-Timing: app", "A: 1\nServer-Timing: cdn-cache-miss," + about + `,cdn-downstream-fbl;dur=0,db;dur=53, app`},
	} {
		fields := lines(tt.origins)
		AddTiming(&fields, &tt.t)
		if got := text(fields); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.id, got, tt.want)
		}
	}
}

// TestSampling: the part of all random numbers that a sampling rate takes is the
// rate, at its ends to the number (CF-STM-01).
func TestSampling(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, rate := range []uint32{0, 1, 125_000, 500_000, 999_999, million} {
		rw, err := New(Policy{ServerTiming: &ServerTiming{SamplingRate: rate}})
		if err != nil {
			t.Fatal(err)
		}
		const n = 1 << 20
		got := 0.0
		for range n {
			if rw.Samples(random.Uint32()) {
				got++
			}
		}
		if want := n * float64(rate) / million; got < want-3000 || got > want+3000 { // six standard deviations of the widest
			t.Errorf("rate %d: got %v of %d, want %v", rate, got, n, want)
		}
		if first, last := rw.Samples(0), rw.Samples(1<<32-1); first != (rate > 0) || last != (rate == million) {
			t.Errorf("rate %d: got %v and %v for the first and the last number", rate, first, last)
		}
	}
	if _, err := New(Policy{ServerTiming: &ServerTiming{SamplingRate: million + 1}}); !errors.Is(err, ErrPolicy) {
		t.Errorf("more than all: got %v, want ErrPolicy", err)
	}
	if (*Rewriter)(nil).Samples(0) || new(Rewriter).Samples(0) {
		t.Error("a policy without Server-Timing samples")
	}
}

// TestAsksForTiming proves who gets Server-Timing whatever the rate (CF-STM-01).
func TestAsksForTiming(t *testing.T) {
	for in, want := range map[string]bool{
		"Pragma: server-timing":                       true,
		"pragma: no-cache , Server-Timing":            true,
		"Pragma: no-cache\nPragma: server-timing":     true,
		"Pragma: no-cache":                            false,
		"Pragma: server-timings":                      false,
		"Cache-Control: server-timing":                false,
		"Server-Timing: server-timing\nPragma: debug": false,
	} {
		if got := AsksForTiming(lines(in)); got != want {
			t.Errorf("%q: got %v, want %v", in, got, want)
		}
	}
}
