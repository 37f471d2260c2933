package h2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestFloods: each ends the connection with ENHANCE_YOUR_CALM, before it has
// cost much.
func TestFloods(t *testing.T) {
	tests := []struct {
		name  string
		begin string
		flood string // the frames of one step; N is the step, ID a new stream
		steps int    // after which it must be over
	}{
		{"rapid reset, CVE-2023-44487", "", "HEADERS ID END_STREAM GET /wait;RST_STREAM ID CANCEL", 400},
		{"rapid reset of quick Handlers", "", "HEADERS ID END_STREAM GET /quick;RST_STREAM ID CANCEL", 400},
		{"rapid reset of uploads", "", "HEADERS ID POST /wait;DATA ID x;RST_STREAM ID CANCEL", 400},
		{"provoked reset by window, CVE-2025-8671", "", "HEADERS ID END_STREAM GET /wait;WINDOW_UPDATE ID 0", 400},
		{"provoked reset by overflow", "", "HEADERS ID END_STREAM GET /wait;WINDOW_UPDATE ID 2147483647", 400},
		{"provoked reset by content", "", "HEADERS ID END_STREAM GET /wait;DATA ID x", 400},
		{"provoked reset by length", "", "HEADERS ID POST /wait content-length=1;DATA ID xx", 400},
		{"provoked reset by priority", "", "HEADERS ID END_STREAM GET /wait;PRIORITY ID ID", 400},
		{"malformed requests", "", "HEADERS ID END_STREAM GET /wait connection=close", 400},
		{"refused streams", "", "HEADERS ID END_STREAM GET /wait", 600},
		{"SETTINGS", "", "SETTINGS INITIAL_WINDOW_SIZE=N", 1200},
		{"PING", "", "PING 12345678", 1200},
		{"PING ACK", "", "PING ACK 12345678", 1200},
		{"PRIORITY", "", "PRIORITY 3 1", 1200},
		{"PRIORITY_UPDATE", "", "PRIORITY_UPDATE 1 u=1", 1200},
		{"GOAWAY", "", "GOAWAY 0 NO_ERROR", 1200},
		{"unknown types", "", "FRAME 200 0 1", 1200},
		{"empty DATA, CVE-2019-9518", "HEADERS 1 POST /wait", "DATA 1", 1200},
		{"padded empty DATA", "HEADERS 1 POST /wait", "DATA 1 PAD=0", 1200},
		{"WINDOW_UPDATE", "", "WINDOW_UPDATE 0 1", 1200},
		{"data dribble, CVE-2019-9511", "SETTINGS INITIAL_WINDOW_SIZE=0;HEADERS 1 END_STREAM GET /100000", "WINDOW_UPDATE 1 1", 1200},
		{"RST_STREAM of closed", "HEADERS 1 END_STREAM GET /5", "RST_STREAM 1 CANCEL", 1200},
		{"DATA on closed", "HEADERS 1 END_STREAM GET /5", "DATA 1 x", 1200},
		{"CONTINUATION, CVE-2024-27316", "HEADERS 1 MORE GET /5", "CONTINUATION 1 MORE x-N=1", 80},
		{"empty CONTINUATION", "HEADERS 1 MORE GET /5", "FRAME 9 0 1", 80},
		{"long header block", "HEADERS 1 MORE GET /5", "CONTINUATION 1 MORE a=" + strings.Repeat("\x7e", 10000), 20},
	}
	for _, together := range []bool{false, true} {
		for _, tt := range tests {
			t.Run(fmt.Sprint(tt.name, " together=", together), func(t *testing.T) {
				var started atomic.Int32
				h := func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
					if r.Path == "/quick" {
						<-ctx.Done()
						return
					}
					if r.Path == "/wait" {
						started.Add(1)
						<-ctx.Done()
						time.Sleep(time.Second) // it takes a while to notice
						return
					}
					respond(ctx, w, r)
				}
				run(t, Options{Handler: h}, func(k *talk) {
					if tt.begin != "" {
						k.say(strings.Split(tt.begin, ";")...)
					}
					most, output := 0, 0
					for n := range tt.steps {
						flood := strings.NewReplacer("ID", fmt.Sprint(2*n+3), "-N", fmt.Sprint("-", n), "=N", fmt.Sprint("=", n)).Replace(tt.flood)
						for frame := range strings.SplitSeq(flood, ";") {
							k.write(frame)
						}
						if together && n < tt.steps-1 {
							continue
						}
						k.err = k.Receive(k.in.Bytes(), time.Now())
						k.in.Reset()
						k.Conn.mu.Lock()
						output += k.queued()
						most = max(most, len(k.streams))
						k.Conn.mu.Unlock()
						if k.err != nil {
							break
						}
						if !together && n%10 == 0 {
							k.hear()
						}
					}
					lines := strings.Split(k.hear(), "\n")
					last := lines[len(lines)-1]
					if !strings.HasPrefix(last, "GOAWAY") || !strings.Contains(last, "ENHANCE_YOUR_CALM") || k.err == nil {
						t.Fatalf("got %s, %v", last, k.err)
					}
					if most > 128 || started.Load() > 128 || output > 100_000 {
						t.Errorf("got %d streams at once, %d Handlers, %d bytes of output", most, started.Load(), output)
					}
				})
			})
		}
	}
}

