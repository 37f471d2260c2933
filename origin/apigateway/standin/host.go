package standin

import (
	"net"
	"net/netip"
	"strings"
)

// serves reports whether a request with this Host reaches the API. The port
// is not looked at: it is the listener's business.
func (s *Standin) serves(host string) bool {
	name := strings.ToLower(withoutPort(host))
	if name == s.host {
		return true
	}
	return s.opts.Hosts == HostLenient && isLocalName(name)
}

func withoutPort(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// isLocalName reports whether name is localhost, an IP address or a name
// without a dot. None of these can be an API's public name.
func isLocalName(name string) bool {
	if name == "" {
		return false
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return !strings.Contains(name, ".") || strings.HasSuffix(name, ".localhost")
}

// belowStage cuts the stage's segment off an escaped path. Without it the
// request reaches no resource (CF-TRAP-02, AG-HOST-02).
func (s *Standin) belowStage(path string) (rest string, found bool) {
	if s.opts.Stage == StageDefault {
		return path, true
	}
	rest, found = strings.CutPrefix(path, "/"+s.opts.Stage)
	if !found || (rest != "" && rest[0] != '/') {
		return "", false
	}
	if rest == "" {
		rest = "/"
	}
	return rest, true
}
