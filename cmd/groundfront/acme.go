package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/metrics"
	border "github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/proxy/viewertls"
)

// An acmeKeeper has certificates that an authority issues by ACME (RFC 8555), and
// renews them. It is certmagic; nothing else knows that.
//
// A handshake gets what is in memory at that moment, so that a renewal needs no
// reload. Challenges are answered by the edge's own sockets, for names that are
// configured and only while the authority asks.
type acmeKeeper struct {
	logger  *slog.Logger
	cache   *certmagic.Cache
	context context.Context // ends with the keeper
	cancel  context.CancelFunc
	current atomic.Pointer[[]*acmeCertificate]
}

// An acmeCertificate is one of the configuration.
type acmeCertificate struct {
	name     string
	settings string // all that it was made of
	domains  []string
	http     bool // the challenge is http-01
	cache    *certmagic.Cache
	config   *certmagic.Config
	issuer   *certmagic.ACMEIssuer
	cancel   context.CancelFunc // what obtains it; nil before that
}

func newACMEKeeper(logger *slog.Logger) *acmeKeeper {
	k := &acmeKeeper{logger: logger}
	k.context, k.cancel = context.WithCancel(context.Background())
	k.current.Store(new([]*acmeCertificate))
	certmagic.UserAgent = "groundfront/" + version
	return k
}

// close ends renewals.
func (k *acmeKeeper) close() {
	k.cancel()
	if k.cache != nil {
		k.cache.Stop()
	}
}

// prepare makes what a configuration has, beside what is in use. Nothing is asked
// of an authority yet. What is the same as before stays.
func (k *acmeKeeper) prepare(cfg *config.Config) ([]*acmeCertificate, error) {
	var next []*acmeCertificate
	for i := range cfg.Certificates {
		c := &cfg.Certificates[i]
		if c.ACME == nil {
			continue
		}
		settings := fmt.Sprintf("%+v %q", *c.ACME, cfg.ACMEDomains(c))
		for _, l := range cfg.Server.Listen { // where challenges arrive
			settings += fmt.Sprintf(" %q %v", l.Address, l.TLS.Source)
		}
		if same := findACME(*k.current.Load(), c.Name); same != nil && same.settings == settings {
			next = append(next, same)
			continue
		}
		made, err := k.newCertificate(c, cfg.ACMEDomains(c))
		if err != nil {
			return nil, fmt.Errorf("certificate %q: acme: %w", c.Name, err)
		}
		made.settings = settings
		next = append(next, made)
	}
	return next, nil
}

// findACME returns the certificate of a name in the configuration, nil for none.
func findACME(list []*acmeCertificate, name string) *acmeCertificate {
	i := slices.IndexFunc(list, func(c *acmeCertificate) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return list[i]
}

func (k *acmeKeeper) newCertificate(c *config.Certificate, domains []string) (*acmeCertificate, error) {
	if err := os.MkdirAll(c.ACME.Storage, 0o700); err != nil {
		return nil, err
	}
	roots, err := rootsIn(c.ACME.CABundle)
	if err != nil {
		return nil, err
	}
	if k.cache == nil {
		k.cache = certmagic.NewCache(certmagic.CacheOptions{GetConfigForCert: k.configFor, Logger: zap.NewNop()})
	}
	made := &acmeCertificate{name: c.Name, domains: domains, http: c.ACME.Challenge == config.ACMEChallengeHTTP01, cache: k.cache}
	made.config = certmagic.New(k.cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: c.ACME.Storage}, Logger: zap.NewNop(), OnEvent: k.event(c.Name),
		DefaultServerName: domains[0], // for viewers that ask for no name (CF-SNI-01)
	})
	made.issuer = certmagic.NewACMEIssuer(made.config, certmagic.ACMEIssuer{
		CA: c.ACME.Directory, Email: c.ACME.Email, Agreed: c.ACME.AgreeTerms, TrustedRoots: roots,
		DisableHTTPChallenge: !made.http, DisableTLSALPNChallenge: made.http, Logger: zap.NewNop(),
	})
	made.config.Issuers = []certmagic.Issuer{made.issuer}
	return made, nil
}

// arriveAt says where challenges arrive: at the first socket that can take them.
// certmagic opens a socket of its own where nobody listens.
func (c *acmeCertificate) arriveAt(sockets []socket) {
	for _, s := range sockets {
		tcp, ok := s.listener.Addr().(*net.TCPAddr)
		if !ok || s.secure() == c.http {
			continue
		}
		c.issuer.AltHTTPPort, c.issuer.AltTLSALPNPort = tcp.Port, tcp.Port
		if !tcp.IP.IsUnspecified() {
			c.issuer.ListenHost = tcp.IP.String()
		}
		return
	}
}

// rootsIn reads authorities that may issue the ACME server's own certificate; nil,
// which are the system's, for no file.
func rootsIn(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ca_bundle: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("ca_bundle: there is no certificate in %s", file)
	}
	return pool, nil
}

// configFor is for certmagic: who renews a certificate.
func (k *acmeKeeper) configFor(c certmagic.Certificate) (*certmagic.Config, error) {
	for _, m := range *k.current.Load() {
		if slices.ContainsFunc(c.Names, func(name string) bool { return slices.Contains(m.domains, name) }) {
			return m.config, nil
		}
	}
	return nil, fmt.Errorf("no certificate is configured for %v", c.Names)
}