// TestNoFlood: what viewers do that mean no harm.
func TestNoFlood(t *testing.T) {
	s := newShelf()
	run(t, Options{Handler: s.handle, Hit: s.hit}, func(k *talk) {
		k.say("SETTINGS INITIAL_WINDOW_SIZE=100000")
		id := 1
		next := func(say ...string) {
			for i := range say {
				say[i] = strings.ReplaceAll(say[i], "ID", fmt.Sprint(id))
			}
			id += 2
			if k.say(say...); k.err != nil {
				t.Fatal(k.err)
			}
		}
		for range 2000 { // every other response is not wanted any more
			next("HEADERS ID END_STREAM GET /miss")
			next("HEADERS ID END_STREAM GET /miss", "RST_STREAM ID CANCEL", "PRIORITY ID 0")
		}
		for range 2000 { // window for each 4 KiB, and a PING with each
			next("HEADERS ID END_STREAM GET /16384", "WINDOW_UPDATE 0 4096", "WINDOW_UPDATE 0 4096", "WINDOW_UPDATE 0 4096", "WINDOW_UPDATE 0 4096",
				"WINDOW_UPDATE ID 4096", "WINDOW_UPDATE ID 4096", "WINDOW_UPDATE ID 4096", "WINDOW_UPDATE ID 4096", "PING 12345678")
		}
		for range 3000 { // a PING each second
			time.Sleep(time.Second)
			if k.say("PING 12345678"); k.err != nil {
				t.Fatal(k.err)
			}
		}
	})
}

// TestStreamsOfCutHandlers: a Handler that runs keeps its place, although its
// stream was reset.
func TestStreamsOfCutHandlers(t *testing.T) {
	h := func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		time.Sleep(time.Minute)
		w.WriteHead(204, nil, 0)
	}
	synctest.Test(t, func(t *testing.T) {
		k := rawTalk(t, Options{Handler: h, MaxStreams: 2})
		k.in.WriteString(preface)
		k.say("SETTINGS", "HEADERS 1 END_STREAM GET /", "RST_STREAM 1 CANCEL", "HEADERS 3 END_STREAM GET /")
		if got := k.say("HEADERS 5 END_STREAM GET /"); got != "RST_STREAM 5 REFUSED_STREAM" {
			t.Errorf("got %s", got)
		}
		time.Sleep(2 * time.Minute)
		if got := k.hear(); got != "HEADERS 3 END_STREAM :status=204" {
			t.Errorf("got %s", got)
		}
		if got := k.say("HEADERS 7 END_STREAM GET /"); got != "" {
			t.Errorf("got %s", got)
		}
		k.Close(nil)
		k.Wait()
	})
}

