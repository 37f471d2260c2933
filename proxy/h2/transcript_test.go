package h2

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A talk is a connection of which a test is the viewer and the driver. It reads
// and writes frames as lines:
//
//	SETTINGS INITIAL_WINDOW_SIZE=0        SETTINGS ACK
//	HEADERS 1 END_STREAM GET /a x=1       HEADERS 1 :status=200 x=1
//	HEADERS 1 MORE :method=GET            MORE: without END_HEADERS
//	CONTINUATION 1 MORE x=1
//	DATA 1 END_STREAM text                DATA 1 "text"
//	RST_STREAM 1 CANCEL                   GOAWAY 1 PROTOCOL_ERROR reason
//	WINDOW_UPDATE 0 100                   PING 12345678, PING ACK 12345678
//	PRIORITY 1 0                          PRIORITY_UPDATE 1 u=1
//	FRAME type flags id hex
//
// PAD=n pads, ON=n makes a stream depend on another. In a value, _ is a space.
type talk struct {
	*Conn
	t       *testing.T
	in      bytes.Buffer // of Receive, until it is called
	out     bytes.Buffer // of Flush
	encoder *hpack.Encoder
	block   bytes.Buffer
	framer  *http2.Framer
	decoder *hpack.Decoder
	err     error // of the last Receive
	woken   int
	mu      sync.Mutex
}

// newTalk returns a connection whose greetings were exchanged.
func newTalk(t *testing.T, o Options) *talk {
	k := rawTalk(t, o)
	k.in.WriteString(preface)
	if got := k.say("SETTINGS"); got != greeting && o.StreamWindow == 0 {
		t.Fatalf("greeting: got\n%s\nwant\n%s", got, greeting)
	}
	k.say("SETTINGS ACK")
	return k
}

const greeting = "SETTINGS MAX_CONCURRENT_STREAMS=128 INITIAL_WINDOW_SIZE=262144 MAX_HEADER_LIST_SIZE=65536 9=1\n" +
	"WINDOW_UPDATE 0 983041\nSETTINGS ACK"

func rawTalk(t *testing.T, o Options) *talk {
	k := &talk{t: t}
	if o.Page == nil {
		o.Page = func(status int) (field.Lines, []byte) {
			return field.Lines{{Name: "Server", Value: "CloudFront"}}, fmt.Appendf(nil, "page %d", status)
		}
	}
	if o.OnMalformed == nil {
		o.OnMalformed = func(string, int, string) {}
	}
	if o.OnPanic == nil {
		o.OnPanic = func(any, *viewer.Request) {}
	}
	p := viewer.Peer{Remote: netip.MustParseAddrPort("198.51.100.10:40001"), Local: netip.MustParseAddrPort("203.0.113.1:443")}
	k.Conn = New(o.WithDefaults(), p, func() {
		k.mu.Lock()
		k.woken++
		k.mu.Unlock()
	})
	k.encoder = hpack.NewEncoder(&k.block)
	k.framer = http2.NewFramer(&k.in, &k.out)
	k.framer.AllowIllegalWrites = true
	k.framer.SetMaxReadFrameSize(1 << 20)
	k.decoder = hpack.NewDecoder(tableSize, nil)
	return k
}

// run runs a test of one connection in a bubble, and ends the connection.
func run(t *testing.T, o Options, test func(k *talk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := newTalk(t, o)
		test(k)
		k.Close(nil)
		k.Wait()
	})
}

// runRaw is run without greetings.
func runRaw(t *testing.T, o Options, test func(k *talk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := rawTalk(t, o)
		test(k)
		k.Close(nil)
		k.Wait()
	})
}

// say sends the frames of some lines with one Receive and returns what comes.
func (k *talk) say(lines ...string) string {
	k.t.Helper()
	for _, line := range lines {
		k.write(line)
	}
	k.err = k.Receive(k.in.Bytes(), time.Now())
	k.in.Reset()
	return k.hear()
}

// hear lets all Handlers go on as far as they can and returns what is written.
func (k *talk) hear() string {
	var lines []string
	for {
		synctest.Wait()
		before := k.out.Len()
		if err := k.Flush(k.out.Write); err != nil {
			k.t.Error(err)
		}
		if k.out.Len() == before {
			break
		}
	}
	for k.out.Len() > 0 {
		lines = append(lines, k.read())
	}
	return strings.Join(lines, "\n")
}

