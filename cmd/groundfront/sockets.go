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

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/compile"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/viewertls"
)

// A socket is one place where viewers connect.
type socket struct {
	address       string // as configured
	name          string // in a Snapshot
	listener      net.Listener
	protocols     listener.Protocols
	source        config.TLSSource // of the default certificate, TLSSourceNone over plain HTTP
	proxies       []netip.Prefix   // who may say for whom they connect; nil unless they must
	*packetSocket                  // nil without HTTP/3
}

func newSocket(l config.Listen, name string, opened net.Listener) socket {
	return socket{address: l.Address, name: name, listener: opened, protocols: compile.Protocols(l), source: l.TLS.Source, proxies: proxies(l)}
}

// serves reports whether a socket serves what is configured, but for its
// certificates.
func (s socket) serves(l config.Listen) bool {
	return s.protocols == compile.Protocols(l) && s.secure() == (l.TLS.Source != config.TLSSourceNone) && slices.Equal(s.proxies, proxies(l))
}

func (s socket) secure() bool { return s.source != config.TLSSourceNone }

// proxies returns who may say for whom they connect to a socket, nil unless they
// must.
func proxies(l config.Listen) []netip.Prefix {
	if l.ProxyProtocol == nil {
		return nil
	}
	return l.ProxyProtocol.Prefixes()
}

func (s socket) scheme() string {
	if s.secure() {
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
	e.gate = inheritGate(e.options.console.getenv)
	defer e.closeUnused()
	c, err := e.reopen(e.config)
	if err != nil {
		return err
	}
	e.sockets = c.all
	if e.admin, err = e.listenAdmin(); err != nil || e.config.Server.Metrics == "" {
		return err
	}
	e.monitor, err = e.listen(e.config, e.config.Server.Metrics, "server.metrics")
	return err
}

// closeUnused closes inherited sockets that the configuration has no use for.
func (e *edge) closeUnused() {
	for _, s := range e.inherited.sockets {
		e.logger.Warn("inherited socket is not in the configuration: closed", "socket", s.name, "address", s.addr().String())
	}
	e.inherited.close()
}

// listenAdmin opens the admin socket. One in the file system is for the process's
// own user: nobody else can connect to it at any moment.
func (e *edge) listenAdmin() (l net.Listener, err error) {
	private(func() { l, err = e.listen(e.config, e.config.Server.Admin, "server.admin") })
	return l, err
}

func closeSockets(all []socket) {
	for _, s := range all {
		s.listener.Close()
		if s.packetSocket != nil {
			s.packets.Close()
		}
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
	return nil, e.listenError(cfg, err, address, path)
}

// listenError says why the socket cannot be opened whose address stands at path
// in the configuration.
func (e *edge) listenError(cfg *config.Config, err error, address, path string) error {
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
	return fmt.Errorf("%s%w", position, listenError(err, address, remedy))
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

// choose returns what answers the handshakes at a socket, nil for plain HTTP. It
// asks the Snapshot of the moment, so that a reload changes certificates.
func (e *edge) choose(s socket) listener.Choose {
	if !s.secure() {
		return nil
	}
	return func(hello *tls.ClientHelloInfo) viewertls.Choice {
		if config := e.acme.challenge(hello); config != nil {
			return viewertls.Choice{Config: config}
		}
		return e.proxy.Choose(s.name, hello)
	}
}

// localAuthority returns what certifies sockets with the local authority, which it
// opens; nil if a configuration has none.
func (e *edge) localAuthority(cfg *config.Config) (*localCA, error) {
	if !slices.ContainsFunc(cfg.Server.Listen, func(l config.Listen) bool { return l.TLS.Source == config.TLSSourceLocalCA }) {
		return nil, nil
	}
	if e.ca != nil {
		return &localCA{LocalCA: e.ca.With(aliases(cfg)), file: e.ca.file}, nil
	}
	return openLocalCA(e.options.console.getenv, aliases(cfg))
}

// aliases returns every alternate domain name of the configuration.
func aliases(c *config.Config) (names []string) {
	for i := range c.Distributions {
		names = append(names, c.Distributions[i].Aliases...)
	}
	return names
}

// httpsPorts returns where viewers of each plain socket are redirected to: to the
// socket with TLS that follows it in the configuration, or else to the last before it.
func httpsPorts(all []socket) proxy.HTTPSPorts {
	ports := proxy.HTTPSPorts{}
	var plain []uint16 // no socket with TLS has followed
	last := uint16(0)
	for _, s := range all {
		addr, isTCP := s.listener.Addr().(*net.TCPAddr)
		switch {
		case !isTCP:
		case !s.secure():
			plain = append(plain, uint16(addr.Port))
		default:
			last = uint16(addr.Port)
			for _, port := range plain {
				ports[port] = last
			}
			plain = nil
		}
	}
	if last != 0 {
		for _, port := range plain {
			ports[port] = last
		}
	}
	return ports
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
