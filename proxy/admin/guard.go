package admin

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// A guard keeps web pages out. A page on any site can make the operator's
// browser send requests to a loopback port; two things give it away:
//
//   - it calls us by its own name, when its name server answers with our
//     address (DNS rebinding): Host must be a name we know, or an address,
//     which needs no name server;
//   - a changing request says where it comes from (Origin, Sec-Fetch-Site):
//     net/http's CrossOriginProtection refuses other sites. What a page of
//     another site has loaded in passing, an image or a script, is refused too,
//     although it could not read the answer: a profile costs something.
//
// No answer allows another site anything (CORS). In addition a POST must be application/json, which a form cannot send.
type guard struct {
	names      map[string]bool
	addresses  map[netip.Addr]bool
	anyAddress bool // the listener listens on every address
	crossSite  *http.CrossOriginProtection
}

func newGuard(o Options) *guard {
	g := &guard{
		names:     map[string]bool{"localhost": true},
		addresses: map[netip.Addr]bool{},
		crossSite: http.NewCrossOriginProtection(),
	}
	host := hostOf(o.Address)
	if addr, err := netip.ParseAddr(host); err == nil {
		g.addresses[addr.Unmap()] = true
		g.anyAddress = addr.IsUnspecified()
	} else if host != "" {
		g.names[host] = true
	} else {
		g.anyAddress = o.Address != ""
	}
	for _, name := range o.Hosts {
		g.names[strings.ToLower(name)] = true
	}
	return g
}

func (g *guard) middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.known(hostOf(r.Host)) {
			writeError(w, http.StatusMisdirectedRequest, "unknown_host", "Host is not a name of this interface: "+r.Host)
			return
		}
		if err := g.crossSite.Check(r); err != nil {
			writeError(w, http.StatusForbidden, "cross_site", err.Error())
			return
		}
		if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" && r.Header.Get("Sec-Fetch-Mode") != "navigate" {
			writeError(w, http.StatusForbidden, "cross_site", "a page of another site asks")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// known reports whether a Host without port is ours.
func (g *guard) known(host string) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return g.names[host]
	}
	addr = addr.Unmap()
	return addr.IsLoopback() || g.anyAddress || g.addresses[addr]
}

// hostOf cuts the port, brackets and a final dot from host:port and returns
// the host in lower case.
func hostOf(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
