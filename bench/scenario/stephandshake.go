package scenario

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/bench/edgetest"
)

// certificateMark is the end of the names of files that stand for a certificate:
// they have the names that it is for, and perhaps its kind of key.
const certificateMark = ".certificate"

// writeCertificate writes NAME.pem and NAME-key.pem to the folder, for hosts.
func (r *runner) writeCertificate(name string, words []string) error {
	kind := edgetest.KeyECDSA
	if i := slices.Index(words, "rsa"); i >= 0 {
		kind, words = edgetest.KeyRSA, slices.Delete(words, i, i+1)
	}
	chain, key, err := edgetest.Issue(kind, words...)
	if err != nil {
		return err
	}
	if err := r.writeFile(name+".pem", string(chain)); err != nil {
		return err
	}
	return r.writeFile(name+"-key.pem", string(key))
}

// issueStep replaces a certificate.
type issueStep struct {
	name  string
	words []string
}

func parseIssue(w *words) (action, error) {
	var s issueStep
	var err error
	if s.name, err = w.word("a certificate's name"); err != nil {
		return nil, err
	}
	for w.more() {
		word, err := w.word("a host")
		if err != nil {
			return nil, err
		}
		s.words = append(s.words, word)
	}
	return s, nil
}

func (s issueStep) run(r *runner) error { return r.writeCertificate(s.name, slices.Clone(s.words)) }

// handshakeStep makes a handshake and looks at what it settles.
type handshakeStep struct {
	offer edgetest.Offer
	again bool   // with the session of the one before
	as    string // whose certificate is shown, "" for none
	want  settled
}

// settled is what came of a handshake; what is zero is not looked at.
type settled struct {
	fails          bool
	names          []string // of the certificate
	version, suite string
	protocol       string
	resumed        bool
}

// noName stands for a viewer that asks for no name.
const noName = "-"

func parseHandshake(w *words) (action, error) {
	name, err := w.word("a name")
	if err != nil {
		return nil, err
	}
	s := handshakeStep{}
	if name != noName {
		s.offer.ServerName = name
	}
	for !w.skip("->") {
		word, err := w.word("->")
		switch version, isVersion := tlsVersions[word]; {
		case err != nil:
			return nil, err
		case isVersion:
			s.offer.Version = version
		case word == "again":
			s.again = true
		case word == "as":
			if s.as, err = w.word("AUTHORITY/VIEWER"); err != nil {
				return nil, err
			}
		case word == "h2" || word == "http/1.1":
			s.offer.Protocols = append(s.offer.Protocols, word)
		default:
			suite, found := suiteNamed(word)
			if !found {
				return nil, fmt.Errorf("got %s, want a version of TLS, a suite, h2, http/1.1 or again", word)
			}
			s.offer.Suites = append(s.offer.Suites, suite)
		}
	}
	s.want, err = parseSettled(w)
	return s, err
}

func parseSettled(w *words) (want settled, err error) {
	if w.skip("fails") {
		want.fails = true
		return want, nil
	}
	for w.more() {
		word, err := w.word("what is settled")
		if err != nil {
			return want, err
		}
		_, isVersion := tlsVersions[word]
		_, isSuite := suiteNamed(word)
		switch {
		case word == "resumed":
			want.resumed = true
		case isVersion:
			want.version = word
		case isSuite:
			want.suite = word
		case word == "h2" || word == "http/1.1":
			want.protocol = word
		case word == "certificate":
			for w.more() && isHost(w.peek().source) {
				host, err := w.word("a host")
				if err != nil {
					return want, err
				}
				want.names = append(want.names, host)
			}
		default:
			return want, fmt.Errorf("got %s, want fails, certificate, a version of TLS, a suite, h2, http/1.1 or resumed", word)
		}
	}
	return want, nil
}

// isHost reports whether a word is a host, not a version or a protocol.
func isHost(word string) bool {
	_, isVersion := tlsVersions[word]
	return strings.Contains(word, ".") && !isVersion && word != "http/1.1"
}

var tlsVersions = map[string]uint16{
	"TLSv1": tls.VersionTLS10, "TLSv1.1": tls.VersionTLS11, "TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13,
}

// suiteNamed returns the suite with Go's name, without TLS_ in front where it is
// older than TLS 1.3.
func suiteNamed(name string) (uint16, bool) {
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if s.Name == "TLS_"+name || s.Name == name {
			return s.ID, true
		}
	}
	return 0, false
}

func (s handshakeStep) run(r *runner) error {
	offer := s.offer
	var err error
	if offer.Certificate, err = r.certificateOf(s.as); err != nil {
		return err
	}
	if offer.Sessions = r.sessions; !s.again {
		offer.Sessions = tls.NewLRUClientSessionCache(1)
		r.sessions = offer.Sessions
	}
	got, err := r.edge.Handshake(r.t, offer)
	if s.want.fails {
		if err == nil {
			return fmt.Errorf("got a handshake by %s, want none", tls.VersionName(got.Version))
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	leaf := got.PeerCertificates[0]
	switch {
	case s.want.names != nil && !slices.Equal(leaf.DNSNames, s.want.names):
		return fmt.Errorf("got the certificate for %v, want %v", leaf.DNSNames, s.want.names)
	case s.want.version != "" && tlsVersions[s.want.version] != got.Version:
		return fmt.Errorf("got %s, want %s", tls.VersionName(got.Version), s.want.version)
	case s.want.protocol != "" && s.want.protocol != got.NegotiatedProtocol:
		return fmt.Errorf("got protocol %q, want %q", got.NegotiatedProtocol, s.want.protocol)
	case s.want.resumed != got.DidResume:
		return fmt.Errorf("got resumed: %t, want %t", got.DidResume, s.want.resumed)
	}
	if suite, _ := suiteNamed(s.want.suite); s.want.suite != "" && suite != got.CipherSuite {
		return fmt.Errorf("got %s, want %s", tls.CipherSuiteName(got.CipherSuite), s.want.suite)
	}
	return nil
}
