package compile

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/truststore"
)

// badTrustStore is the code of what a file of a trust store has wrong.
const badTrustStore = "GF4171"

// CheckTrustStores reads the trust stores of a configuration, with the files that it
// names, and returns what only that shows: the first problem of each.
func CheckTrustStores(c *config.Config) config.Diagnostics {
	var found config.Diagnostics
	for i := range c.TrustStores {
		if _, err := trustStore(c, &c.TrustStores[i], Environment{}); err != nil {
			found = append(found, config.Diagnostic{Severity: config.SeverityError, Code: badTrustStore, Path: err.Path, Message: err.Message})
		}
	}
	return found
}

// trustStores reads all trust stores, by name.
func trustStores(c *config.Config, env Environment) (map[string]*truststore.Store, error) {
	all := make(map[string]*truststore.Store, len(c.TrustStores))
	for i := range c.TrustStores {
		s, refusal := trustStore(c, &c.TrustStores[i], env)
		if refusal != nil {
			return nil, refusal
		}
		all[s.Name()] = s
	}
	return all, nil
}

// trustStore reads one. What is over is a warning, and no error:
// it may be replaced later.
func trustStore(c *config.Config, t *config.TrustStore, env Environment) (*truststore.Store, *Refusal) {
	at := config.KeyPath("trust_stores", t.Name)
	refused := func(key string, err error) *Refusal {
		position, _ := c.Position(at + key)
		return &Refusal{Path: at + key, Position: position, Message: err.Error(), cause: err}
	}
	bundle, err := env.readFile(t.CABundle)
	if err != nil {
		return nil, refused(".ca_bundle", err)
	}
	s, err := truststore.New(t.Name, bundle)
	if err != nil {
		return nil, refused(".ca_bundle", fmt.Errorf("%s: %w", t.CABundle, err))
	}
	var lists [][]byte
	for i, name := range t.CRL {
		list, err := env.readFile(name)
		key := fmt.Sprintf(".crl[%d]", i)
		if err != nil {
			return nil, refused(key, err)
		}
		if _, err := truststore.New(t.Name, bundle, list); err != nil {
			return nil, refused(key, fmt.Errorf("%s: %w", name, err))
		}
		lists = append(lists, list)
	}
	if len(lists) > 0 {
		if s, err = truststore.New(t.Name, bundle, lists...); err != nil {
			return nil, refused(".crl", err)
		}
	}
	warn(s, t, env)
	return s, nil
}

// warn tells the operator what is over already.
func warn(s *truststore.Store, t *config.TrustStore, env Environment) {
	if env.Warn == nil {
		return
	}
	now := time.Now()
	for _, o := range s.Outdated(now) {
		env.Warn(fmt.Errorf("trust store %q: the CRL of %s is not current: it ended at %s, and certificates are handled by outdated_crl: %s",
			t.Name, o.Issuer, o.Until.UTC().Format(time.RFC3339), t.OutdatedCRL))
	}
	if end, subject := s.Expiry(); now.After(end) {
		env.Warn(fmt.Errorf("trust store %q: %s has expired at %s", t.Name, subject, end.UTC().Format(time.RFC3339)))
	}
}

// viewerMTLS compiles what a distribution asks of its viewers, nil for nothing.
func viewerMTLS(c *config.Config, d *config.Distribution, stores map[string]*truststore.Store, env Environment) (*truststore.Policy, error) {
	m := d.ViewerMTLSConfig
	if m == nil {
		return nil, nil
	}
	store := stores[m.TrustStoreConfig.TrustStoreID]
	if store == nil {
		return nil, fmt.Errorf("no trust store %q", m.TrustStoreConfig.TrustStoreID)
	}
	o := truststore.Options{
		Mode:           choice(m.Mode, truststore.ModeRequired, truststore.ModeOptional),
		Store:          store,
		AdvertiseNames: m.TrustStoreConfig.AdvertiseTrustStoreCANames,
		IgnoreExpiry:   m.TrustStoreConfig.IgnoreCertificateExpiry,
		Now:            time.Now,
	}
	if t, found := c.TrustStore(store.Name()); found {
		o.OutdatedCRL = choice(t.OutdatedCRL, truststore.OutdatedCRLRefuse, truststore.OutdatedCRLUse)
	}
	var err error
	if o.Observe, err = observer(d, env); err != nil {
		return nil, err
	}
	return truststore.NewPolicy(o), nil
}

// observer returns what becomes of the handshakes of a distribution: they are
// counted and recorded.
func observer(d *config.Distribution, env Environment) (func(*truststore.Handshake), error) {
	var log *accesslog.Writer
	if l := d.ViewerMTLSConfig.ConnectionLog; l != nil && env.OpenRecords != nil {
		var err error
		if log, err = env.OpenRecords(l.Path); err != nil {
			return nil, fmt.Errorf("connection_log: %w", err)
		}
	}
	id, count := DistributionID(d.Name), func(string) {}
	if env.Metrics != nil {
		count = env.Metrics.Handshakes(d.Name)
	}
	return func(h *truststore.Handshake) {
		count(h.Reason.String())
		if log != nil {
			log.Line(uint8(h.Remote.Port()), connection(id, h).Append(nil))
		}
	}, nil
}

// connection is a handshake as the connection log has it.
func connection(distribution string, h *truststore.Handshake) *accesslog.Connection {
	c := &accesslog.Connection{
		Began: h.Began, ID: connectionID(), Failure: h.Reason.String(), Remote: h.Remote, Local: h.Local, Distribution: distribution,
		TLSVersion: h.Version, TLSCipher: h.Cipher, Took: h.Took, ServerName: h.ServerName,
	}
	if h.Certificate != nil {
		c.SerialNumber, c.Subject = h.Certificate.SerialNumber(), h.Certificate.Subject()
		c.Issuer, c.Validity = h.Certificate.Issuer(), h.Certificate.Validity()
	}
	return c
}

// connectionID is a name that no other connection has.
func connectionID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // does not fail
	return base64.RawURLEncoding.EncodeToString(id[:])
}
