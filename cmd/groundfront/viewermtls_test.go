package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/truststore/truststoretest"
)

// A mutual is an edge with a distribution that asks viewers for certificates,
// closed.test, one that may be without, half.test, one with another trust store,
// foreign.test, and one that asks for nothing, open.test.
type mutual struct {
	*process
	ca, other *truststoretest.Authority
	folder    string
}

func startMutual(t *testing.T, engine string) *mutual {
	t.Helper()
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "present %q serial %q", r.Header.Get("CloudFront-Viewer-Cert-Present"), r.Header.Get("CloudFront-Viewer-Cert-Serial-Number"))
	}))
	t.Cleanup(origin.Close)
	m := &mutual{ca: truststoretest.New("Partners", time.Now()), other: truststoretest.New("Others", time.Now()), folder: t.TempDir()}
	m.write(t, "partners.pem", m.ca.PEM())
	m.write(t, "others.pem", m.other.PEM())
	m.write(t, "partners.crl", m.ca.CRL(time.Now().Add(time.Hour), 13))
	text := `version: 1
server:
  engine: ENGINE
  listen: [{address: "127.0.0.1:0"}, {address: "127.0.0.1:0", tls: local_ca}]
  admin: "127.0.0.1:0"
trust_stores:
  partners: {ca_bundle: FOLDER/partners.pem, crl: [FOLDER/partners.crl]}
  others: {ca_bundle: FOLDER/others.pem}
origin_request_policies:
  certificate:
    headers_config: {header_behavior: whitelist, headers: [CloudFront-Viewer-Cert-Present, CloudFront-Viewer-Cert-Serial-Number]}
distributions:
`
	for name, mtls := range map[string]string{
		"closed":  "\n    viewer_mtls_config: {mode: required, trust_store_config: {trust_store_id: partners}, connection_log: {path: FOLDER/connections.log}}",
		"half":    "\n    viewer_mtls_config: {mode: optional, trust_store_config: {trust_store_id: partners, advertise_trust_store_ca_names: true}}",
		"foreign": "\n    viewer_mtls_config: {mode: required, trust_store_config: {trust_store_id: others}}",
		"open":    "",
	} {
		text += strings.NewReplacer("NAME", name, "MTLS", mtls).Replace(`  NAME:
    aliases: [NAME.test]MTLS
    origins: {api: {domain_name: api.test, connect_to: "ORIGIN"}}
    cache_behaviors:
      - {path_pattern: /kept, target_origin_id: api, cache_policy_id: CachingOptimized, viewer_protocol_policy: https-only}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingDisabled, origin_request_policy_id: certificate, viewer_protocol_policy: redirect-to-https}
`)
	}
	text = strings.NewReplacer("ENGINE", engine, "FOLDER", m.folder, "ORIGIN", origin.URL).Replace(text)
	m.write(t, "edge.yaml", []byte(text))
	m.process = start(t, "run", "-f", filepath.Join(m.folder, "edge.yaml"), "--log-level", "warn")
	return m
}

func (m *mutual) write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(m.folder, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// secure is the address of the socket with TLS.
func (m *mutual) secure() string {
	m.t.Helper()
	var found string
	eventually(m.t, func() bool {
		for line := range strings.SplitSeq(m.stderr.String(), "\n") {
			if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "viewers" && strings.HasPrefix(fields[1], "https://") {
				found = fields[1]
			}
		}
		return found != ""
	}, func() string { return "a socket with TLS in " + m.stderr.String() })
	return strings.TrimPrefix(found, "https://")
}

func mustURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err) // a test's own text
	}
	return u
}

// dial makes a handshake for a name, and waits until the edge has accepted it: in
// TLS 1.3 a viewer learns that its certificate is refused when it first reads.
func (m *mutual) dial(name string, certificate *tls.Certificate, c *tls.Config) (*tls.Conn, error) {
	c.ServerName, c.InsecureSkipVerify = name, true
	if certificate != nil {
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate, nil }
	}
	return tls.Dial("tcp", m.secure(), c)
}

// ask sends a request over a connection that stays.
func ask(c net.Conn, host string) (status int, content string, err error) {
	return askFor(c, host, "/")
}

func askFor(c net.Conn, host, path string) (status int, content string, err error) {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, "", err
	}
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host); err != nil {
		return 0, "", err
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return r.StatusCode, string(text), err
}