// wait lets time pass, with ticks, and returns the error of the last one.
func (k *talk) wait(d time.Duration) error {
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(min(time.Second, time.Until(end)))
		if err := k.Tick(time.Now()); err != nil {
			return err
		}
	}
	return nil
}

var settingNames = map[http2.SettingID]string{1: "HEADER_TABLE_SIZE", 2: "ENABLE_PUSH", 3: "MAX_CONCURRENT_STREAMS", 4: "INITIAL_WINDOW_SIZE", 5: "MAX_FRAME_SIZE", 6: "MAX_HEADER_LIST_SIZE"}

// write appends the frame of a line to the input.
func (k *talk) write(line string) {
	k.t.Helper()
	words := strings.Fields(line)
	number := func(i int) uint32 {
		if i >= len(words) {
			k.t.Fatalf("%q: word %d is missing", line, i)
		}
		n, err := strconv.ParseUint(words[i], 10, 32)
		if err != nil {
			k.t.Fatalf("%q: %v", line, err)
		}
		return uint32(n)
	}
	frame := func(kind frameType, flags uint8, id uint32, payload []byte) {
		k.in.Write(append(appendFrameHeader(nil, len(payload), kind, flags, id), payload...))
	}
	be := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
	switch words[0] {
	case "SETTINGS":
		if len(words) == 2 && words[1] == "ACK" {
			frame(frameSettings, flagAck, 0, nil)
			return
		}
		var payload []byte
		for _, w := range words[1:] {
			name, value, _ := strings.Cut(w, "=")
			id, _ := strconv.Atoi(name)
			for i, n := range settingNames {
				if n == name {
					id = int(i)
				}
			}
			n, _ := strconv.ParseUint(value, 10, 32)
			payload = append(binary.BigEndian.AppendUint16(payload, uint16(id)), be(uint32(n))...)
		}
		frame(frameSettings, 0, 0, payload)
	case "HEADERS", "CONTINUATION":
		k.writeHead(words, number(1))
	case "DATA":
		flags, rest := uint8(0), words[2:]
		if len(rest) > 0 && rest[0] == "END_STREAM" {
			flags, rest = flagEndStream, rest[1:]
		}
		var payload []byte
		pad := 0
		if len(rest) > 0 && strings.HasPrefix(rest[0], "PAD=") {
			pad, _ = strconv.Atoi(rest[0][4:])
			payload, flags, rest = append(payload, byte(pad)), flags|flagPadded, rest[1:]
		}
		payload = append(payload, strings.Join(rest, " ")...)
		frame(frameData, flags, number(1), append(payload, make([]byte, pad)...))
	case "RST_STREAM":
		frame(frameRSTStream, 0, number(1), be(uint32(codeOf(words[2]))))
	case "WINDOW_UPDATE":
		frame(frameWindowUpdate, 0, number(1), be(number(2)))
	case "PING":
		flags := uint8(0)
		if words[1] == "ACK" {
			flags, words = flagAck, words[1:]
		}
		frame(framePing, flags, 0, []byte(words[1]))
	case "GOAWAY":
		frame(frameGoAway, 0, 0, append(be(number(1)), be(uint32(codeOf(words[2])))...))
	case "PRIORITY":
		frame(framePriority, 0, number(1), append(be(number(2)), 7))
	case "PRIORITY_UPDATE":
		frame(framePriorityUpdate, 0, 0, append(be(number(1)), strings.Join(words[2:], " ")...))
	case "FRAME":
		payload := []byte{}
		if len(words) > 4 {
			payload, _ = hex.DecodeString(words[4])
		}
		frame(frameType(number(1)), uint8(number(2)), number(3), payload)
	default:
		k.t.Fatalf("%q: no such frame", line)
	}
}

