// Package rig has what measuring programs need of the servers that they start:
// addresses for them, and how much CPU time they use.
//
// It is a bench provider.
package rig

import "net"

// FreeAddress returns a loopback address that nobody listens at. Somebody else may by
// the time that it is used, which is rare.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
