package acme

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait.
const patience = 2 * time.Minute

// binary is the program.
var binary string

// TestMain builds it.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "acme")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(folder)
		binary = filepath.Join(folder, "groundfront")
		build := exec.Command("go", "build", "-o", binary, "./cmd/groundfront")
		build.Dir = filepath.Join("..", "..")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// An edge is the program, running.
type edge struct {
	t             *testing.T
	plain, secure int // ports
	admin         string

	mu  sync.Mutex // guards log
	log strings.Builder
}

var (
	portOf  = regexp.MustCompile(`viewers +(https?)://[^ ]*:(\d+)`)
	adminAt = regexp.MustCompile(`admin +(http://\S+)`)
)

// startEdge starts the program in mode production, in front of an origin that says
// hello.
func startEdge(t *testing.T, a *authority, storage, challenge string) *edge {
	t.Helper()
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello at %s", r.URL.Path)
	}))
	t.Cleanup(origin.Close)
	file := filepath.Join(t.TempDir(), "edge.yaml")
	text := fmt.Sprintf(`version: 1
server:
  mode: production
  listen: [{address: "127.0.0.1:0"}, {address: "127.0.0.1:0", tls: distributions}]
  admin: "127.0.0.1:0"
  overload: {cpu: {shed: 60000, only_hits: 60000}} # the machine may be busy with something else
certificates:
  shop:
    acme: {email: admin@shop.test, directory: %q, storage: %q, agree_terms: true, challenge: %s, ca_bundle: %q}
distributions:
  shop:
    aliases: [shop.test, www.shop.test]
    viewer_certificate: {acm_certificate: shop}
    origins: {api: {domain_name: api.test, connect_to: %q}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingDisabled}
`, a.directory, storage, challenge, a.bundle, origin.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e := &edge{t: t}
	command := exec.Command(binary, "run", "-f", file)
	output, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		<-ended
		command.Wait()
		if t.Failed() {
			t.Log(e.printed())
		}
	})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(output); lines.Scan(); {
			e.mu.Lock()
			fmt.Fprintln(&e.log, lines.Text())
			e.mu.Unlock()
		}
	}()
	e.eventually("the sockets", func() bool {
		for _, m := range portOf.FindAllStringSubmatch(e.printed(), -1) {
			port, _ := strconv.Atoi(m[2])
			if m[1] == "http" {
				e.plain = port
			} else {
				e.secure = port
			}
		}
		if m := adminAt.FindStringSubmatch(e.printed()); m != nil {
			e.admin = m[1]
		}
		return e.plain != 0 && e.secure != 0 && e.admin != ""
	})
	return e
}

func (e *edge) printed() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.log.String()
}

func (e *edge) eventually(what string, done func() bool) {
	e.t.Helper()
	for until := time.Now().Add(patience); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			e.t.Fatalf("waited in vain for %s:\n%s", what, e.printed())
		}
	}
}

// dial makes a handshake.
func (e *edge) dial(name string, c *tls.Config) (*tls.Conn, error) {
	c.ServerName = name
	return tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", e.secure), c)
}

// TestChallenges: a certificate for the aliases is there soon after the start, by
// either challenge, and again after a restart without asking anybody.
func TestChallenges(t *testing.T) {
	for _, challenge := range []string{"http-01", "tls-alpn-01"} {
		t.Run(challenge, func(t *testing.T) {
			a, storage := newAuthority(t), t.TempDir()
			e := startEdge(t, a, storage, challenge)
			a.validates(t, e.plain, e.secure)
			serials := map[string]string{}
			for _, name := range []string{"shop.test", "www.shop.test"} {
				serials[name] = e.serial(name, a)
			}
			for _, name := range []string{"other.test", ""} {
				if c, err := e.dial(name, &tls.Config{InsecureSkipVerify: true}); err == nil {
					c.Close()
					t.Errorf("name %q: got a connection, want none", name)
				}
			}
			e.noChallenge()
			e.tellsExpiry()
			a.ends()
			again := startEdge(t, a, storage, challenge)
			for name, want := range serials {
				if got := again.serial(name, a); got != want {
					t.Errorf("%s, after a restart: got certificate %s, want that of before, %s", name, got, want)
				}
			}
		})
	}
}

// serial waits for a certificate of the authority and returns its number. The page
// behind it is the origin's.
func (e *edge) serial(name string, a *authority) (number string) {
	e.t.Helper()
	e.eventually("a certificate for "+name, func() bool {
		c, err := e.dial(name, &tls.Config{RootCAs: a.roots})
		if err != nil {
			return false
		}
		defer c.Close()
		number = c.ConnectionState().PeerCertificates[0].SerialNumber.String()
		fmt.Fprintf(c, "GET / HTTP/1.0\r\nHost: %s\r\n\r\n", name)
		text, err := io.ReadAll(c)
		return err == nil && strings.HasSuffix(string(text), "hello at /")
	})
	return number
}

// tellsExpiry: the metric of certificates has what was obtained.
func (e *edge) tellsExpiry() {
	e.t.Helper()
	r, err := http.Get(e.admin + "/metrics")
	if err != nil {
		e.t.Fatal(err)
	}
	defer r.Body.Close()
	page, err := io.ReadAll(r.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	const metric = `groundfront_certificate_expiry_timestamp_seconds{certificate="shop"} `
	_, value, _ := strings.Cut(string(page), "\n"+metric)
	value, _, _ = strings.Cut(value, "\n")
	if end, err := strconv.ParseFloat(value, 64); err != nil || end <= float64(time.Now().Unix()) {
		e.t.Errorf("got %q for %s, want a time to come", value, metric)
	}
}

// noChallenge: nothing is answered when no challenge is under way.
func (e *edge) noChallenge() {
	e.t.Helper()
	for _, host := range []string{"shop.test", "other.test"} {
		q, err := http.NewRequest("GET", fmt.Sprintf("http://127.0.0.1:%d/.well-known/acme-challenge/token", e.plain), nil)
		if err != nil {
			e.t.Fatal(err)
		}
		q.Host = host
		r, err := http.DefaultClient.Do(q)
		if err != nil {
			e.t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if want := host == "shop.test"; (string(body) == "hello at /.well-known/acme-challenge/token") != want {
			e.t.Errorf("%s: got %d and %q, want the origin's answer: %v", host, r.StatusCode, body, want)
		}
		if c, err := e.dial(host, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"acme-tls/1"}}); err == nil {
			c.Close()
			e.t.Errorf("%s: a handshake for acme-tls/1 has succeeded, and no challenge is under way", host)
		}
	}
}
