package listener_test

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/listener"
)

// TestHandshakeBounds: a viewer that begins a handshake and does not end it is
// closed after the time for one, and one whose ClientHello has no end after
// 64 KiB, of which nothing is kept (reliability T2).
func TestHandshakeBounds(t *testing.T) {
	run(t, true, listener.Options{Handler: answer("x")}, func(t *testing.T, s *site) {
		for name, sent := range map[string][]byte{
			"nothing": nil, "an octet": {22}, "a record's head": {22, 3, 1, 1, 0}, "an octet of a message": {22, 3, 1, 0, 1, 1},
		} {
			c := s.connect(t)
			began := time.Now()
			c.Write(sent)
			n, err := c.Read(make([]byte, 1))
			if took := time.Since(began); n != 0 || took != 5*time.Second {
				t.Errorf("%s: got %d bytes and %v after %v, want the end after 5 s", name, n, err, took)
			}
		}

		c := s.connect(t)
		taken := 0
		message := append([]byte{1, 0xff, 0xff, 0xff}, make([]byte, 1<<20)...) // a ClientHello of 16 MiB
		for record := range chunks(message, 16<<10) {
			n, err := c.Write(record)
			if taken += n; err != nil {
				break
			}
		}
		if taken > 128<<10 {
			t.Errorf("a ClientHello without end: %d bytes were taken, want at most 128 KiB", taken)
		}
	})
}

// TestOldVersionsAreRefused: nobody who has not said so speaks TLS 1.1
// (reliability T2), and a ClientHello in records of one octet is one all the same.
func TestOldVersionsAreRefused(t *testing.T) {
	run(t, true, listener.Options{Handler: answer("x")}, func(t *testing.T, s *site) {
		old := tls.Client(s.connect(t), &tls.Config{ServerName: "api.example", RootCAs: s.roots(), MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
		if err := old.Handshake(); err == nil {
			t.Errorf("TLS 1.1: got %s", tls.VersionName(old.ConnectionState().Version))
		}
		split := tls.Client(&splitHello{Conn: s.connect(t)}, &tls.Config{ServerName: "api.example", RootCAs: s.roots()})
		if err := split.Handshake(); err != nil {
			t.Errorf("a ClientHello in records of one octet: got %v", err)
		}
	})
}

// connect returns a plain connection, which ends with the test.
func (s *site) connect(t *testing.T) net.Conn {
	t.Helper()
	c, err := s.l.Dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// chunks yields a handshake message in records of size octets.
func chunks(message []byte, size int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(message) > 0 {
			n := min(size, len(message))
			record := append([]byte{22, 3, 1, 0, 0}, message[:n]...)
			binary.BigEndian.PutUint16(record[3:], uint16(n))
			if message = message[n:]; !yield(record) {
				return
			}
		}
	}
}

// A splitHello sends the first record, a ClientHello, as many.
type splitHello struct {
	net.Conn
	split bool
}

func (c *splitHello) Write(p []byte) (int, error) {
	if c.split {
		return c.Conn.Write(p)
	}
	c.split = true
	var all bytes.Buffer
	for record := range chunks(p[5:], 1) {
		all.Write(record)
	}
	if _, err := c.Conn.Write(all.Bytes()); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	return len(p), nil
}
