package h2

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestPriorities: whose content goes first when all wait for window (RFC 9218
// section 10).
func TestPriorities(t *testing.T) {
	tests := []struct {
		name   string
		fields []string // of streams 1, 3, 5 ..., each with two frames of content
		update string
		want   string // the streams, in the order of their frames
	}{
		{"nothing said: in turn", []string{"", "", ""}, "", "1 3 5 1 3 5"},
		{"whole one after the other", []string{"priority=u=3", "priority=u=3"}, "", "1 1 3 3"},
		{"not in turn", []string{"priority=i=?0", "priority=i=?0"}, "", "1 1 3 3"},
		{"in turn", []string{"priority=u=3,i", "priority=i"}, "", "1 3 1 3"},
		{"urgent first", []string{"priority=u=5", "", "priority=u=0"}, "", "5 5 3 3 1 1"},
		{"urgent in turn", []string{"priority=u=1,i", "", "priority=u=1,i=?1"}, "", "1 5 1 5 3 3"},
		{"not well-formed", []string{"priority=u=9,_x", "priority=u=3"}, "", "1 1 3 3"},
		{"changed", []string{"priority=u=3", "priority=u=3"}, "PRIORITY_UPDATE 3 u=1", "3 3 1 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newShelf()
			run(t, Options{Handler: s.handle, Hit: s.hit}, func(k *talk) {
				k.say("SETTINGS INITIAL_WINDOW_SIZE=0")
				for i, f := range tt.fields {
					k.say(fmt.Sprintf("HEADERS %d END_STREAM GET /%d %s", 2*i+1, 2*maxFrame, f))
				}
				if tt.update != "" {
					k.say(tt.update)
				}
				k.say("WINDOW_UPDATE 0 10000000") // nothing goes yet
				got := k.say("SETTINGS INITIAL_WINDOW_SIZE=100000")
				var order []string
				for line := range strings.SplitSeq(got, "\n") {
					if words := strings.Fields(line); words[0] == "DATA" {
						order = append(order, words[1])
					}
				}
				if got := strings.Join(order, " "); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
			})
		})
	}
}

// TestFlush: a driver writes as much as it can, and the rest later; meanwhile it
// reads nothing and content is not made.
func TestFlush(t *testing.T) {
	s := newShelf()
	run(t, Options{Handler: s.handle, Hit: s.hit, MaxOutput: 20000}, func(k *talk) {
		k.say("SETTINGS INITIAL_WINDOW_SIZE=1000000", "WINDOW_UPDATE 0 1000000")
		k.write("HEADERS 1 END_STREAM GET /300000")
		k.Receive(k.in.Bytes(), time.Now())
		writes := 0
		few := func(p []byte) (int, error) {
			writes++
			n := min(len(p), 1000)
			k.out.Write(p[:n])
			return n, nil
		}
		for ; k.Blocked() || writes == 0; k.Flush(few) {
			if most := 20000 + 2*maxFrame; k.queued() > most || k.rest() > most {
				t.Fatalf("got %d and %d bytes of output waiting, want at most %d", k.queued(), k.rest(), most)
			}
		}
		all := strings.Split(k.hear(), "\n")
		if len(all) != 1+19 || !strings.Contains(all[19], "DATA 1 END_STREAM") || writes < 300 {
			t.Errorf("got %d frames in %d writes: %s", len(all), writes, all)
		}
		k.write("HEADERS 3 END_STREAM GET /5")
		k.Receive(k.in.Bytes(), time.Now())
		if err := k.Flush(func([]byte) (int, error) { return 0, io.ErrClosedPipe }); err != io.ErrClosedPipe {
			t.Errorf("Flush: got %v, want the error of write", err)
		}
	})
}

// TestFlushOnce: who finds another in Flush leaves its output to that one.
func TestFlushOnce(t *testing.T) {
	run(t, Options{Handler: respond}, func(k *talk) {
		k.write("PING 12345678")
		k.Receive(k.in.Bytes(), time.Now())
		k.in.Reset()
		inner := 0
		k.Flush(func(p []byte) (int, error) {
			if inner++; inner == 1 {
				k.write("PING abcdefgh")
				k.Receive(k.in.Bytes(), time.Now())
				if err := k.Flush(func([]byte) (int, error) { t.Error("two write at once"); return 0, nil }); err != nil {
					t.Error(err)
				}
			}
			return k.out.Write(p)
		})
		k.in.Reset()
		if got := k.read() + "\n" + k.read(); got != "PING ACK 12345678\nPING ACK abcdefgh" {
			t.Errorf("got %s", got)
		}
	})
}

// TestFlushAgain: a write that takes no more, while another goroutine hears that
// it would again, is tried again.
func TestFlushAgain(t *testing.T) {
	run(t, Options{Handler: respond}, func(k *talk) {
		k.write("PING 12345678")
		k.Receive(k.in.Bytes(), time.Now())
		writes := 0
		k.Flush(func(p []byte) (int, error) {
			if writes++; writes == 1 {
				k.Flush(nil) // the driver's loop, told that the socket is writable
				return 5, nil
			}
			return 0, nil
		})
		if writes != 2 || !k.Blocked() {
			t.Errorf("got %d writes, want 2", writes)
		}
	})
}

