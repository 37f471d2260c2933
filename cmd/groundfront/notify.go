package main

import (
	"net"
	"strings"
	"time"
)

// notify tells a service manager how the process is, sd_notify(3): a datagram to
// the socket that the environment names. Nothing happens without one.
func notify(getenv func(string) string, state ...string) error {
	path := getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"}) // "@" is an abstract name here too
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	_, err = c.Write([]byte(strings.Join(state, "\n")))
	return err
}