// TestViewerMTLS is CF-MTLS-01, -05 and -10 on the wire, with either engine: who gets
// a connection, and what the origin is told.
func TestViewerMTLS(t *testing.T) {
	for _, engine := range []string{"auto", "goroutine"} {
		t.Run(engine, func(t *testing.T) {
			m := startMutual(t, engine)
			good, foreign, revoked := m.ca.Issue("viewer", 0x4a3f), m.other.Issue("viewer", 7), m.ca.Issue("viewer", 13)
			const told = `present "1" serial "4a:3f"`
			for _, tt := range []struct {
				name        string
				host        string
				certificate *tls.Certificate
				want        string // part of the response, or of the alert
			}{
				{"required", "closed.test", &good, told},
				{"required, none", "closed.test", nil, "certificate required"},
				{"required, of another authority", "closed.test", &foreign, "bad certificate"},
				{"required, revoked", "closed.test", &revoked, "bad certificate"},
				{"optional", "half.test", &good, told},
				{"optional, none", "half.test", nil, `present "0" serial ""`},
				{"optional, of another authority", "half.test", &foreign, "bad certificate"},
				{"another trust store", "foreign.test", &foreign, `present "1" serial "07"`},
				{"another trust store, of the first", "foreign.test", &good, "bad certificate"},
				{"not asked for", "open.test", &good, `present "" serial ""`},
			} {
				for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
					cache := tls.NewLRUClientSessionCache(1)
					for range 2 { // the second would resume a session, if there were one
						c, err := m.dial(tt.host, tt.certificate, &tls.Config{MaxVersion: version, ClientSessionCache: cache})
						got := ""
						if err == nil {
							_, got, err = ask(c, tt.host)
							if c.ConnectionState().DidResume && tt.host != "open.test" {
								t.Errorf("%s: a session was resumed (CF-MTLS-05)", tt.name)
							}
							c.Close()
						}
						if err != nil {
							got = err.Error()
						}
						want := tt.want
						if version == tls.VersionTLS12 && want == "certificate required" {
							want = "handshake failure" // TLS 1.2 has no alert of its own for it
						}
						if !strings.Contains(got, want) {
							t.Errorf("%s, %s: got %q, want %q", tt.name, tls.VersionName(version), got, want)
						}
					}
				}
			}
			r, err := (&http.Transport{}).RoundTrip(&http.Request{Method: "GET", URL: mustURL(m.url("viewers")), Host: "closed.test", Header: http.Header{}})
			if err != nil {
				t.Fatal(err)
			}
			r.Body.Close()
			if got := r.Header.Get("Location"); r.StatusCode != 301 || !strings.HasPrefix(got, "https://closed.test") { // CF-MTLS-10
				t.Errorf("over HTTP: got %d to %q, want 301 to https", r.StatusCode, got)
			}
			m.wantRecords()
		})
	}
}

// wantRecords checks the connection log and the metrics of TestViewerMTLS (CF-CLOG-01,
// CF-CLOG-02, CF-PIPE-23).
func (m *mutual) wantRecords() {
	m.t.Helper()
	text := ""
	for _, want := range []string{
		`"connectionStatus":"Success"`, `"connectionStatus":"Failed:ClientCertMissing"`, `"connectionStatus":"Failed:ClientCertUntrusted"`,
		`"connectionStatus":"Failed:ClientCertRejected"`, `"tlsSni":"closed.test"`, `"tlsProtocol":"TLSv1.3"`, `"clientLeafCertSubject":"CN=viewer"`,
	} {
		eventually(m.t, func() bool {
			content, _ := os.ReadFile(filepath.Join(m.folder, "connections.log")) // an empty one is looked at again
			text = string(content)
			return strings.Contains(text, want)
		}, func() string { return want + " in " + text })
	}
	metrics := newViewer(m.t).get(m.url("admin") + "/metrics").content
	for _, want := range []string{
		`groundfront_viewer_certificate_handshakes_total{distribution="closed",status="Success"} 4`,
		`groundfront_viewer_certificate_handshakes_total{distribution="closed",status="ClientCertMissing"} 4`,
		`groundfront_viewer_certificate_handshakes_total{distribution="closed",status="ClientCertRejected"} 4`,
		`groundfront_viewer_certificate_handshakes_total{distribution="half",status="Success"} 8`,
	} {
		if !strings.Contains(metrics, want+"\n") {
			m.t.Errorf("metrics: got no %s", want)
		}
	}
}

// TestViewerMTLSOfAnother: what was shown to one distribution opens no other,
// neither over a connection of HTTP/1.1 that stays nor by coalescing in HTTP/2
// (CF-DIST-10).
func TestViewerMTLSOfAnother(t *testing.T) {
	for _, engine := range []string{"auto", "goroutine"} {
		m := startMutual(t, engine)
		good, foreign := m.ca.Issue("viewer", 0x4a3f), m.other.Issue("viewer", 7)
		for _, tt := range []struct {
			handshake   string
			certificate *tls.Certificate
			hosts       string // with status
		}{
			{"open.test", nil, "open.test 200, closed.test 421, half.test 421, foreign.test 421, open.test 200"},
			{"open.test", &good, "closed.test 421, half.test 421"},
			{"half.test", nil, "half.test 200, closed.test 421"},
			{"half.test", &good, "half.test 200, closed.test 200, foreign.test 421"},
			{"closed.test", &good, "closed.test 200, half.test 200, foreign.test 421, open.test 200, closed.test 200"},
			{"foreign.test", &foreign, "foreign.test 200, closed.test 421, half.test 421"},
		} {
			c, err := m.dial(tt.handshake, tt.certificate, &tls.Config{})
			if err != nil {
				t.Fatal(err)
			}
			h2 := &http.Transport{Protocols: new(http.Protocols), DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
				return m.dial(tt.handshake, tt.certificate, &tls.Config{NextProtos: []string{"h2"}})
			}}
			h2.Protocols.SetHTTP2(true)
			for one := range strings.SplitSeq(tt.hosts, ", ") {
				host, want, _ := strings.Cut(one, " ")
				status, content, err := askFor(c, host, "/kept") // after the first time it is a hit, of whoever may have it
				if got := fmt.Sprint(status); err != nil || got != want || strings.Contains(content, "present") != (want == "200") {
					t.Errorf("%s: HTTP/1.1, handshake for %s: got %s, %q, %v for %s, want %s", engine, tt.handshake, got, content, err, host, want)
				}
				// One connection: net/http pools by URL, and Host is what :authority says.
				r, err := h2.RoundTrip(&http.Request{Method: "GET", URL: mustURL("https://" + m.secure() + "/"), Host: host, Header: http.Header{}})
				if err != nil {
					t.Errorf("%s: HTTP/2, handshake for %s: %s: %v", engine, tt.handshake, host, err)
					continue
				}
				r.Body.Close()
				if got := fmt.Sprint(r.StatusCode); got != want || r.ProtoMajor != 2 {
					t.Errorf("%s: HTTP/2, handshake for %s: got %s over %s for %s, want %s", engine, tt.handshake, got, r.Proto, host, want)
				}
			}
			h2.CloseIdleConnections()
			c.Close()
		}
	}
}

