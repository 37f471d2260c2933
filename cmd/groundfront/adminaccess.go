package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin/secret"
	"github.com/groundfront/groundfront/proxy/admin"
)

// An adminAccess is who may use the admin listener, and by which TLS. A reload
// replaces it.
type adminAccess struct {
	who *admin.Access // nil for whoever reaches the listener
	tls *tls.Config   // nil without TLS
}

// errShortToken is what is wrong with a token that could be guessed.
var errShortToken = fmt.Errorf("it has fewer than %d characters", admin.MinToken)

// newAdminAccess reads what a configuration says.
func (e *edge) newAdminAccess(a *config.AdminAccess, reader *fileReader) (*adminAccess, error) {
	if a == nil {
		return new(adminAccess), nil
	}
	access := &adminAccess{who: new(admin.Access)}
	if a.Token == nil && a.OperatorCA == "" {
		access.who = nil
	}
	var err error
	if a.Token != nil {
		if access.who.Token, err = e.adminToken(a.Token); err != nil {
			return nil, fmt.Errorf("server.admin_access.token: %w", err)
		}
	}
	if a.TLS() {
		if access.tls, err = adminTLS(a, reader); err != nil {
			return nil, fmt.Errorf("server.admin_access: %w", err)
		}
		if access.who != nil {
			access.who.Certificates = access.tls.ClientCAs
		}
	}
	return access, nil
}

// adminToken returns what loads the token. Its errors do not contain it.
func (e *edge) adminToken(s *config.SecretSource) (func() string, error) {
	if s.FromFile != "" {
		value, err := e.secrets.Value(s.FromFile)
		if err != nil {
			return nil, err
		}
		token := value.Load()
		if len(token) < admin.MinToken {
			return nil, fmt.Errorf("%s: %w", s.FromFile, errShortToken)
		}
		return followedToken(token, value.Load, func() {
			e.logger.Error("admin token cannot be used; the last one is still wanted", "file", s.FromFile, "error", errShortToken)
		}), nil
	}
	token, err := secret.First(e.options.console.getenv(s.FromEnv))
	if err == nil && len(token) < admin.MinToken {
		err = errShortToken
	}
	if err != nil {
		return nil, fmt.Errorf("environment variable %s: %w", s.FromEnv, err)
	}
	return func() string { return token }, nil
}

// followedToken returns what follows the token in a file: one that is too short, as of
// a file that is half written, changes nothing, and is told once.
func followedToken(token string, load func() string, tooShort func()) func() string {
	var mu sync.Mutex // guards token and told
	told := false
	return func() string {
		now := load()
		mu.Lock()
		defer mu.Unlock()
		switch {
		case len(now) >= admin.MinToken:
			token, told = now, false
		case !told:
			told = true
			tooShort()
		}
		return token
	}
}

func adminTLS(a *config.AdminAccess, reader *fileReader) (*tls.Config, error) {
	cert, err := reader.ReadFile(a.Cert)
	if err != nil {
		return nil, err
	}
	key, err := reader.ReadFile(a.Key)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%s and %s: %w", a.Cert, a.Key, err)
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}}
	if a.OperatorCA == "" {
		return c, nil
	}
	text, err := reader.ReadFile(a.OperatorCA)
	if err != nil {
		return nil, err
	}
	c.ClientCAs, c.ClientAuth = x509.NewCertPool(), tls.VerifyClientCertIfGiven // health is for everybody
	if !c.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: %w", a.OperatorCA, errNoCertificate)
	}
	return c, nil
}

var errNoCertificate = errors.New("no certificate in PEM form")

// adminWho is admin.Options.Access.
func (e *edge) adminWho() *admin.Access { return e.access.Load().who }

// adminScheme is by what the admin listener is asked.
func (e *edge) adminScheme() string {
	if e.config.Server.AdminAccess.TLS() {
		return "https"
	}
	return "http"
}
