package viewertls

import (
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"slices"

	"github.com/groundfront/groundfront/proxy/truststore"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// An answer is how viewers of a name are answered.
type answer struct {
	identities []identity // ECDSA before RSA
	viewers    *truststore.Policy
}

// An identity is a certificate with a tls.Config for everything that may be
// negotiated with it.
type identity struct {
	certificate *Certificate
	served      *viewer.ServedCertificate
	offered     variant     // all protocols
	reduced     variant     // HTTP/1.1, if that is offered
	packets     *tls.Config // HTTP/3; nil if that is not offered
}

// A variant are the configurations for a set of protocols.
type variant struct {
	modern  *tls.Config   // TLS 1.3, and what cannot be negotiated at all
	bySuite []*tls.Config // by index in suites; nil where the policy has none
}

// noIdentity refuses a handshake: crypto/tls says unrecognized_name.
var noIdentity = &tls.Config{MinVersion: tls.VersionTLS12}

// choose returns what fits a viewer best: the first suite of CloudFront's order
// that both sides know (CF-TLS-30). Where there is none, crypto/tls finds that
// out (CF-TLS-34).
func (a *answer) choose(hello *tls.ClientHelloInfo, http2 bool) Choice {
	if len(a.identities) == 0 {
		return Choice{Config: noIdentity}
	}
	version, modern := oldVersion(hello)
	if modern {
		id := a.understoodBy(hello)
		return a.with(id, id.variant(http2).modern)
	}
	for i := range a.identities {
		id := &a.identities[i]
		if i+1 < len(a.identities) && !id.certificate.understoodByOld(hello) {
			continue
		}
		v := id.variant(http2 && version >= tls.VersionTLS12) // CF-DIST-14
		for j, config := range v.bySuite {
			if config != nil && suites[j].offeredBy(hello, version) {
				return a.with(id, config)
			}
		}
	}
	id := &a.identities[0]
	return a.with(id, id.reduced.modern)
}

func (a *answer) with(id *identity, config *tls.Config) Choice {
	return Choice{config, id.served, a.viewers}
}

// choosePackets is choose for QUIC, which has TLS 1.3 only.
func (a *answer) choosePackets(hello *tls.ClientHelloInfo) Choice {
	if len(a.identities) == 0 {
		return Choice{Config: noIdentity}
	}
	id := a.understoodBy(hello)
	if id.packets == nil {
		return Choice{Config: noIdentity}
	}
	return a.with(id, id.packets)
}

// understoodBy returns what a viewer with TLS 1.3 can check, or the last.
func (a *answer) understoodBy(hello *tls.ClientHelloInfo) *identity {
	last := len(a.identities) - 1
	for i := range last {
		if a.identities[i].certificate.understoodBy(hello) {
			return &a.identities[i]
		}
	}
	return &a.identities[last]
}

func (id *identity) variant(all bool) *variant {
	if all {
		return &id.offered
	}
	return &id.reduced
}

// A maker makes answers; those with the default certificate, and with that of
// another distribution, are shared.
type maker struct {
	*Options
	shared map[recipe]*answer
}

// A recipe is what shared answers differ by.
type recipe struct {
	policy    Policy
	protocols Protocols
	lender    *distribution // nil for the default certificate
}

func newMaker(o *Options) *maker { return &maker{Options: o, shared: make(map[recipe]*answer)} }

// offered returns what viewers of a distribution may use.
func (m *maker) offered(d *Distribution) Protocols {
	offered := m.Protocols & (d.Protocols | HTTP1)
	if offered&^HTTP3 == 0 { // a socket for HTTP/2 alone
		offered |= m.Protocols &^ HTTP3
	}
	return offered
}

func (m *maker) distribution(d *Distribution) *distribution {
	made := &distribution{certificates: d.Certificates}
	policy, offered := d.Policy, m.offered(d)
	if len(d.Certificates) > 0 {
		made.own = m.answer(d.Certificates, policy, offered, d.Viewers)
		policy = m.DefaultPolicy
	}
	if d.Viewers == nil {
		made.byDefault = m.byDefault(policy, offered)
	} else {
		made.byDefault = m.answer(m.defaults(), policy, offered, d.Viewers)
	}
	return made
}

// byDefault returns the answer with the default certificate.
func (m *maker) byDefault(policy Policy, offered Protocols) *answer {
	return m.share(recipe{policy.known(), offered, nil}, m.defaults())
}

// lent returns the answer for d with the certificates of another distribution.
func (m *maker) lent(lender *distribution, d *Distribution) *answer {
	if d.Viewers != nil {
		return m.answer(lender.certificates, d.Policy, m.offered(d), d.Viewers)
	}
	return m.share(recipe{d.Policy.known(), m.offered(d), lender}, lender.certificates)
}

func (m *maker) share(r recipe, certificates []*Certificate) *answer {
	if m.shared[r] == nil {
		m.shared[r] = m.answer(certificates, r.policy, r.protocols, nil)
	}
	return m.shared[r]
}

func (m *maker) defaults() []*Certificate {
	if m.Default == nil {
		return nil
	}
	return []*Certificate{m.Default}
}

func (m *maker) answer(certificates []*Certificate, policy Policy, offered Protocols, viewers *truststore.Policy) *answer {
	certificates = slices.Clone(certificates)
	slices.SortStableFunc(certificates, func(a, b *Certificate) int { return cmp.Compare(a.key, b.key) })
	packets := offered&HTTP3 != 0
	offered &^= HTTP3
	reduced := offered
	if offered&HTTP1 != 0 {
		reduced &^= HTTP2
	}
	made := &answer{viewers: viewers}
	for _, c := range certificates {
		served := c.served
		served.Default = c == m.Default
		id := identity{certificate: c, served: &served, offered: m.variant(c, policy, offered, viewers)}
		if packets {
			id.packets = id.offered.modern.Clone()
			id.packets.MinVersion, id.packets.NextProtos = tls.VersionTLS13, HTTP3.alpn()
			signInTurn(id.packets)
		}
		if id.reduced = id.offered; reduced != offered {
			id.reduced = m.variant(c, policy, reduced, viewers)
		}
		made.identities = append(made.identities, id)
	}
	return made
}

func (m *maker) variant(c *Certificate, policy Policy, offered Protocols, viewers *truststore.Policy) variant {
	base := &tls.Config{
		MinVersion: policy.minVersion(), CipherSuites: policy.cipherSuites(), CurvePreferences: curves,
		NextProtos: offered.alpn(),
		// Records of the largest size cost the least, and what is sent here is
		// mostly at hand as a whole.
		DynamicRecordSizingDisabled: true,
	}
	if c.issue != nil {
		base.GetCertificate = c.issue
	} else {
		base.Certificates = []tls.Certificate{c.ready}
	}
	if m.Tickets == nil {
		base.SessionTicketsDisabled = true
	} else {
		m.Tickets.keep(base, sessionBinding(c, policy))
	}
	if viewers != nil {
		viewers.Demand(base)
	}
	v := variant{modern: base, bySuite: make([]*tls.Config, len(suites))}
	for i := range suites {
		if suites[i].key == c.key && policy.has(&suites[i]) {
			v.bySuite[i] = base.Clone()
			v.bySuite[i].CipherSuites = []uint16{suites[i].id}
		}
	}
	return v
}

// sessionBinding says what a session was made with: no other certificate and no
// other policy resumes it.
func sessionBinding(c *Certificate, policy Policy) [sha256.Size]byte {
	return sha256.Sum256(append(c.binding[:], "groundfront session 1 "+policy.String()...))
}