// TestTimeouts: what a Tick ends, and when.
func TestTimeouts(t *testing.T) {
	tests := []struct {
		name    string
		raw     bool // without a greeting
		options Options
		say     string
		bytes   int           // of the last frame, if not all
		after   time.Duration // until the connection ends
		err     string
		heard   string // the last frame
	}{
		{name: "idle", after: 60 * time.Second, err: ErrIdle.Error(), heard: "GOAWAY 0 NO_ERROR"},
		{name: "no first request, reliability H16", options: Options{FirstTimeout: 10 * time.Second}, after: 10 * time.Second, err: ErrIdle.Error(), heard: "GOAWAY 0 NO_ERROR"},
		{name: "no preface, reliability H16", options: Options{PrefaceTimeout: 2 * time.Second}, raw: true, after: 2 * time.Second, err: "slow frame", heard: "GOAWAY 0 ENHANCE_YOUR_CALM slow frame"},
		{name: "idle with pings", say: "PING 12345678", after: 60 * time.Second, err: ErrIdle.Error(), heard: "GOAWAY 0 NO_ERROR"},
		{name: "idle after a response", say: "HEADERS 1 END_STREAM GET /5", after: 60 * time.Second, err: ErrIdle.Error(), heard: "GOAWAY 1 NO_ERROR"},
		{name: "nothing at all", raw: true, after: 10 * time.Second, err: "slow frame", heard: "GOAWAY 0 ENHANCE_YOUR_CALM slow frame"},
		{name: "slow header block", say: "HEADERS 1 MORE GET /5", after: 10 * time.Second, err: "slow frame", heard: "GOAWAY 0 ENHANCE_YOUR_CALM slow frame"},
		{name: "slow frame", say: "HEADERS 1 END_STREAM GET /5", bytes: 12, after: 10 * time.Second, err: "slow frame", heard: "GOAWAY 0 ENHANCE_YOUR_CALM slow frame"},
		{name: "slow frame header", say: "HEADERS 1 END_STREAM GET /5", bytes: 1, after: 10 * time.Second, err: "slow frame", heard: "GOAWAY 0 ENHANCE_YOUR_CALM slow frame"},
		{name: "slow content", say: "HEADERS 1 POST /wait;DATA 1 0123456789", bytes: 12, after: 0},
		{name: "silent viewer", say: "HEADERS 1 POST /echo", after: 2 * time.Minute, err: ErrIdle.Error(), heard: "GOAWAY 1 NO_ERROR"}, // its stream is cut after one
		{name: "slow Handler", say: "HEADERS 1 END_STREAM GET /wait", after: 0},
		{name: "no window", say: "SETTINGS INITIAL_WINDOW_SIZE=0;HEADERS 1 END_STREAM GET /100", after: 60 * time.Second, err: "no window for content", heard: "GOAWAY 1 ENHANCE_YOUR_CALM no window for content"},
		{name: "no window of the connection", say: "SETTINGS INITIAL_WINDOW_SIZE=1000000;HEADERS 1 END_STREAM GET /100000", after: 60 * time.Second, err: "no window for content", heard: "GOAWAY 1 ENHANCE_YOUR_CALM no window for content"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
				if r.Path == "/wait" {
					<-ctx.Done()
					return
				}
				respond(ctx, w, r)
			}
			test := func(k *talk) {
				k.Tick(time.Now())
				if tt.err == "slow frame" && !tt.raw {
					k.wait(7 * time.Second) // the time begins with the frame
				}
				begin := time.Now()
				if tt.say != "" {
					before := 0
					for frame := range strings.SplitSeq(tt.say, ";") {
						before = k.in.Len()
						k.write(frame)
					}
					if tt.bytes > 0 {
						k.in.Truncate(before + tt.bytes)
					}
					k.say()
				}
				err := k.wait(2 * time.Hour)
				if tt.after == 0 {
					if err != nil {
						t.Errorf("got %v, want the connection to stay", err)
					}
					return
				}
				lines := strings.Split(k.hear(), "\n")
				if took := time.Since(begin); took != tt.after || err == nil || !strings.Contains(err.Error(), tt.err) || lines[len(lines)-1] != tt.heard {
					t.Errorf("got %v after %v, %q, want %q after %v, %q", err, took, lines[len(lines)-1], tt.err, tt.after, tt.heard)
				}
				if again := k.Receive([]byte{0}, time.Now()); again == nil {
					t.Error("after the error: got none")
				}
			}
			o := tt.options
			o.Handler = h
			if tt.raw {
				runRaw(t, o, test)
			} else {
				run(t, o, test)
			}
		})
	}
}

