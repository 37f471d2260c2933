// Package proxyprotocol reads the header with which a load balancer says whose
// connection it passes on: versions 1 and 2 of HAProxy's PROXY protocol.
//
// It has no connection. Parse is given what was read of a header and says how much
// of it is certainly missing, so that who reads never takes a byte that follows
// the header and belongs to TLS or HTTP.
//
// It is a part of proxy.
package proxyprotocol
