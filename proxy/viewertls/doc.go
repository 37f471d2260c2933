// Package viewertls decides how TLS handshakes of viewers are answered: with
// which certificate, which versions of TLS and cipher suites, which application
// protocols, and which keys of session tickets.
//
// A Table is immutable and made of a configuration; it has a ready tls.Config
// for everything that it may answer, so that a handshake costs a few comparisons
// and no allocation of ours. It knows no files and no sockets.
//
// What crypto/tls leaves to a server is less than what CloudFront's security
// policies say (CF-TLS-38):
//
//   - a version and a set of suites for TLS 1.2 and older can be had exactly, but
//     for SSLv3, RC4-MD5 and the two suites with AES256-SHA384, which do not exist;
//   - which of these suites is taken is crypto/tls's own choice, so a Table answers
//     with a tls.Config that has one suite, the one that comes first in
//     CloudFront's order (CF-TLS-30);
//   - the suites of TLS 1.3 and their order are fixed: a viewer that prefers
//     ChaCha20 gets it, with TLSv1.3_2025 too, and so are the signatures (CF-TLS-20
//     to CF-TLS-22), of which those with SHA-1 and SHA-224 are never made.
//
// It is a part of proxy.
package viewertls
