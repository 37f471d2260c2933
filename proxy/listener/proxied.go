package listener

import (
	"errors"
	"io"
	"net/netip"

	"github.com/groundfront/groundfront/proxy/proxyprotocol"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// errSilent is the end of a connection that has sent nothing, as proxies make them
// to see whether somebody listens.
var errSilent = errors.New("nothing was sent")

// introduce reads what a proxy has to say first about a connection, and notes who
// the viewer is. It reports whether there is one, who may have another connection.
// r waits as long as a header may take.
func (s *Server) introduce(r io.Reader, p *viewer.Peer, proxy netip.AddrPort) bool {
	h, err := readProxyHeader(r)
	switch {
	case err == errSilent:
		return false
	case err != nil:
		s.opts.Logger.Debug("no PROXY protocol header", "proxy", proxy.String(), "error", err)
		s.refused(RefusalHeader)
		return false
	}
	who, local := h.Source, h.Destination
	if !who.IsValid() { // the connection is the proxy's own
		who, local = proxy, p.Local
	}
	if !s.slots.assign(who.Addr()) {
		s.refused(RefusalViewer)
		return false
	}
	p.Remote, p.Local = who, local
	return true
}

// readProxyHeader reads a header and nothing of what follows it.
func readProxyHeader(r io.Reader) (proxyprotocol.Header, error) {
	in := make([]byte, 0, 128)
	for {
		h, more, err := proxyprotocol.Parse(in)
		if err != nil || more == 0 {
			return h, err
		}
		from := len(in)
		in = append(in, make([]byte, more)...)
		if n, err := io.ReadFull(r, in[from:]); err != nil {
			if err == io.EOF && from+n == 0 {
				err = errSilent
			}
			return h, err
		}
	}
}

// introduced is introduce for the driver with a goroutine for each connection.
func (c *conn) introduced() bool {
	c.SetReadTimeout(c.server.opts.HeaderTimeout)
	defer c.SetReadTimeout(0)
	return c.server.introduce(c, &c.peer, addrPort(c.nc.RemoteAddr()))
}

// introduced is introduce for a connection that was borrowed.
func (c *loopConn) introduced(proxy netip.AddrPort) bool {
	c.SetReadTimeout(c.loop.server.opts.HeaderTimeout)
	return c.loop.server.introduce(readerOnly{c}, &c.peer, proxy)
}
