package h2

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
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
			if k.queued() > 20000+maxFrame {
				t.Fatalf("got %d bytes of output waiting, want at most %d", k.queued(), 20000+maxFrame)
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
