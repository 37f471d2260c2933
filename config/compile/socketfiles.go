package compile

import (
	"crypto/x509"
	"fmt"
	"time"

	"github.com/groundfront/groundfront/config"
)

// The codes of what files of sockets have wrong.
const (
	badCertificate  = "GF4153"
	certificateTime = "GF4154"
	badAdminAccess  = "GF4262"
)

// CheckSockets reads the files that sockets need: their own certificates, keys of
// session tickets, and what the admin listener is spoken to by. It returns what
// only that shows. The certificates of distributions are read with the configuration.
func CheckSockets(c *config.Config, now time.Time) config.Diagnostics {
	check := socketFiles{now: now}
	for i, l := range c.Server.Listen {
		if l.TLS.Source == config.TLSSourceFiles {
			check.pair(config.KeyPath(config.IndexPath("server.listen", i), "tls"), l.TLS.Cert, l.TLS.Key)
		}
	}
	if k := c.Server.TLSTicketKeys; k != nil && c.Server.HasTLS() {
		if _, err := sharedTickets(k.FromFile, Environment{}); err != nil {
			check.fail("server.tls_ticket_keys", badCertificate, "tls_ticket_keys: %s: %v", k.FromFile, err)
		}
	}
	if a := c.Server.AdminAccess; a.TLS() {
		check.pair("server.admin_access.cert", a.Cert, a.Key)
		if a.OperatorCA != "" {
			check.authorities("server.admin_access.operator_ca", a.OperatorCA)
		}
	}
	return check.found
}

// socketFiles gathers what is found.
type socketFiles struct {
	now   time.Time
	found config.Diagnostics
}

func (f *socketFiles) fail(path, code, format string, args ...any) {
	severity := config.SeverityError
	if code == certificateTime {
		severity = config.SeverityWarning
	}
	f.found = append(f.found, config.Diagnostic{Severity: severity, Code: code, Path: path, Message: fmt.Sprintf(format, args...)})
}

// pair reads a certificate with its key.
func (f *socketFiles) pair(path, cert, key string) {
	c, err := readCertificate(config.Certificate{Name: cert, Cert: cert, Key: key}, Environment{})
	switch {
	case err != nil:
		f.fail(path, badCertificate, "%s and %s cannot be used: %v", cert, key, err)
	case f.now.After(c.NotAfter):
		f.fail(path, certificateTime, "the certificate of %s expired at %s", cert, c.NotAfter.UTC().Format(time.RFC3339))
	case f.now.Before(c.NotBefore):
		f.fail(path, certificateTime, "the certificate of %s is not valid before %s", cert, c.NotBefore.UTC().Format(time.RFC3339))
	}
}

// authorities reads those of client certificates.
func (f *socketFiles) authorities(path, file string) {
	text, err := new(Environment).readFile(file)
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM(text) {
		err = fmt.Errorf("%s: no certificate in PEM form", file)
	}
	if err != nil {
		f.fail(path, badAdminAccess, "%v", err)
	}
}
