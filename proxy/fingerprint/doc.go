// Package fingerprint tells kinds of TLS clients apart by what they offer in
// their ClientHello, in the two forms that web ACLs know: JA3 and JA4
// (WF-FLD-13, WF-FLD-14).
//
// Both are made of what crypto/tls tells of a ClientHello: since it tells of
// the extensions, that is all but one number. JA3 begins with the version of
// before TLS 1.3. A client that sends the extension for later ones must say 1.2
// there (RFC 8446 section 4.1.2), and is taken to do so; a parser of our own in
// front of crypto/tls would be needed to know better.
//
// It is a provider: proxy/listener is the only one that sees a ClientHello.
package fingerprint
