package main

import (
	"net"
	"testing"
)

// TestListensAt: which inherited socket is which configured address.
func TestListensAt(t *testing.T) {
	tcp := func(ip string, port int) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: port} }
	for _, tt := range []struct {
		have net.Addr
		want string
		same bool
	}{
		{tcp("::", 8080), ":8080", true},
		{tcp("0.0.0.0", 8080), ":8080", true}, // a machine without IPv6
		{tcp("::", 8081), ":8080", false},
		{tcp("127.0.0.1", 8080), ":8080", false},
		{tcp("127.0.0.1", 8080), "127.0.0.1:8080", true},
		{tcp("::", 8080), "127.0.0.1:8080", false},
		{tcp("::", 8080), "[::]:8080", true},
		{tcp("::", 8080), "0.0.0.0:8080", false},
		{tcp("127.0.0.1", 8080), "127.0.0.1:0", false},
		{tcp("127.0.0.1", 8080), "nonsense", false},
		{tcp("127.0.0.1", 8080), "unix:/a", false},
		{&net.UnixAddr{Name: "/a", Net: "unix"}, "unix:/a", true},
		{&net.UnixAddr{Name: "/a", Net: "unix"}, "unix:/b", false},
	} {
		if got := listensAt(tt.have, tt.want); got != tt.same {
			t.Errorf("%v and %s: got %t, want %t", tt.have, tt.want, got, tt.same)
		}
	}
}

// TestInheritedCount: sockets are taken only by whom they are meant for.
func TestInheritedCount(t *testing.T) {
	for _, tt := range []struct {
		env  map[string]string
		want int
		ok   bool
	}{
		{map[string]string{}, 0, true},
		{map[string]string{envListenPID: "10", envListenFDs: "2"}, 2, true},
		{map[string]string{envListenPID: "11", envListenFDs: "2"}, 0, true},
		{map[string]string{envParent: "9", envListenFDs: "3"}, 3, true},
		{map[string]string{envParent: "10", envListenFDs: "3"}, 0, true},
		{map[string]string{envListenFDs: "3"}, 0, true},
		{map[string]string{envListenPID: "10", envListenFDs: "x"}, 0, false},
		{map[string]string{envListenPID: "10", envListenFDs: "-1"}, 0, false},
		{map[string]string{envListenPID: "10", envListenFDs: "1000000"}, 0, false},
	} {
		got, err := inheritedCount(func(name string) string { return tt.env[name] }, 10, 9)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%v: got %d, %v, want %d, ok %t", tt.env, got, err, tt.want, tt.ok)
		}
	}
}
