package proxy

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/accesslog"
)

// TestClockThatJumps moves the clock while the origin is asked: responses and
// the log's date go by it, durations do not.
func TestClockThatJumps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		log := accesslog.NewWriter(&text, accesslog.Options{})
		var e *edge
		e = newEdge(t, func(*origin.Request) (*origin.Response, error) {
			time.Sleep(250 * time.Millisecond)
			e.clock.Advance(time.Hour)
			return response(200, "Cache-Control: max-age=60", "hello"), nil
		}, func(s *Snapshot) { s.Distributions[0].Log = log })
		e.clock.Freeze()
		began := e.clock.Now()
		e.want(e.ask("GET http://shop.test/", ""), 200, miss, "hello")
		g := e.ask("GET http://shop.test/", "")
		e.want(g, 200, hit, "hello")
		if got, want := g.fields.Get("Date"), cachecontrol.FormatDate(began.Add(time.Hour)); got != want || g.fields.Get("Age") != "0" {
			t.Errorf("got Date %q and Age %q, want %q and 0", got, g.fields.Get("Age"), want)
		}
		e.clock.Advance(time.Minute)
		e.want(e.ask("GET http://shop.test/", ""), 200, miss, "hello")

		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(text.String()) {
			if f := strings.Split(line, "\t"); len(f) == accesslog.NumFields {
				got = append(got, f[1]+" took "+f[18]+", first byte "+f[27])
			}
		}
		want := []string{
			"01:00:00 took 0.250, first byte 0.250",
			"01:00:00 took 0.000, first byte 0.000",
			"02:01:00 took 0.250, first byte 0.250",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("log: got %q, want %q", got, want)
		}
	})
}
