package truststore

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// A list is a certificate revocation list (RFC 5280 section 5) of one authority.
// At AWS a Connection Function would look certificates up instead (CF-MTLS-09).
type list struct {
	issuer  *x509.Certificate // who signed it, out of the Store
	from    time.Time
	until   time.Time // zero: it does not say
	serials map[string]struct{}
}

// maxList bounds a list, in bytes: half a million certificates.
const maxList = 20 << 20

// readList reads a list in DER or PEM, which must be signed by an authority of the
// Store.
func (s *Store) readList(text []byte) (*list, error) {
	if len(text) > maxList {
		return nil, fmt.Errorf("%d bytes, want at most %d", len(text), maxList)
	}
	der := text
	if block, rest := pem.Decode(text); block != nil {
		if block.Type != "X509 CRL" || len(bytes.TrimSpace(rest)) > 0 {
			return nil, fmt.Errorf("%q in its place, or more than one in the file", block.Type)
		}
		der = block.Bytes
	}
	parsed, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, err
	}
	// What is not understood may restrict what the list is about, and must not
	// be left out of account (RFC 5280 section 5.2).
	if e := critical(parsed.Extensions); e != nil {
		return nil, fmt.Errorf("it is a delta list, or one of some certificates only: critical extension %v", e)
	}
	l := &list{from: parsed.ThisUpdate, until: parsed.NextUpdate, serials: make(map[string]struct{}, len(parsed.RevokedCertificateEntries))}
	if l.issuer, err = s.issuerOf(parsed); err != nil {
		return nil, err
	}
	for i := range parsed.RevokedCertificateEntries {
		entry := &parsed.RevokedCertificateEntries[i]
		if e := critical(entry.Extensions); e != nil {
			return nil, fmt.Errorf("it lists what others have issued: critical extension %v of entry %d", e, i+1)
		}
		l.serials[string(entry.SerialNumber.Bytes())] = struct{}{}
	}
	return l, nil
}

// critical returns the first extension that must be understood, nil if there is
// none.
func critical(list []pkix.Extension) asn1.ObjectIdentifier {
	for _, e := range list {
		if e.Critical {
			return e.Id
		}
	}
	return nil
}

// issuerOf finds who signed a list. An authority may have several certificates of
// one name.
func (s *Store) issuerOf(parsed *x509.RevocationList) (*x509.Certificate, error) {
	err := errors.New("its issuer is not in the trust store")
	for _, c := range s.certificates {
		if !bytes.Equal(c.RawSubject, parsed.RawIssuer) {
			continue
		}
		if err = parsed.CheckSignatureFrom(c); err == nil {
			return c, nil
		}
	}
	return nil, fmt.Errorf("issued by %s: %w", distinguishedName(parsed.RawIssuer), err)
}

// covers reports whether the list is about certificates that an authority has
// issued.
func (l *list) covers(issuer *x509.Certificate) bool {
	return bytes.Equal(l.issuer.RawSubject, issuer.RawSubject) && bytes.Equal(l.issuer.RawSubjectPublicKeyInfo, issuer.RawSubjectPublicKeyInfo)
}

func (l *list) current(now time.Time) bool {
	return !now.Before(l.from) && (l.until.IsZero() || !now.After(l.until))
}

// checkRevocation looks a chain up, up to the certificate that is trusted because it
// is in the Store. Where an authority has several lists, being on one of them
// counts, and one that is current is enough.
func (s *Store) checkRevocation(chain []*x509.Certificate, now time.Time, outdated OutdatedCRL) *Error {
	for i, c := range chain[:len(chain)-1] {
		covered, current := false, false
		for _, l := range s.revoked {
			if !l.covers(chain[i+1]) {
				continue
			}
			if _, is := l.serials[string(c.SerialNumber.Bytes())]; is {
				return refuse(ReasonRejected, "certificate %s of %s is revoked", serialNumber(c), distinguishedName(c.RawIssuer))
			}
			covered, current = true, current || l.current(now)
		}
		if covered && !current && outdated == OutdatedCRLRefuse {
			return refuse(ReasonRejected, "the CRL of %s is not current", distinguishedName(c.RawIssuer))
		}
	}
	return nil
}

// OutdatedCRL says what becomes of viewers whose issuer's CRL is over.
type OutdatedCRL uint8

// They are refused, or the list counts as long as there is no other.
const (
	OutdatedCRLRefuse OutdatedCRL = iota
	OutdatedCRLUse
)

// String returns the word in the configuration.
func (o OutdatedCRL) String() string {
	switch o {
	case OutdatedCRLRefuse:
		return "refuse"
	case OutdatedCRLUse:
		return "use"
	}
	return fmt.Sprintf("OutdatedCRL(%d)", uint8(o))
}

// An Outdated is a list that is not current.
type Outdated struct {
	Issuer      string
	From, Until time.Time
}

// Outdated returns the lists that are not current.
func (s *Store) Outdated(now time.Time) (all []Outdated) {
	for _, l := range s.revoked {
		if !l.current(now) {
			all = append(all, Outdated{distinguishedName(l.issuer.RawSubject), l.from, l.until})
		}
	}
	return all
}
