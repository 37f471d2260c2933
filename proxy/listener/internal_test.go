package listener

import (
	"crypto/tls"
	"strings"
	"testing"
	"unsafe"
)

// TestCipherNames: every suite that Go knows has OpenSSL's name (CF-LF field
// 22): no TLS_ prefix but in TLS 1.3.
func TestCipherNames(t *testing.T) {
	for _, s := range tls.CipherSuites() {
		got := cipherName(s.ID)
		is13 := len(s.SupportedVersions) == 1 && s.SupportedVersions[0] == tls.VersionTLS13
		if strings.HasPrefix(got, "TLS_") != is13 {
			t.Errorf("%s: got %s", s.Name, got)
		}
	}
	for v, want := range map[uint16]string{tls.VersionTLS12: "TLSv1.2", tls.VersionTLS13: "TLSv1.3"} {
		if got := versionName(v); got != want {
			t.Errorf("versionName(%#x): got %s, want %s", v, got, want)
		}
	}
}

func TestProtocolsString(t *testing.T) {
	for p, want := range map[Protocols]string{HTTP1: "http1.1", HTTP2: "http2", HTTP1 | HTTP2: "http1.1+http2"} {
		if got := p.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestEngines: names, and what a system without event loops says.
func TestEngines(t *testing.T) {
	for e, want := range map[Engine]struct {
		name        string
		withoutLoop error
	}{EngineAuto: {"auto", nil}, EngineGoroutine: {"goroutine", nil}, EngineEventLoop: {"eventloop", errNoEventLoops}} {
		if got := e.String(); got != want.name {
			t.Errorf("got %q, want %q", got, want.name)
		}
		if got := e.availableWith(false); got != want.withoutLoop {
			t.Errorf("%v without event loops: got %v, want %v", e, got, want.withoutLoop)
		}
		if got := e.availableWith(true); got != nil {
			t.Errorf("%v with event loops: got %v, want nil", e, got)
		}
	}
}

// TestTLSInfoIsShared: connections that have settled the same have one note of it.
func TestTLSInfoIsShared(t *testing.T) {
	s := New(Options{})
	state := tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, ServerName: "a.test"}
	first, second := s.tlsInfo(state, noted{}), s.tlsInfo(state, noted{})
	if first != second {
		t.Errorf("the same twice: got two notes, %+v and %+v", *first, *second)
	}
	state.ServerName = "b.test"
	if other := s.tlsInfo(state, noted{}); other == first || other.ServerName != "b.test" || first.ServerName != "a.test" {
		t.Errorf("another name: got %+v, and %+v for the first", *other, *first)
	}
}

// TestIdleConnectionIsSmall: what is kept for a connection that waits takes the
// memory of objects of 256 bytes, and of 64 more for TLS (bench/compare, idle).
func TestIdleConnectionIsSmall(t *testing.T) {
	if got := unsafe.Sizeof(loopConn{}); got > 256 {
		t.Errorf("loopConn: got %d bytes, want at most 256", got)
	}
	if got := unsafe.Sizeof(tlsSocket{}); got > 64 {
		t.Errorf("tlsSocket: got %d bytes, want at most 64", got)
	}
}
