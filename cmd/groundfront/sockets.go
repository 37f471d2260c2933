package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/listener"
)

// A socket is one place where viewers connect.
type socket struct {
	address      string // as configured
	listener     net.Listener
	protocols    listener.Protocols
	tls          *tls.Config    // nil over plain HTTP
	proxies      []netip.Prefix // who may say for whom they connect; nil unless they must
	source       config.TLSSource
	certificates *certificates // of tls
}

// certificates are what a socket shows, which a reload replaces.
type certificates struct {
	show atomic.Pointer[certificateFunc]
}

// A certificateFunc is as tls.Config has it.
type certificateFunc func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// newSocket returns a socket that shows no certificate yet.
func newSocket(l config.Listen, opened net.Listener) socket {
	s := socket{address: l.Address, listener: opened, protocols: protocols(l), source: l.TLS.Source, proxies: proxies(l)}
	if s.source != config.TLSSourceNone {
		shown := new(certificates)
		s.certificates = shown
		s.tls = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return (*shown.show.Load())(hello)
		}}
	}
	return s
}

// serves reports whether a socket serves what is configured, but for its
// certificates.
func (s socket) serves(l config.Listen) bool {
	return s.protocols == protocols(l) && (s.tls == nil) == (l.TLS.Source == config.TLSSourceNone) && slices.Equal(s.proxies, proxies(l))
}

// proxies returns who may say for whom they connect to a socket, nil unless they
// must.
func proxies(l config.Listen) []netip.Prefix {
	if l.ProxyProtocol == nil {
		return nil
	}
	return l.ProxyProtocol.Prefixes()
}

func (s socket) scheme() string {
	if s.tls != nil {
		return "https"
	}
	return "http"
}

func (s socket) url() string { return httpURL(s.scheme(), s.listener.Addr()) }

// openSockets opens every socket of the configuration, the admin one too.
// Those that the process was started with are used where the address is the same.
func (e *edge) openSockets() error {
	var err error
	if e.inherited, err = inherit(e.options.console.getenv); err != nil {
		return err
	}
	defer e.closeUnused()
	c, err := e.reopen(e.config)
	if err != nil {
		return err
	}
	e.sockets = c.all
	c.showAll()
	e.admin, err = e.listen(e.config, e.config.Server.Admin, "server.admin")
	return err
}

// closeUnused closes inherited sockets that the configuration has no use for.
func (e *edge) closeUnused() {
	for _, s := range e.inherited.sockets {
		e.logger.Warn("inherited socket is not in the configuration: closed", "socket", s.name, "address", s.listener.Addr().String())
	}
	e.inherited.close()
}

func closeSockets(all []socket) {
	for _, s := range all {
		s.listener.Close()
	}
}

// listen opens the socket whose address stands at path in a configuration.
func (e *edge) listen(cfg *config.Config, address, path string) (net.Listener, error) {
	if l := e.inherited.take(address); l != nil {
		return l, nil
	}
	l, err := listen(address)
	if err == nil {
		return l, nil
	}
	remedy, position := e.options.remedies[path], ""
	if remedy == "" {
		position = positionIn(cfg, path)
	}
	if position != "" {
		remedy = "change " + path
	}
	if remedy == "" {
		remedy = "set " + path + " in the configuration"
	}
	return nil, fmt.Errorf("%s%w", position, listenError(err, address, remedy))
}

// positionIn returns where the value at path stands in a configuration, as a
// message begins; "" if it is a default.
func positionIn(cfg *config.Config, path string) string {
	at, written := cfg.Position(path)
	if !written {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d: ", at.File, at.Line, at.Column)
}

func protocols(l config.Listen) (p listener.Protocols) {
	if l.Speaks(config.ProtocolH1) {
		p |= listener.HTTP1
	}
	if l.Speaks(config.ProtocolH2) || l.Speaks(config.ProtocolH2C) {
		p |= listener.HTTP2
	}
	return p
}

// certificatesOf returns what a socket of a configuration shows, nil for plain HTTP.
func (e *edge) certificatesOf(cfg *config.Config, t config.ListenTLS) (certificateFunc, error) {
	switch t.Source {
	case config.TLSSourceNone:
		return nil, nil
	case config.TLSSourceFiles:
		loaded, err := listener.LoadKeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, err
		}
		return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &loaded.Certificates[0], nil }, nil
	}
	if e.ca == nil {
		var err error
		if e.ca, err = openLocalCA(e.options.console.getenv, aliases(cfg)); err != nil {
			return nil, err
		}
	}
	return e.ca.GetCertificate, nil
}

// aliases returns every alternate domain name of the configuration.
func aliases(c *config.Config) (names []string) {
	for i := range c.Distributions {
		names = append(names, c.Distributions[i].Aliases...)
	}
	return names
}

// httpsPort returns the port that redirects to HTTPS must name, 0 for none.
func httpsPort(all []socket) int {
	for _, s := range all {
		if addr, isTCP := s.listener.Addr().(*net.TCPAddr); isTCP && s.tls != nil && addr.Port != 443 {
			return addr.Port
		}
	}
	return 0
}

// A localCA is the local certification authority and where its certificate
// is.
type localCA struct {
	*listener.LocalCA
	file string // "" in memory
}

// openLocalCA opens the authority in the state directory that systemd gives,
// or the user's configuration directory. Where neither can be written, as in
// a container with a read-only root, it lives in memory and changes with each
// start.
func openLocalCA(getenv func(string) string, names []string) (*localCA, error) {
	dir := localCADir(getenv)
	if dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			dir = ""
		}
	}
	ca, err := listener.OpenLocalCA(dir, names, nil)
	if errors.Is(err, os.ErrPermission) {
		dir = ""
		ca, err = listener.OpenLocalCA(dir, names, nil)
	}
	if err != nil {
		return nil, err
	}
	opened := &localCA{LocalCA: ca}
	if dir != "" {
		opened.file = filepath.Join(dir, "ca.pem")
	}
	return opened, nil
}

func localCADir(getenv func(string) string) string {
	if dir := getenv("STATE_DIRECTORY"); dir != "" {
		return filepath.Join(dir, "local-ca")
	}
	if dir := getenv("XDG_CONFIG_HOME"); dir != "" {
		return filepath.Join(dir, "groundfront", "local-ca")
	}
	if dir, err := os.UserConfigDir(); err == nil {
		return filepath.Join(dir, "groundfront", "local-ca")
	}
	return ""
}
