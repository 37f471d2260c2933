package config

import (
	"net"
	"net/netip"
	"strings"
)

// adminListeners checks who may use the admin listener, and the one for
// monitoring.
func (k *checker) adminListeners(s *Server) {
	const at = path("server.admin_access")
	a := s.AdminAccess
	if !strings.HasPrefix(s.Admin, "unix:/") {
		k.socketAddress("server.admin", s.Admin)
		if !loopback(s.Admin) && (a == nil || a.Token == nil && a.OperatorCA == "") {
			k.fail("server.admin", openAdmin, "%s is reached by others, who could change what the edge does", s.Admin).Suggestion =
				"write 127.0.0.1 or unix:/path; or say who may use it: server.admin_access: {token: {from_file: FILE}}; for metrics and health alone there is server.metrics"
		}
	}
	if s.Metrics != "" {
		k.socketAddress("server.metrics", s.Metrics)
		if s.Metrics == s.Admin && !strings.HasSuffix(s.Metrics, ":0") {
			k.fail("server.metrics", repeatedListenAddr, "address %q is already listened on", s.Metrics)
		}
	}
	if a == nil {
		return
	}
	if t := a.Token; t != nil && (t.FromFile == "") == (t.FromEnv == "") {
		k.fail(at.key("token"), badAdminAccess, "want one of from_file and from_env")
	}
	if (a.Cert == "") != (a.Key == "") {
		k.fail(at, badAdminAccess, "cert and key go together")
	}
	if a.OperatorCA != "" && a.Cert == "" {
		k.fail(at.key("operator_ca"), badAdminAccess, "client certificates need TLS: cert and key are not set")
	}
	if a.Token == nil && a.OperatorCA == "" && a.Cert == "" {
		k.fail(at, badAdminAccess, "it says nothing: want token, operator_ca, or cert and key")
	}
}

// loopback reports whether only this machine can connect to host:port.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil || host == "localhost" {
		return true // or what it is has been reported
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
