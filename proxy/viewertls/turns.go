package viewertls

import (
	"crypto"
	"crypto/tls"
	"io"
	"runtime"
)

// turns bounds how many handshakes of QUIC sign at a time, which is most of what they
// compute. Each has a goroutine of its own in quic-go, and a flood of them would keep
// everybody else from the processors (reliability T2). Handshakes over TCP take turns
// in proxy/listener, as a whole.
var turns = make(chan struct{}, 2*runtime.GOMAXPROCS(0))

// A signer signs in turn.
type signer struct{ crypto.Signer }

// Sign implements crypto.Signer.
func (s signer) Sign(random io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	turns <- struct{}{}
	defer func() { <-turns }()
	return s.Signer.Sign(random, digest, o)
}

// inTurn returns c with a key that signs in turn.
func inTurn(c tls.Certificate) tls.Certificate {
	if key, ok := c.PrivateKey.(crypto.Signer); ok {
		c.PrivateKey = signer{key}
	}
	return c
}

// signInTurn has the certificates of config sign in turn.
func signInTurn(config *tls.Config) {
	certificates := make([]tls.Certificate, len(config.Certificates))
	for i := range certificates {
		certificates[i] = inTurn(config.Certificates[i])
	}
	config.Certificates = certificates
	issue := config.GetCertificate
	if issue == nil {
		return
	}
	config.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		issued, err := issue(hello)
		if err != nil || issued == nil {
			return issued, err
		}
		c := inTurn(*issued)
		return &c, nil
	}
}
