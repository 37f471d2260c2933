package listener

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// A drip is a net.Conn that has what it was given and then has nothing, as a
// wireConn does.
type drip struct {
	mu  sync.Mutex // guards what follows
	in  []byte
	out []byte
}

func (d *drip) Read(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.in) == 0 {
		return 0, errNothing
	}
	n := copy(p, d.in)
	d.in = d.in[n:]
	return n, nil
}

func (d *drip) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.out = append(d.out, p...)
	return len(p), nil
}

// give adds to the input.
func (d *drip) give(p []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.in = append(d.in, p...)
}

// take removes the output.
func (d *drip) take() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := d.out
	d.out = nil
	return out
}

func (d *drip) Close() error                     { return nil }
func (d *drip) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (d *drip) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (d *drip) SetDeadline(time.Time) error      { return nil }
func (d *drip) SetReadDeadline(time.Time) error  { return nil }
func (d *drip) SetWriteDeadline(time.Time) error { return nil }

// TestTLSOverNothing: crypto/tls does what looptls.go is built on. An error that
// is temporary leaves the connection as it was, with the part of a record that
// has come; that is so for every cut of a record, for each version, and when
// records of the handshake come late. If this fails with a new version of Go the
// loops need another way.
func TestTLSOverNothing(t *testing.T) {
	ca, err := OpenLocalCA("", []string{"api.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.CertificatePEM())
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			ours, theirs := net.Pipe()
			defer ours.Close()
			defer theirs.Close()
			wire := &switched{Conn: ours}
			server := tls.Server(wire, &tls.Config{GetCertificate: ca.GetCertificate})
			viewer := tls.Client(theirs, &tls.Config{ServerName: "api.example", RootCAs: roots, MinVersion: version, MaxVersion: version})
			handshake := make(chan error, 1)
			go func() { handshake <- server.Handshake() }()
			if err := errors.Join(viewer.Handshake(), <-handshake); err != nil {
				t.Fatal(err)
			}
			// From here on nothing waits: the viewer's records are taken from the pipe.
			sealed := make(chan []byte)
			go func() {
				p := make([]byte, 64<<10)
				for {
					n, err := ours.Read(p)
					if err != nil {
						return
					}
					sealed <- append([]byte(nil), p[:n]...)
				}
			}()
			d := new(drip)
			wire.Conn = d
			if n, err := server.Read(make([]byte, 10)); n != 0 || err != errNothing {
				t.Fatalf("nothing came: got %d, %v, want the error of the connection itself", n, err)
			}
			const text = "what a viewer says"
			for cut, length := 0, 1; cut < length; cut++ {
				go io.WriteString(viewer, text)
				record := <-sealed
				length = len(record)
				got := make([]byte, 100)
				d.give(record[:cut])
				for range 2 {
					if n, err := server.Read(got); n != 0 || err != errNothing {
						t.Fatalf("%d bytes of a record: got %q, %v", cut, got[:n], err)
					}
				}
				d.give(record[cut:])
				n, err := server.Read(got)
				if string(got[:n]) != text || err != nil {
					t.Fatalf("cut after %d bytes: got %q, %v", cut, got[:n], err)
				}
			}
			if _, err := io.WriteString(server, "an answer"); err != nil || len(d.take()) == 0 {
				t.Errorf("writing: got %v", err)
			}
		})
	}
}

// A switched is a net.Conn that changes below crypto/tls.
type switched struct{ net.Conn }