// TestViewerMTLSReload: a certificate that is revoked by a reload is refused over
// connections that are open already, and others go on.
func TestViewerMTLSReload(t *testing.T) {
	m := startMutual(t, "auto")
	good, withdrawn := m.ca.Issue("viewer", 0x4a3f), m.ca.Issue("viewer", 14)
	dial := func(certificate *tls.Certificate) *tls.Conn {
		c, err := m.dial("closed.test", certificate, &tls.Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	kept, lost := dial(&good), dial(&withdrawn)
	wants := func(when string, c net.Conn, want int) {
		t.Helper()
		if got, _, err := ask(c, "closed.test"); got != want || err != nil {
			t.Errorf("%s: got %d, %v, want %d", when, got, err, want)
		}
	}
	wants("before", kept, 200)
	wants("before", lost, 200)
	m.write(t, "partners.crl", m.ca.CRL(time.Now().Add(time.Hour), 13, 14))
	if code, _, stderr := runVerb(t, "reload", "--admin", adminOf(m.process)); code != exitOK {
		t.Fatalf("reload: got %d, %s", code, stderr)
	}
	wants("after", kept, 200)
	wants("after", lost, 421)
	m.write(t, "partners.crl", []byte("damaged"))
	if code, _, stderr := runVerb(t, "reload", "--admin", adminOf(m.process)); code == exitOK || !strings.Contains(stderr, "partners.crl") {
		t.Errorf("reload with a damaged CRL: got %d, %s, want that it is refused", code, stderr)
	}
	wants("after a reload that was refused", kept, 200)
	wants("after a reload that was refused", lost, 421)
	c, err := m.dial("closed.test", &withdrawn, &tls.Config{})
	if err == nil {
		_, _, err = ask(c, "closed.test")
		c.Close()
	}
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a new connection with it: got %v, want an alert", err)
	}
}

// A lateConn keeps what is written back, from the second message on, and writes it at
// once: as a viewer with TLS 1.3 does whose request follows its certificate.
type lateConn struct {
	net.Conn
	hello bool
	late  []byte
}

func (c *lateConn) Write(p []byte) (int, error) {
	if !c.hello {
		c.hello = true
		return c.Conn.Write(p)
	}
	c.late = append(c.late, p...)
	return len(p), nil
}

// TestViewerMTLSAlert: a viewer whose certificate is refused gets an alert, also if
// its request is under way by then (CF-MTLS-10): a connection that is closed with
// something unread is reset, and what was sent is lost.
func TestViewerMTLSAlert(t *testing.T) {
	for _, engine := range []string{"goroutine", "auto"} {
		m := startMutual(t, engine)
		revoked := m.ca.Issue("viewer", 13)
		for name, certificate := range map[string]*tls.Certificate{"revoked": &revoked, "none": new(tls.Certificate)} {
			raw, err := net.Dial("tcp", m.secure())
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close()
			raw.SetDeadline(time.Now().Add(patience))
			late := &lateConn{Conn: raw}
			c := tls.Client(late, &tls.Config{
				ServerName: "closed.test", InsecureSkipVerify: true, MinVersion: tls.VersionTLS13,
				GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate, nil },
			})
			if err := c.HandshakeContext(t.Context()); err != nil {
				t.Fatal(err)
			}
			c.Write(make([]byte, 64<<10))
			if _, err := raw.Write(late.late); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Read(make([]byte, 1)); !strings.Contains(fmt.Sprint(err), "remote error: tls:") {
				t.Errorf("%s, %s: got %v, want an alert", engine, name, err)
			}
			if _, err := io.Copy(io.Discard, raw); err != nil {
				t.Errorf("%s, %s: after the alert: got %v, want the end", engine, name, err)
			}
		}
	}
}