// TestStalledStream: a stream whose window stays closed is cut, while others go
// on; many of them are too many.
func TestStalledStream(t *testing.T) {
	cutWith := error(nil)
	h := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		w.WriteHead(200, nil, -1)
		if r.Path == "/flow" {
			for range 200 {
				time.Sleep(time.Second)
				io.WriteString(w, "x")
				w.Flush()
			}
			return
		}
		_, cutWith = w.Write([]byte("0123456789"))
	}
	run(t, Options{Handler: h, Resets: Budget{2, 0}}, func(k *talk) {
		k.say("SETTINGS INITIAL_WINDOW_SIZE=5", "HEADERS 1 END_STREAM GET /flow", "WINDOW_UPDATE 1 1000")
		for _, id := range []int{3, 5} {
			k.say(fmt.Sprintf("HEADERS %d END_STREAM GET /stall", id))
			lines := ""
			for range 61 {
				time.Sleep(time.Second)
				if err := k.Tick(time.Now()); err != nil {
					t.Fatal(err)
				}
				lines += k.hear() + "\n"
			}
			if !strings.Contains(lines, fmt.Sprintf("RST_STREAM %d CANCEL", id)) || cutWith == nil {
				t.Errorf("got %v and\n%s", cutWith, lines)
			}
		}
		k.say("HEADERS 7 END_STREAM GET /stall")
		var err error
		for i := 0; i < 70 && err == nil; i++ {
			time.Sleep(time.Second)
			err = k.Tick(time.Now())
			k.hear()
		}
		var fault *ConnError
		if !errors.As(err, &fault) || fault.Code != ErrCodeEnhanceYourCalm {
			t.Errorf("third: got %v", err)
		}
	})
}

// TestOnePaused: a viewer that lets a film wait keeps its connection, and a
// stream that waits for its turn is not one that stalls.
func TestOnePaused(t *testing.T) {
	s := newShelf()
	h := func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) { <-ctx.Done() }
	run(t, Options{Handler: h, Hit: s.hit}, func(k *talk) {
		k.say("HEADERS 1 END_STREAM GET /miss", "HEADERS 3 END_STREAM GET /100000", "WINDOW_UPDATE 0 100000")
		if err := k.wait(time.Minute); err != nil {
			t.Fatal(err)
		}
		if got := k.hear(); got != "RST_STREAM 3 CANCEL" {
			t.Errorf("got %s", got)
		}
		k.say("SETTINGS INITIAL_WINDOW_SIZE=1000000", "HEADERS 5 END_STREAM GET /1000000 priority=u=0", "HEADERS 7 END_STREAM GET /1000000 priority=u=7")
		for range 100 { // the first takes all
			if err := k.wait(time.Second); err != nil {
				t.Fatal(err)
			}
			if got := k.say("WINDOW_UPDATE 0 2000"); got != "DATA 5 (2000)" {
				t.Fatalf("got %s", got)
			}
		}
	})
}

