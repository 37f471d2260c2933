package standin

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestWeather: latencies lie between the two bounds, and the share of errors
// is the one that is asked for (AG-EMU-05).
func TestWeather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTest(t, Options{Weather: Weather{Latency: 100 * time.Millisecond, Jitter: 50 * time.Millisecond, ErrorRate: 0.2}})
		failed, least, most := 0, time.Hour, time.Duration(0)
		for range 500 {
			begin := time.Now()
			w := send(s, "GET /prod/products/p01")
			took := time.Since(begin)
			least, most = min(least, took), max(most, took)
			switch w.Code {
			case 200:
			case 500:
				failed++
			default:
				t.Fatalf("got %d, want 200 or 500", w.Code)
			}
		}
		if least < 100*time.Millisecond || most > 150*time.Millisecond || most-least < 40*time.Millisecond {
			t.Errorf("latency: got %v to %v, want all of 100ms to 150ms", least, most)
		}
		if failed < 70 || failed > 130 {
			t.Errorf("errors: got %d of 500, want about 100", failed)
		}
	})
}

// TestWeatherTimesOut: AG-ERR-19.
func TestWeatherTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTest(t, Options{Weather: Weather{Latency: time.Minute}})
		begin := time.Now()
		w := send(s, "GET /prod/products/p01")
		if took := time.Since(begin); w.Code != 504 || took != DefaultRESTTimeout {
			t.Errorf("got %d after %v, want 504 after %v", w.Code, took, DefaultRESTTimeout)
		}
	})
	for _, w := range []Weather{{Latency: -1}, {Jitter: -1}, {ErrorRate: -0.1}, {ErrorRate: 1.1}} {
		if s, err := New(Options{Weather: w}); err == nil {
			s.Close()
			t.Errorf("New with %+v: got no error, want one", w)
		}
	}
}
