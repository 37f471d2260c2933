package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// Codes of the environment's problems, in the style of config.Codes.
const (
	addressInUse = "GF6101"
	notPermitted = "GF6102"
	cannotListen = "GF6103"
	noEventLoops = "GF6104"
)

// listen opens the socket at address: host:port or unix:/path.
func listen(address string) (net.Listener, error) {
	if path, isUnix := strings.CutPrefix(address, "unix:"); isUnix {
		return listenUnix(path)
	}
	return net.Listen("tcp", address)
}

// listenUnix also takes the place of a socket that nobody listens on any
// more: what a killed process leaves behind.
func listenUnix(path string) (net.Listener, error) {
	l, err := net.Listen("unix", path)
	if !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	c, dialErr := net.DialTimeout("unix", path, time.Second)
	if dialErr == nil {
		c.Close()
		return nil, err
	}
	if !errors.Is(dialErr, syscall.ECONNREFUSED) {
		return nil, err
	}
	if info, statErr := os.Lstat(path); statErr != nil || info.Mode()&fs.ModeSocket == 0 { // connecting to a file is refused, too
		return nil, errNoSocket
	}
	if removed := os.Remove(path); removed != nil {
		return nil, removed
	}
	return net.Listen("unix", path)
}

// errNoSocket is why a place is not taken: what is there is of use to somebody.
var errNoSocket = errors.New("there is something that is no socket")

// listenError says why address cannot be listened at and what to do about it;
// remedy is how to choose another address.
func listenError(err error, address, remedy string) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("error %s: %s is in use by another process; stop that one, or %s", addressInUse, place(address), remedy)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("error %s: %s needs a privilege that this process does not have; give it CAP_NET_BIND_SERVICE, or %s",
			notPermitted, place(address), remedy)
	default:
		return fmt.Errorf("error %s: cannot listen at %s: %w; %s", cannotListen, address, err, remedy)
	}
}

// place names a port, which is what people look for.
func place(address string) string {
	host, port, err := net.SplitHostPort(address)
	switch {
	case err != nil:
		return address
	case host == "":
		return "port " + port
	default:
		return "port " + port + " of " + host
	}
}

// httpURL returns the URL of a listener as a browser on this machine takes
// it.
func httpURL(scheme string, addr net.Addr) string {
	tcp, isTCP := addr.(*net.TCPAddr)
	if !isTCP {
		return addr.Network() + ":" + addr.String()
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() || tcp.IP.IsLoopback() {
		host = "localhost"
	}
	return fmt.Sprintf("%s://%s", scheme, net.JoinHostPort(host, fmt.Sprint(tcp.Port)))
}