// event logs what becomes of a certificate.
func (k *acmeKeeper) event(name string) func(context.Context, string, map[string]any) error {
	return func(_ context.Context, event string, data map[string]any) error {
		log := k.logger.With("certificate", name, "name", data["identifier"], "renewal", data["renewal"])
		switch event {
		case "cert_obtained":
			log.Info("acme: a certificate was obtained")
		case "cert_failed":
			log.Error("acme: no certificate was obtained", "error", data["error"])
		}
		return nil
	}
}

// use makes what was prepared what is in use, and has it obtained.
func (k *acmeKeeper) use(next []*acmeCertificate, sockets []socket) {
	old := *k.current.Swap(&next)
	for _, c := range old {
		if !slices.Contains(next, c) && c.cancel != nil {
			c.cancel()
		}
	}
	for _, c := range next {
		if c.cancel != nil {
			continue
		}
		c.arriveAt(sockets)
		var ctx context.Context
		ctx, c.cancel = context.WithCancel(k.context)
		if err := c.config.ManageAsync(ctx, c.domains); err != nil {
			k.logger.Error("acme: certificates are not managed", "certificate", c.name, "error", err)
		}
	}
}

// served is the certificate as distributions have it.
func (c *acmeCertificate) served() *viewertls.Certificate {
	return viewertls.IssuedCertificate(c.name, c.domains, []byte("acme "+c.name), c.certificate)
}

// certificate is for a handshake.
func (c *acmeCertificate) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return c.config.GetCertificateWithContext(hello.Context(), hello)
}

// expiries returns when certificates expire, for metrics. One that was not obtained
// yet is not among them.
func (k *acmeKeeper) expiries() (all []metrics.CertificateExpiry) {
	for _, c := range *k.current.Load() {
		if end := c.notAfter(); !end.IsZero() {
			all = append(all, metrics.CertificateExpiry{Name: c.name, NotAfter: end})
		}
	}
	return all
}

// notAfter returns when the first of the certificates for c's names expires: an
// authority issues one for each. After a renewal the old one may still be there.
func (c *acmeCertificate) notAfter() (first time.Time) {
	for _, domain := range c.domains {
		var end time.Time
		for _, issued := range c.cache.AllMatchingCertificates(domain) {
			if slices.Contains(issued.Names, domain) && issued.Leaf.NotAfter.After(end) {
				end = issued.Leaf.NotAfter
			}
		}
		if !end.IsZero() && (first.IsZero() || end.Before(first)) {
			first = end
		}
	}
	return first
}

// acmeProtocol is what an authority asks for in a handshake, alone (RFC 8737
// section 3).
const acmeProtocol = "acme-tls/1"

// challenge returns what answers a handshake of an authority, nil for any other:
// a certificate for the challenge if one is under way for that name.
func (k *acmeKeeper) challenge(hello *tls.ClientHelloInfo) *tls.Config {
	if len(hello.SupportedProtos) != 1 || hello.SupportedProtos[0] != acmeProtocol {
		return nil
	}
	for _, c := range *k.current.Load() {
		if !c.http && slices.Contains(c.domains, strings.ToLower(hello.ServerName)) {
			return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{acmeProtocol}, GetCertificate: c.certificate, SessionTicketsDisabled: true}
		}
	}
	return nil
}

// acmePath begins the path of challenges over HTTP (RFC 8555 section 8.3).
const acmePath = "/.well-known/acme-challenge/"

// handler answers challenges before anything else.
func (k *acmeKeeper) handler(next border.Handler) border.Handler {
	return func(ctx context.Context, w border.ResponseWriter, r *border.Request) {
		if content := k.answer(ctx, r); content != nil {
			fields := field.Lines{{Name: "Content-Type", Value: "text/plain"}}
			if w.WriteHead(http.StatusOK, fields, int64(len(content))) == nil {
				_, _ = w.Write(content) // the authority has gone
			}
			return
		}
		next(ctx, w, r)
	}
}

// hit leaves challenges to the handler.
func (k *acmeKeeper) hit(next border.HitFunc) border.HitFunc {
	return func(h *border.Hit, r *border.Request) bool {
		return !strings.HasPrefix(r.Path, acmePath) && next(h, r)
	}
}

// answer returns what a challenge wants to hear, nil if a request is none, or none
// that is under way.
func (k *acmeKeeper) answer(ctx context.Context, r *border.Request) []byte {
	if r.Method != http.MethodGet || r.TLS != nil || !strings.HasPrefix(r.Path, acmePath) {
		return nil
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(host)
	for _, c := range *k.current.Load() {
		if !c.http || !slices.Contains(c.domains, host) {
			continue
		}
		q := &http.Request{Method: r.Method, Host: host, URL: &url.URL{Path: r.Path}, RequestURI: r.Path, RemoteAddr: r.Remote.String()}
		w := &recorder{header: http.Header{}}
		if c.issuer.HandleHTTPChallenge(w, q.WithContext(ctx)) {
			return w.content.Bytes()
		}
	}
	return nil
}

// A recorder keeps what certmagic answers.
type recorder struct {
	header  http.Header
	content bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(p []byte) (int, error) { return r.content.Write(p) }
func (r *recorder) WriteHeader(int)             {}
