package config

import (
	"strings"
	"testing"
	"time"
)

// What is read is what was written, and is printed so that it is read again.
func TestInject(t *testing.T) {
	for in, want := range map[string]string{
		"latency: 40ms..120ms":                            "latency 40ms..120ms",
		"latency: 0s..1500ms, seed: 9":                    "latency 0s..1500ms",
		"latency: 2, jitter: 500ms":                       "latency 2s, jitter 500ms",
		"error_rate: 0.01":                                "error_rate 0.01 with status 503",
		"error_rate: 1, error_status: 429":                "error_rate 1 with status 429",
		"reset_rate: 0.001, short_body_rate: 0.5":         "reset_rate 0.001, short_body_rate 0.5",
		"slow_header: {bytes_per_second: 20}":             "slow_header 20 bytes/s at rate 1",
		"slow_body: {bytes_per_second: 1000, rate: 0.25}": "slow_body 1000 bytes/s at rate 0.25",
	} {
		c, ds := Parse("inject.yaml", []byte(document(", inject: {"+in+"}", "")))
		if c == nil {
			t.Errorf("%s: got %s", in, ds)
			continue
		}
		if got := c.Distributions[0].Origins[0].Inject.String(); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
		again, ds := Parse("again.yaml", c.YAML())
		if again == nil || again.Distributions[0].Origins[0].Inject.String() != want {
			t.Errorf("%s: printed and read again: got %s\n%s", in, ds, c.YAML())
		}
	}
}

// FuzzLatencyRange: what is taken is printed in the one form that gives the
// same again, and is within the bounds.
func FuzzLatencyRange(f *testing.F) {
	for _, text := range []string{"40ms", "40ms..120ms", "0..2s", "600s", "601s", "1..", "..1", "2ms..1ms", "18446744073709551615ms"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var l, again LatencyRange
		if l.UnmarshalText([]byte(text)) != nil {
			return
		}
		if l.Min < 0 || l.Min > l.Max || l.Max.Std() > 10*time.Minute {
			t.Errorf("%q: got %+v", text, l)
		}
		printed := l.String()
		if printed == "" {
			printed = "0s"
		}
		if err := again.UnmarshalText([]byte(printed)); err != nil || again != l {
			t.Errorf("%q: got %v of %q, %v, want %v", text, again, printed, err, l)
		}
		if strings.Count(printed, "..") != strings.Count(text, "..") && l.Min != l.Max {
			t.Errorf("%q: printed %q", text, printed)
		}
	})
}
