// Package truststore decides which certificates of viewers are accepted: viewer
// mutual TLS (CF-MTLS).
//
// A Store is whom is trusted, with what was revoked. A Policy is a Store with what
// a distribution asks of its viewers, and puts it into a tls.Config. A Peer is
// what a handshake found out: the Policy that accepted the viewer, and its
// certificate, of which the CloudFront-Viewer-Cert-* fields tell the origin.
//
// A handshake belongs to the distribution that its server name selects, and a
// request to the one that its Host does. They may differ on one connection, and
// then what the handshake found out says nothing: Policy.Accepts is asked with each
// request.
//
// It is a part of proxy. It reads no file and no clock.
package truststore
