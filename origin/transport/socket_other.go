//go:build !linux

package transport

import "net"

// asSocket returns c as it is.
func asSocket(c net.Conn) net.Conn { return c }
