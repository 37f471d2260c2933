package transport

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/origin"
)

// A scriptedProxy says what it says, piece by piece, and keeps what it is told.
type scriptedProxy struct {
	net.Conn
	says  []string
	heard bytes.Buffer
}

func (s *scriptedProxy) Write(p []byte) (int, error) { return s.heard.Write(p) }

func (s *scriptedProxy) Read(p []byte) (int, error) {
	for len(s.says) > 0 && s.says[0] == "" {
		s.says = s.says[1:]
	}
	if len(s.says) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.says[0])
	s.says[0] = s.says[0][n:]
	return n, nil
}

// TestNegotiations: what is said to proxies, byte for byte, and which of their
// answers are good (RFC 1928, RFC 1929, RFC 9110 section 9.3.6).
func TestNegotiations(t *testing.T) {
	socks, http := origin.Proxy{Kind: origin.ProxySOCKS5}, origin.Proxy{Kind: origin.ProxyHTTP}
	user := func(p origin.Proxy) *origin.Proxy {
		p.User, p.Password = "ed", "secret:1"
		return &p
	}
	const connect = "CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\n"
	for _, tt := range []struct {
		name  string
		proxy *origin.Proxy
		host  string
		says  []string
		heard string
		err   string // part of it
	}{
		{"a name", &socks, "api.example", []string{"\x05\x00", "\x05\x00\x00\x01\x7f\x00\x00\x01\x04\x38"},
			"\x05\x01\x00\x05\x01\x00\x03\x0bapi.example\x01\xbb", ""},
		{"in pieces", &socks, "api.example", []string{"\x05", "\x00\x05\x00", "\x00\x03\x03ab", "c\x04", "\x38"},
			"\x05\x01\x00\x05\x01\x00\x03\x0bapi.example\x01\xbb", ""},
		{"IPv4", &socks, "192.0.2.1", []string{"\x05\x00", "\x05\x00\x00\x01\x7f\x00\x00\x01\x04\x38"},
			"\x05\x01\x00\x05\x01\x00\x01\xc0\x00\x02\x01\x01\xbb", ""},
		{"IPv6", &socks, "2001:db8::1", []string{"\x05\x00", "\x05\x00\x00\x04" + strings.Repeat("\x00", 18)},
			"\x05\x01\x00\x05\x01\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x01\xbb", ""},
		{"credentials", user(socks), "a", []string{"\x05\x02", "\x01\x00", "\x05\x00\x00\x01\x7f\x00\x00\x01\x04\x38"},
			"\x05\x01\x02\x01\x02ed\x08secret:1\x05\x01\x00\x03\x01a\x01\xbb", ""},
		{"wrong credentials", user(socks), "a", []string{"\x05\x02", "\x01\x01"}, "\x05\x01\x02\x01\x02ed\x08secret:1", "refuses the credentials"},
		{"no credentials", &socks, "a", []string{"\x05\xff"}, "\x05\x01\x00", "wants other credentials"},
		{"credentials not wanted", user(socks), "a", []string{"\x05\x00"}, "\x05\x01\x02", "wants other credentials"},
		{"refused", &socks, "a", []string{"\x05\x00", "\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"}, "\x05\x01\x00\x05\x01\x00\x03\x01a\x01\xbb", "connection refused"},
		{"unknown reply", &socks, "a", []string{"\x05\x00", "\x05\x63\x00\x01\x00\x00\x00\x00\x00\x00"}, "\x05\x01\x00\x05\x01\x00\x03\x01a\x01\xbb", "reply 99"},
		{"SOCKS4", &socks, "a", []string{"\x00\x5a"}, "\x05\x01\x00", "not a SOCKS5 proxy"},
		{"HTTP", &socks, "a", []string{"HTTP/1.1 400"}, "\x05\x01\x00", "not a SOCKS5 proxy"},
		{"bound to nothing known", &socks, "a", []string{"\x05\x00", "\x05\x00\x00\x09\x00\x00"}, "\x05\x01\x00\x05\x01\x00\x03\x01a\x01\xbb", "not a SOCKS5 proxy"},
		{"ends", &socks, "a", []string{"\x05"}, "\x05\x01\x00", "unexpected EOF"},
		{"a long name", &socks, strings.Repeat("x", 256), nil, "", "longer than 255"},

		{"CONNECT", &http, "api.example", []string{"HTTP/1.1 200 Connection established\r\n\r\n"}, connect + "\r\n", ""},
		{"CONNECT in pieces", &http, "api.example", []string{"HTTP/1.0 2", "00\r\nVia: x\r\n\r", "\n"}, connect + "\r\n", ""},
		{"CONNECT, IPv6", &http, "2001:db8::1", []string{"HTTP/1.1 200\r\n\r\n"}, "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n", ""},
		{"CONNECT, credentials", user(http), "api.example", []string{"HTTP/1.1 204 OK\r\nContent-Length: 7\r\n\r\n"},
			connect + "Proxy-Authorization: Basic ZWQ6c2VjcmV0OjE=\r\n\r\n", ""},
		{"CONNECT, 407", &http, "api.example", []string{"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"}, connect + "\r\n", `"407 Proxy Authentication Required"`},
		{"CONNECT, 100", &http, "api.example", []string{"HTTP/1.1 100 Continue\r\n\r\n"}, connect + "\r\n", `"100 Continue"`},
		{"CONNECT, behind it", &http, "api.example", []string{"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK"}, connect + "\r\n", "bytes behind"},
		{"CONNECT, not HTTP", &http, "api.example", []string{"SSH-2.0-x\r\n\r\n"}, connect + "\r\n", "not an HTTP proxy"},
		{"CONNECT, endless", &http, "api.example", []string{"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2*maxProxyHead)}, connect + "\r\n", "too long"},
		{"CONNECT, ends", &http, "api.example", []string{"HTTP/1.1 200 OK\r\n"}, connect + "\r\n", "unexpected EOF"},
	} {
		s := &scriptedProxy{says: tt.says}
		var err error
		if tt.proxy.Kind == origin.ProxySOCKS5 {
			err = negotiateSOCKS5(s, tt.proxy, tt.host, 443)
		} else {
			err = negotiateConnect(s, tt.proxy, tt.host, 443)
		}
		if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) || s.heard.String() != tt.heard {
			t.Errorf("%s: got %v\n%q\nwant %q\n%q", tt.name, err, s.heard.String(), tt.err, tt.heard)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error has the password: %v", tt.name, err)
		}
		if left, _ := io.ReadAll(s); err == nil && len(left) > 0 {
			t.Errorf("%s: %q was left", tt.name, left)
		}
	}
}

// FuzzNegotiations: whatever a proxy says and in which pieces, a byte behind a
// good answer is never taken: it would be missing in the origin's.
func FuzzNegotiations(f *testing.F) {
	f.Add("\x05\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x04\x38", uint8(3))
	f.Add("\x05\x00\x05\x00\x00\x03\x02ab\x04\x38", uint8(1))
	f.Add("HTTP/1.1 200 OK\r\n\r\n", uint8(7))
	f.Fuzz(func(t *testing.T, says string, size uint8) {
		script := func(text string) *scriptedProxy {
			s := &scriptedProxy{}
			for step := int(size) + 1; text != ""; text = text[min(step, len(text)):] {
				s.says = append(s.says, text[:min(step, len(text))])
			}
			return s
		}
		s := script(says)
		if negotiateSOCKS5(s, &origin.Proxy{}, "a", 1) == nil {
			left, _ := io.ReadAll(s)
			whole := strings.TrimSuffix(says, string(left))
			again := script(whole + "behind")
			err := negotiateSOCKS5(again, &origin.Proxy{}, "a", 1)
			if left, _ := io.ReadAll(again); err != nil || string(left) != "behind" {
				t.Errorf("%q: got %v, left %q", says, err, left)
			}
		}
		s = script(says)
		if err := negotiateConnect(s, &origin.Proxy{}, "a", 1); err == nil {
			if left, _ := io.ReadAll(s); !strings.HasSuffix(strings.TrimSuffix(says, string(left)), "\r\n\r\n") {
				t.Errorf("%q: left %q", says, left)
			}
		}
	})
}