// TestPieces: frames come in any pieces, and no memory is left of them.
func TestPieces(t *testing.T) {
	for _, size := range []int{1, 2, 8, 9, 10, 23, 24, 25, 100} {
		s := newShelf()
		runRaw(t, Options{Handler: s.handle, Hit: s.hit}, func(k *talk) {
			k.in.WriteString(preface)
			for _, line := range []string{"SETTINGS", "HEADERS 1 END_STREAM GET /5", "PING 12345678", "HEADERS 3 POST /miss", "DATA 3 abc", "DATA 3 END_STREAM def"} {
				k.write(line)
			}
			for in := k.in.Bytes(); len(in) > 0; {
				n := min(size, len(in))
				if err := k.Receive(in[:n], time.Now()); err != nil {
					t.Fatalf("pieces of %d: %v", size, err)
				}
				in = in[n:]
			}
			k.in.Reset()
			got := k.hear()
			if strings.Count(got, "END_STREAM") != 2 || !strings.Contains(got, "PING ACK 12345678") {
				t.Errorf("pieces of %d: got\n%s", size, got)
			}
			if k.partialBuffer != nil || k.Conn.out != nil || k.writing != nil {
				t.Errorf("pieces of %d: an idle connection holds buffers", size)
			}
		})
	}
}

// TestTurn: what comes later does not go before what waits.
func TestTurn(t *testing.T) {
	s := newShelf()
	run(t, Options{Handler: s.handle, Hit: s.hit}, func(k *talk) {
		k.say("SETTINGS INITIAL_WINDOW_SIZE=100000", "HEADERS 1 END_STREAM GET /65540")
		got := k.say("WINDOW_UPDATE 0 8", "HEADERS 3 END_STREAM GET /5")
		if !strings.HasSuffix(got, "\nDATA 1 END_STREAM ccccc\nDATA 3 ccc") {
			t.Errorf("got %s", got)
		}
	})
}

// TestWindows: content beyond a window is refused (RFC 9113 section 6.9.1), and
// whatever becomes of content, its window comes back.
func TestWindows(t *testing.T) {
	frame := strings.Repeat("z", maxFrame)
	for _, tt := range []struct {
		name, say, want string
	}{
		{"stream", "HEADERS 1 POST /wait;" + strings.Repeat("DATA 1 "+frame+";", 16) + "DATA 1 x", "RST_STREAM 1 FLOW_CONTROL_ERROR\nWINDOW_UPDATE 0 262145"},
		{"padding counts", "HEADERS 1 POST /wait;" + strings.Repeat("DATA 1 "+frame+";", 15) + strings.Repeat("DATA 1 PAD=255 ;", 60), ""},
		{"connection", "HEADERS 1 POST /wait;HEADERS 3 POST /wait;HEADERS 5 POST /wait;HEADERS 7 POST /wait;HEADERS 9 POST /wait;" +
			strings.Repeat("DATA 1 "+frame+";DATA 3 "+frame+";DATA 5 "+frame+";DATA 7 "+frame+";", 16) + "DATA 9 x", "GOAWAY 9 FLOW_CONTROL_ERROR DATA beyond the window of the connection"},
		{"read", "HEADERS 1 POST /echo;DATA 1 abc;DATA 1 END_STREAM PAD=9 def", ""},
		{"reset", "HEADERS 1 POST /wait;DATA 1 PAD=9 abc;RST_STREAM 1 CANCEL;DATA 1 late", ""},
		{"malformed", "HEADERS 1 POST /wait content-length=2;DATA 1 PAD=9 abc;DATA 1 late", ""},
		{"closed", "HEADERS 1 END_STREAM GET /5\nDATA 1 late", ""},
		{"page", "HEADERS 1 POST /#\nDATA 1 PAD=9 late", ""},
		{"page that waits", "SETTINGS INITIAL_WINDOW_SIZE=0;HEADERS 1 POST /#\nDATA 1 PAD=9 late", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
				if r.Path == "/wait" {
					<-ctx.Done()
					return
				}
				respond(ctx, w, r)
			}
			run(t, Options{Handler: h}, func(k *talk) {
				got := ""
				for line := range strings.SplitSeq(tt.say, "\n") {
					got = k.say(strings.Split(strings.TrimSuffix(line, ";"), ";")...)
				}
				if (tt.want != "" || strings.Contains(got, "FLOW_CONTROL")) && got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
				if tt.name == "padding counts" { // the padding is given back, not the content
					k.say("RST_STREAM 1 CANCEL")
				}
				if k.err == nil && k.recvWindow+k.credit != k.o.ConnWindow {
					t.Errorf("window of the connection: got %d+%d, want %d", k.recvWindow, k.credit, k.o.ConnWindow)
				}
			})
		})
	}
}

// TestHeadsWait: a Handler's head waits for room like its content.
func TestHeadsWait(t *testing.T) {
	h := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		w.WriteHead(200, field.Lines{{Name: "X-Large", Value: strings.Repeat("v", 500)}}, 0)
	}
	run(t, Options{Handler: h, MaxOutput: 1000}, func(k *talk) {
		for id := 1; id < 200; id += 2 {
			k.write(fmt.Sprintf("HEADERS %d END_STREAM GET /", id))
		}
		k.Receive(k.in.Bytes(), time.Now())
		k.in.Reset()
		synctest.Wait()
		if k.queued() > 2000 {
			t.Errorf("got %d bytes of output, want at most 2000", k.queued())
		}
		if got := strings.Count(k.hear(), "END_STREAM"); got != 100 {
			t.Errorf("got %d responses, want 100", got)
		}
		for id := 201; id < 220; id += 2 {
			k.write(fmt.Sprintf("HEADERS %d END_STREAM GET /", id))
		}
		k.Receive(k.in.Bytes(), time.Now())
		synctest.Wait()
		k.Close(nil) // they do not wait for ever
	})
}

// TestBodyMemory: content that is read while it comes takes no more memory than
// what waits at once.
func TestBodyMemory(t *testing.T) {
	var b body
	for i := range 10_000 {
		b.add(make([]byte, 1000))
		if i > 4 {
			b.take(make([]byte, 1000))
		}
		if cap(b.b) > 16<<10 {
			t.Fatalf("got %d bytes of memory for %d", cap(b.b), b.waiting())
		}
	}
}
