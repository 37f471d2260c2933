package acme

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

// An authority is an ACME server on the loopback interface.
type authority struct {
	directory string // URL
	bundle    string // file: who signed its own certificate
	roots     *x509.CertPool
	ready     chan http.Handler // gets one
}

// newAuthority starts one that knows later where viewers' sockets are.
func newAuthority(t *testing.T) *authority {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")      // no pause before a name is validated
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0") // no errors on purpose
	a := &authority{ready: make(chan http.Handler, 1)}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := <-a.ready
		a.ready <- h
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	a.directory = s.URL + wfe.DirectoryPath
	a.bundle = filepath.Join(t.TempDir(), "acme.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(a.bundle, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// validates makes it ready: names are validated at these ports of 127.0.0.1.
func (a *authority) validates(t *testing.T, httpPort, tlsPort int) {
	t.Helper()
	logger := log.New(t.Output(), "pebble ", 0)
	store := db.NewMemoryStore()
	issuer := ca.New(logger, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "the only one"}})
	validation := va.New(logger, httpPort, tlsPort, false, resolver(t), store)
	front := wfe.New(logger, store, validation, issuer, []string{"pebble.test"}, false, false, 1, 1)
	a.roots = x509.NewCertPool()
	a.roots.AddCert(issuer.GetRootCert(0).Cert)
	a.ready <- front.Handler()
}

// ends makes it answer nobody any more.
func (a *authority) ends() {
	<-a.ready
	a.ready <- http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
}

// resolver starts a DNS server by which every name is 127.0.0.1.
func resolver(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") // as Pebble asks
	if err != nil {
		t.Fatal(err)
	}
	s := &dns.Server{Listener: l, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if len(q.Question) == 1 && q.Question[0].Qtype == dns.TypeA {
			a, err := dns.NewRR(fmt.Sprintf("%s 60 IN A 127.0.0.1", q.Question[0].Name))
			if err == nil {
				m.Answer = append(m.Answer, a)
			}
		}
		_ = w.WriteMsg(m) // who asked has gone
	})}
	go s.ActivateAndServe()
	t.Cleanup(func() { s.Shutdown() })
	return l.Addr().String()
}
