package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/listener"
)

// A socket is one place where viewers connect.
type socket struct {
	address   string // as configured
	listener  net.Listener
	protocols listener.Protocols
	tls       *tls.Config    // nil over plain HTTP
	proxies   []netip.Prefix // who may say for whom they connect; nil unless they must
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
	for i, l := range e.config.Server.Listen {
		certificates, err := e.certificates(l.TLS)
		if err != nil {
			return fmt.Errorf("%s: %w", l.Address, err)
		}
		opened, err := e.listen(l.Address, fmt.Sprintf("server.listen[%d].address", i))
		if err != nil {
			return err
		}
		s := socket{address: l.Address, listener: opened, protocols: protocols(l), tls: certificates}
		if l.ProxyProtocol != nil {
			s.proxies = l.ProxyProtocol.Prefixes()
		}
		e.sockets = append(e.sockets, s)
	}
	e.admin, err = e.listen(e.config.Server.Admin, "server.admin")
	return err
}

// serveSocket accepts viewers until the socket is closed.
func (e *edge) serveSocket(s socket) error {
	if s.proxies != nil {
		return e.viewers.ServeProxied(s.listener, s.protocols, s.tls, s.proxies)
	}
	return e.viewers.Serve(s.listener, s.protocols, s.tls)
}

// closeUnused closes inherited sockets that the configuration has no use for.
func (e *edge) closeUnused() {
	for _, s := range e.inherited.sockets {
		e.logger.Warn("inherited socket is not in the configuration: closed", "socket", s.name, "address", s.listener.Addr().String())
	}
	e.inherited.close()
}

func (e *edge) closeSockets() {
	for _, s := range e.sockets {
		s.listener.Close()
	}
	if e.admin != nil {
		e.admin.Close()
	}
}

// listen opens the socket whose address stands at path in the configuration.
func (e *edge) listen(address, path string) (net.Listener, error) {
	if l := e.inherited.take(address); l != nil {
		return l, nil
	}
	l, err := listen(address)
	if err == nil {
		return l, nil
	}
	remedy, position := e.options.remedies[path], ""
	if remedy == "" {
		position = e.position(path)
	}
	if position != "" {
		remedy = "change " + path
	}
	if remedy == "" {
		remedy = "set " + path + " in the configuration"
	}
	return nil, fmt.Errorf("%s%w", position, listenError(err, address, remedy))
}

// position returns where the value at path stands in the configuration, as a
// message begins; "" if it is a default.
func (e *edge) position(path string) string {
	at, written := e.config.Position(path)
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

// certificates returns the TLS side of a socket, nil for plain HTTP.
func (e *edge) certificates(t config.ListenTLS) (*tls.Config, error) {
	switch t.Source {
	case config.TLSSourceNone:
		return nil, nil
	case config.TLSSourceFiles:
		return listener.LoadKeyPair(t.Cert, t.Key)
	}
	if e.ca == nil {
		var err error
		if e.ca, err = openLocalCA(e.options.console.getenv, aliases(e.config)); err != nil {
			return nil, err
		}
	}
	return e.ca.Config(), nil
}

// aliases returns every alternate domain name of the configuration.
func aliases(c *config.Config) (names []string) {
	for i := range c.Distributions {
		names = append(names, c.Distributions[i].Aliases...)
	}
	return names
}

// httpsPort returns the port that redirects to HTTPS must name, 0 for none.
func (e *edge) httpsPort() int {
	for _, s := range e.sockets {
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
