package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain runs the tests, or is the program itself where a test needs a process
// of its own.
func TestMain(m *testing.M) {
	if os.Getenv(envAsProgram) != "" {
		c := systemConsole()
		c.delay = noDelay
		os.Exit(int(execute(os.Args[1:], c)))
	}
	goleak.VerifyTestMain(m)
}

// noDelay is what an edge is told of its processors: they are the tests' as well,
// and an edge that works for many at once would give up things.
func noDelay() float64 { return 0 }

const envAsProgram = "GROUNDFRONT_TEST_AS_PROGRAM"

// patience bounds every wait for something that takes milliseconds, or a second
// where others have the processors.
const patience = time.Minute

// A transcript is what a process printed so far.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *transcript) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *transcript) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// A process is one command line that runs in the test's own process.
type process struct {
	t              *testing.T
	stdout, stderr transcript
	signals        chan os.Signal
	exited         chan exitCode
}

// start runs a command line. It is ended with the test.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	return startDelayed(t, noDelay, args...)
}

// startDelayed is start where work waits so long for a processor, in seconds.
func startDelayed(t *testing.T, delay func() float64, args ...string) *process {
	t.Helper()
	p := &process{t: t, signals: make(chan os.Signal, 2), exited: make(chan exitCode, 1)}
	home := t.TempDir()
	c := console{
		stdout: &p.stdout, stderr: &p.stderr,
		getenv: func(name string) string {
			// GOMEMLIMIT: the test's own limit stays as it is.
			return map[string]string{"GOMEMLIMIT": "off", "XDG_CONFIG_HOME": home}[name]
		},
		delay:   delay,
		signals: func() (<-chan os.Signal, func()) { return p.signals, func() {} },
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.exited <- execute(args, c)
	}()
	t.Cleanup(func() {
		for range cap(p.signals) {
			select {
			case p.signals <- syscall.SIGTERM:
			default:
			}
		}
		<-done
	})
	return p
}

// runVerb runs a command line that ends by itself.
func runVerb(t *testing.T, args ...string) (code exitCode, stdout, stderr string) {
	t.Helper()
	p := start(t, args...)
	code = p.wait()
	return code, p.stdout.String(), p.stderr.String()
}

// wait returns the exit code.
func (p *process) wait() exitCode {
	p.t.Helper()
	select {
	case code := <-p.exited:
		return code
	case <-time.After(patience):
		p.t.Fatalf("still running; standard error: %s", &p.stderr)
		return 0
	}
}

// url returns the first URL after label in the banner, and waits for it.
func (p *process) url(label string) string {
	p.t.Helper()
	pattern := regexp.MustCompile(regexp.QuoteMeta(label) + ` +(https?://\S+)`)
	var found string
	eventually(p.t, func() bool {
		if m := pattern.FindStringSubmatch(p.stderr.String()); m != nil {
			found = m[1]
		}
		return found != ""
	}, func() string { return label + " in " + p.stderr.String() })
	return found
}

// adminOf returns the address of a process's admin listener, as --admin takes it.
func adminOf(p *process) string { return strings.TrimPrefix(p.url("admin"), "http://") }

// eventually waits until done, and fails with what was waited for.
func eventually(t *testing.T, done func() bool, what func() string) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what())
		}
	}
}

// freeAddress returns an address that a later process can listen at, another one
// each time. Its port is none that the system gives to a socket that asks for any:
// whoever runs beside this test may ask, until the process listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	const first, ports = 10_000, 20_000 // systems begin at 32768 or 49152
	for range ports {
		address := fmt.Sprintf("127.0.0.1:%d", first+(firstPort+int(takenPorts.Add(1)))%ports)
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("all ports are in use")
	return ""
}

var (
	firstPort  = rand.IntN(1 << 20) // other processes run the same tests
	takenPorts atomic.Int64
)

// A viewer is an HTTP client whose connections end with the test.
type viewer struct {
	t *testing.T
	http.Client
}

func newViewer(t *testing.T) *viewer {
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &viewer{t, http.Client{Transport: transport, Timeout: patience}}
}

// A reply is a response with its content.
type reply struct {
	*http.Response
	content string
}

func (v *viewer) get(url string) reply {
	v.t.Helper()
	return v.do(http.MethodGet, url, "", "")
}

func (v *viewer) do(method, url, contentType, content string) reply {
	v.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(content))
	if err != nil {
		v.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	response, err := v.Do(r)
	if err != nil {
		v.t.Fatalf("%s %s: %v", method, url, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatalf("%s %s: %v", method, url, err)
	}
	return reply{response, string(text)}
}

// writeFile puts text into a file of the test's own directory.
func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