func (k *talk) writeHead(words []string, id uint32) {
	flags, rest := uint8(flagEndHeaders), words[2:]
	var before, after []byte
	k.block.Reset()
	for len(rest) > 0 {
		w := rest[0]
		rest = rest[1:]
		name, value, _ := strings.Cut(w, "=")
		if strings.HasPrefix(w, "::") || strings.HasPrefix(w, ":") {
			name, value, _ = strings.Cut(w[1:], "=")
			name = ":" + name
		}
		switch {
		case w == "END_STREAM":
			flags |= flagEndStream
		case w == "MORE":
			flags &^= flagEndHeaders
		case name == "PAD":
			n, _ := strconv.Atoi(value)
			flags |= flagPadded
			before, after = append([]byte{byte(n)}, before...), make([]byte, n)
		case name == "ON":
			n, _ := strconv.Atoi(value)
			flags |= flagPriority
			before = append(binary.BigEndian.AppendUint32(before, uint32(n)), 7)
		case !strings.Contains(w, "=") && len(rest) > 0: // METHOD /path
			for _, f := range [][2]string{{":method", w}, {":scheme", "http"}, {":path", rest[0]}, {":authority", "h"}} {
				k.encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
			}
			rest = rest[1:]
		default:
			k.encoder.WriteField(hpack.HeaderField{Name: name, Value: strings.ReplaceAll(value, "_", " ")})
		}
	}
	kind := frameHeaders
	if words[0] == "CONTINUATION" {
		kind = frameContinuation
	}
	payload := append(append(before, k.block.Bytes()...), after...)
	k.in.Write(append(appendFrameHeader(nil, len(payload), kind, flags, id), payload...))
}

func codeOf(name string) ErrCode {
	for code, n := range errCodeNames {
		if n == name {
			return ErrCode(code)
		}
	}
	panic("no error code " + name)
}

// read takes one frame of the output, with the CONTINUATION of HEADERS.
func (k *talk) read() string {
	if k.framer == nil {
		return ""
	}
	framer := http2.NewFramer(io.Discard, &k.out)
	framer.SetMaxReadFrameSize(maxFrame)
	f, err := framer.ReadFrame()
	if err != nil {
		k.t.Fatalf("output is not well-formed: %v", err)
	}
	end := ""
	switch f := f.(type) {
	case *http2.SettingsFrame:
		if f.IsAck() {
			return "SETTINGS ACK"
		}
		line := "SETTINGS"
		f.ForeachSetting(func(s http2.Setting) error {
			name := settingNames[s.ID]
			if name == "" {
				name = strconv.Itoa(int(s.ID))
			}
			line += fmt.Sprintf(" %s=%d", name, s.Val)
			return nil
		})
		return line
	case *http2.HeadersFrame:
		if f.StreamEnded() {
			end = " END_STREAM"
		}
		block := append([]byte(nil), f.HeaderBlockFragment()...)
		for more := !f.HeadersEnded(); more; {
			next, err := framer.ReadFrame()
			if err != nil {
				k.t.Fatalf("output is not well-formed: %v", err)
			}
			c := next.(*http2.ContinuationFrame)
			block = append(block, c.HeaderBlockFragment()...)
			more = !c.HeadersEnded()
		}
		fields, err := k.decoder.DecodeFull(block)
		if err != nil {
			k.t.Fatalf("header block %x: %v", block, err)
		}
		line := fmt.Sprintf("HEADERS %d%s", f.StreamID, end)
		for _, field := range fields {
			line += " " + field.Name + "=" + strings.ReplaceAll(field.Value, " ", "_")
		}
		return line
	case *http2.DataFrame:
		if f.StreamEnded() {
			end = " END_STREAM"
		}
		return fmt.Sprintf("DATA %d%s %s", f.StreamID, end, short(f.Data()))
	case *http2.RSTStreamFrame:
		return fmt.Sprintf("RST_STREAM %d %s", f.StreamID, ErrCode(f.ErrCode))
	case *http2.WindowUpdateFrame:
		return fmt.Sprintf("WINDOW_UPDATE %d %d", f.StreamID, f.Increment)
	case *http2.PingFrame:
		if f.IsAck() {
			end = " ACK"
		}
		return fmt.Sprintf("PING%s %s", end, f.Data[:])
	case *http2.GoAwayFrame:
		return strings.TrimSpace(fmt.Sprintf("GOAWAY %d %s %s", f.LastStreamID, ErrCode(f.ErrCode), f.DebugData()))
	}
	return fmt.Sprint(f)
}

// short prints content, long content by its length.
func short(p []byte) string {
	if len(p) > 40 {
		return fmt.Sprintf("(%d)", len(p))
	}
	return string(p)
}

// respond answers by path: /echo with the request's content, /N with N bytes,
// and everything else with the target.
func respond(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
	if r.Path == "/echo" {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.WriteHead(200, nil, int64(len(b)))
		w.Write(b)
		return
	}
	content := []byte(r.Path)
	if n, err := strconv.Atoi(strings.TrimPrefix(r.Path, "/")); err == nil {
		content = bytes.Repeat([]byte("x"), n)
	}
	w.WriteHead(200, nil, int64(len(content)))
	if r.Method != "HEAD" {
		w.Write(content)
	}
}