// TestTrickle: a window that is opened little by little is no progress: of what a
// viewer holds up so, it takes 64 KiB in the time for that, or it is cut; the pieces in
// which a Handler writes make no difference (reliability H15). One whose windows are
// open may get as little as there is.
func TestTrickle(t *testing.T) {
	for _, tt := range []struct {
		name  string
		open  string // each second
		piece int    // in which the Handler writes
		want  string
	}{
		{"the stream's, by bytes", "WINDOW_UPDATE 1 1", 1 << 20, "RST_STREAM 1 CANCEL"},
		{"by bytes, in small pieces", "WINDOW_UPDATE 1 10", 10, "RST_STREAM 1 CANCEL"},
		{"little", "WINDOW_UPDATE 1 1000", 4 << 10, "RST_STREAM 1 CANCEL"},
		{"enough", "WINDOW_UPDATE 1 1200", 4 << 10, ""},
		{"the connection's, by bytes", "WINDOW_UPDATE 0 1", 1 << 20, "ENHANCE_YOUR_CALM"},
		{"the connection's, in small pieces", "WINDOW_UPDATE 0 10", 10, "ENHANCE_YOUR_CALM"},
		{"the connection's, enough", "WINDOW_UPDATE 0 1200", 4 << 10, ""},
	} {
		h := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			w.WriteHead(200, nil, -1)
			for {
				if _, err := w.Write(make([]byte, tt.piece)); err != nil {
					return
				}
			}
		}
		run(t, Options{Handler: h}, func(k *talk) {
			if strings.Contains(tt.open, " 0 ") {
				k.say("SETTINGS INITIAL_WINDOW_SIZE=10000000", "HEADERS 1 END_STREAM GET /")
			} else {
				k.say("WINDOW_UPDATE 0 10000000", "HEADERS 1 END_STREAM GET /")
			}
			heard := ""
			for range 90 {
				time.Sleep(time.Second)
				k.write(tt.open)
				k.Receive(k.in.Bytes(), time.Now())
				k.in.Reset()
				if k.Tick(time.Now()) != nil { // while what was opened is open
					break
				}
				heard += k.hear() + "\n"
			}
			heard += k.hear()
			if tt.want == "" && (strings.Contains(heard, "RST_STREAM") || k.err != nil) || !strings.Contains(heard, tt.want) {
				t.Errorf("%s: got %v and %q, want %q", tt.name, k.err, heard[max(0, len(heard)-100):], tt.want)
			}
			k.write("RST_STREAM 1 CANCEL")
			k.Receive(k.in.Bytes(), time.Now())
		})
	}
}

// TestStalledOutput: a viewer that takes no output is cut, and one that takes little
// by little; one that takes 64 KiB now and then is not (reliability D3).
func TestStalledOutput(t *testing.T) {
	for _, tt := range []struct {
		each int // bytes, every 50 s
		want error
	}{{0, ErrStalled}, {10, ErrStalled}, {20 << 10, ErrStalled}, {64 << 10, nil}} {
		run(t, Options{Handler: respond}, func(k *talk) {
			k.write("SETTINGS INITIAL_WINDOW_SIZE=10000000")
			k.write("WINDOW_UPDATE 0 10000000")
			k.write("HEADERS 1 END_STREAM GET /1000000")
			k.Receive(k.in.Bytes(), time.Now())
			synctest.Wait()
			var err error
			for range 5 {
				left := tt.each
				k.Flush(func(p []byte) (int, error) {
					n := min(left, len(p))
					left -= n
					return n, nil
				})
				if err = k.wait(50 * time.Second); err != nil {
					break
				}
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("%d bytes every 50 s: got %v, want %v", tt.each, err, tt.want)
			}
		})
	}
}

// TestSlowContent: a stream whose content comes too slowly ends, while one that keeps
// up goes on, however long it takes (reliability D2, H16).
func TestSlowContent(t *testing.T) {
	for _, tt := range []struct {
		each int // bytes a second
		want string
	}{{100, "RST_STREAM 1 CANCEL"}, {300, ""}} {
		run(t, Options{Handler: respond, MinBodyRate: 240}, func(k *talk) {
			heard := k.say("HEADERS 1 POST /echo")
			for range 30 {
				heard += k.say("DATA 1 " + strings.Repeat("x", tt.each))
				if err := k.wait(time.Second); err != nil {
					t.Fatal(err)
				}
			}
			if got := heard + k.hear(); !strings.Contains(got, tt.want) || tt.want == "" && strings.Contains(got, "RST_STREAM") {
				t.Errorf("%d bytes a second: got %q, want %q", tt.each, got, tt.want)
			}
		})
	}
}

