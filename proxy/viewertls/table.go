package viewertls

import (
	"cmp"
	"crypto/tls"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/proxy/truststore"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A Distribution is what a Table knows of one.
type Distribution struct {
	// Names are its alternate domain names and its own, in lower case, with "*."
	// where they begin so (CF-DIST-05).
	Names []string
	// Certificates are its own, of which a viewer gets the first that it
	// understands, ECDSA before RSA; none leaves it to the default certificate.
	Certificates []*Certificate
	Policy       Policy
	// Protocols are those that viewers may use besides HTTP/1.1 (CF-DIST-13).
	Protocols Protocols
	// NoName gives viewers that ask for no name this distribution's answer (vip,
	// CF-SNI-01).
	NoName bool
	// Viewers is what is asked of viewers' own certificates; nil asks for none.
	Viewers *truststore.Policy
}

// Options are what a Table is made of.
type Options struct {
	Distributions []Distribution
	// Default is shown where no distribution's certificate covers the name that a
	// viewer asks for, or it asks for none. With nil such a handshake fails
	// (CF-SNI-01).
	Default *Certificate
	// DefaultPolicy is for names that no distribution has.
	DefaultPolicy Policy
	// Protocols are those of the socket.
	Protocols Protocols
	// HTTP2WithoutName offers HTTP/2 also to viewers that ask for no name, to whom
	// CloudFront does not (CF-DIST-14).
	HTTP2WithoutName bool
	// Tickets keeps sessions; nil resumes none.
	Tickets *Tickets
}

// A Table answers the handshakes of one socket.
type Table struct {
	exact    map[string]*distribution
	wildcard []wildcard // longest first
	unknown  *answer    // names that no distribution has
	noName   *answer    // no name at all
	anyName  bool       // HTTP/2 is for viewers without a name too
}

// A distribution has one answer or two, of which byDefault is for names that its
// own certificates do not cover. Of those, lent is for the ones that a certificate of
// another distribution with a less specific alias covers, by that distribution.
type distribution struct {
	own          *answer // nil without certificates of its own
	byDefault    *answer
	lent         map[*distribution]*answer
	certificates []*Certificate
}

type wildcard struct {
	suffix string // ".example.com"
	*distribution
}

// A Choice is what a handshake is answered with.
type Choice struct {
	// Config is ready, and not to be changed.
	Config *tls.Config
	// Served says for which hosts the certificate is good; nil if there is none.
	Served *viewer.ServedCertificate
	// Viewers is what Config asks of the viewer's own certificate; nil if it asks
	// for none.
	Viewers *truststore.Policy
}

// New makes a Table.
func New(o Options) *Table {
	m := newMaker(&o)
	t := &Table{
		exact: make(map[string]*distribution), anyName: o.HTTP2WithoutName,
		unknown: m.byDefault(o.DefaultPolicy, o.Protocols&^HTTP3),
	}
	all := make([]*distribution, len(o.Distributions))
	for i := range o.Distributions {
		d := &o.Distributions[i]
		made := m.distribution(d)
		all[i] = made
		if d.NoName {
			t.noName = cmp.Or(made.own, made.byDefault)
		}
		for _, name := range d.Names {
			if suffix, isWildcard := strings.CutPrefix(name, "*"); isWildcard {
				t.wildcard = append(t.wildcard, wildcard{suffix, made})
			} else {
				t.exact[name] = made
			}
		}
	}
	t.noName = cmp.Or(t.noName, t.unknown)
	slices.SortStableFunc(t.wildcard, func(a, b wildcard) int { return cmp.Compare(len(b.suffix), len(a.suffix)) })
	for i, d := range all {
		t.lend(m, &o.Distributions[i], d)
	}
	return t
}

// lend makes the answers for names of a distribution that certificates of others may
// cover: what is negotiated, and what is asked of viewers, is its own.
func (t *Table) lend(m *maker, d *Distribution, to *distribution) {
	for _, name := range d.Names {
		if to.covers(name) && !strings.HasPrefix(name, "*") { // by a star, longer names are not
			continue
		}
		for i := range t.wildcard {
			w := &t.wildcard[i]
			if w.own == nil || w.distribution == to || to.lent[w.distribution] != nil || !w.has(strings.TrimPrefix(name, "*")) {
				continue
			}
			if to.lent == nil {
				to.lent = make(map[*distribution]*answer)
			}
			to.lent[w.distribution] = m.lent(w.distribution, d)
		}
	}
}

// has reports whether the alias is one for name.
func (w *wildcard) has(name string) bool {
	return len(name) > len(w.suffix) && strings.HasSuffix(name, w.suffix)
}

// Choose returns the answer to a handshake: by the name that the viewer asks
// for, that of the distribution whose alias and whose certificate cover it, the
// most specific alias first (CF-DIST-06, CF-DIST-08). One that is less specific
// lends its certificate and nothing else. A nil Table answers none.
func (t *Table) Choose(hello *tls.ClientHelloInfo) Choice {
	if t == nil {
		return Choice{Config: noIdentity}
	}
	return t.answer(hello.ServerName).choose(hello, hello.ServerName != "" || t.anyName)
}

// ChoosePackets is Choose for a handshake of QUIC. It fails where the viewer asks
// for no name (CF-DIST-14), or for one whose distribution has no HTTP/3.
func (t *Table) ChoosePackets(hello *tls.ClientHelloInfo) Choice {
	if t == nil || hello.ServerName == "" {
		return Choice{Config: noIdentity}
	}
	return t.answer(hello.ServerName).choosePackets(hello)
}

// answer returns the answer for a name.
func (t *Table) answer(name string) *answer {
	if name == "" {
		return t.noName
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	var uncovered *distribution // the most specific one
	if d := t.exact[name]; d != nil {
		if d.covers(name) {
			return d.own
		}
		uncovered = d
	}
	for i := range t.wildcard {
		w := &t.wildcard[i]
		if !w.has(name) {
			continue
		}
		if w.covers(name) {
			if uncovered != nil && uncovered != w.distribution {
				return cmp.Or(uncovered.lent[w.distribution], uncovered.byDefault)
			}
			return w.own
		}
		uncovered = cmp.Or(uncovered, w.distribution)
	}
	if uncovered != nil {
		return uncovered.byDefault
	}
	return t.unknown
}

// covers reports whether the distribution has a certificate for name.
func (d *distribution) covers(name string) bool {
	return d.own != nil && slices.ContainsFunc(d.own.identities, func(id identity) bool { return id.certificate.Covers(name) })
}