// TestShutdown: no request that is on its way is lost (RFC 9113 section 6.8).
func TestShutdown(t *testing.T) {
	h := func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		time.Sleep(10 * time.Second)
		w.WriteHead(200, field.Lines{}, 0)
	}
	for _, silent := range []bool{false, true} {
		run(t, Options{Handler: h}, func(k *talk) {
			k.say("HEADERS 1 END_STREAM GET /")
			k.Shutdown()
			k.Shutdown()
			if got := k.hear(); got != "GOAWAY 2147483647 NO_ERROR\nPING shutdown" || k.Done() {
				t.Errorf("got %s, done %v", got, k.Done())
			}
			if got := k.say("HEADERS 3 END_STREAM GET /"); got != "" {
				t.Errorf("a request that was on its way: got %s", got)
			}
			if silent {
				k.wait(2 * time.Second)
			} else {
				k.write("PING ACK shutdown")
			}
			if got := k.say("HEADERS 5 END_STREAM GET /", "DATA 5 x"); got != "GOAWAY 3 NO_ERROR" || k.err != nil || k.Done() {
				t.Errorf("silent=%v: got %s, %v, done %v", silent, got, k.err, k.Done())
			}
			time.Sleep(10 * time.Second)
			got := k.hear()
			if !strings.Contains(got, "HEADERS 1 END_STREAM :status=200") || !strings.Contains(got, "HEADERS 3 END_STREAM :status=200") || !k.Done() {
				t.Errorf("silent=%v: got %s, done %v", silent, got, k.Done())
			}
		})
	}
}

// TestShrink: a connection that is idle for a while gives memory back.
func TestShrink(t *testing.T) {
	run(t, Options{Handler: respond}, func(k *talk) {
		for id := 1; id < 100; id += 2 {
			k.say(fmt.Sprintf("HEADERS %d END_STREAM GET /5 x-%d=%s", id, id, strings.Repeat("v", 100)))
		}
		before := cap(k.Conn.decoder.arena)
		k.wait(6 * time.Second)
		if after := cap(k.Conn.decoder.arena); after >= before || after > 4096 {
			t.Errorf("memory of the table: got %d bytes, before %d", after, before)
		}
		if got := k.say("HEADERS 101 END_STREAM GET /5 x-99=" + strings.Repeat("v", 100)); !strings.Contains(got, ":status=200") {
			t.Errorf("got %s, %v", got, k.err)
		}
	})
}

// TestWindowsComeBack: a viewer that has let much content come before it reads
// any gives it back in many small steps, and not more than it got.
func TestWindowsComeBack(t *testing.T) {
	const size, step = 6_000_000, 4096
	run(t, Options{Handler: respond}, func(k *talk) {
		k.say(fmt.Sprintf("SETTINGS INITIAL_WINDOW_SIZE=%d", size), fmt.Sprintf("WINDOW_UPDATE 0 %d", size), fmt.Sprintf("HEADERS 1 END_STREAM GET /%d", size))
		for k.hear() != "" {
		}
		for range size / step {
			k.write(fmt.Sprintf("WINDOW_UPDATE 1 %d", step))
			k.write(fmt.Sprintf("WINDOW_UPDATE 0 %d", step))
		}
		if err := k.Receive(k.in.Bytes(), time.Now()); err != nil {
			t.Fatalf("what was received: %v", err)
		}
		k.in.Reset()
		for range 2000 {
			k.write(fmt.Sprintf("WINDOW_UPDATE 0 %d", step))
		}
		if err := k.Receive(k.in.Bytes(), time.Now()); err == nil {
			t.Error("more than was received: got no error")
		}
	})
}
