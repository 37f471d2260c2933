package truststore

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/truststore/truststoretest"
)

var now = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func newStore(t testing.TB, bundle []byte, lists ...[]byte) *Store {
	t.Helper()
	s, err := New("partners", bundle, lists...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newPolicy(t testing.TB, o Options, bundle []byte, lists ...[]byte) *Policy {
	t.Helper()
	o.Store, o.Now = newStore(t, bundle, lists...), func() time.Time { return now }
	return NewPolicy(o)
}

func reason(err *Error) Reason {
	if err == nil {
		return ReasonNone
	}
	return err.Reason
}

func within(from, to time.Time) truststoretest.Change {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = from, to }
}

func usage(u x509.KeyUsage, extended ...x509.ExtKeyUsage) truststoretest.Change {
	return func(c *x509.Certificate) { c.KeyUsage, c.ExtKeyUsage = u, extended }
}

// TestVerify is CF-MTLS-01, -03 and -04: what a viewer may present, and by which
// of CloudFront's words it is refused (CF-CLOG-02).
func TestVerify(t *testing.T) {
	ca := truststoretest.New("Partners", now)
	old := truststoretest.New("Old", now, within(now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0)))
	bundle := append(ca.PEM(), old.PEM()...)
	second := ca.Under("Second")
	third := second.Under("Third")
	fourth := third.Under("Fourth")
	p521, _ := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	_, edwards, _ := ed25519.GenerateKey(rand.Reader)
	weak, _ := rsa.GenerateKey(rand.Reader, 2047)
	strong, _ := rsa.GenerateKey(rand.Reader, 2048)
	over, soon := within(now.AddDate(-1, 0, 0), now.Add(-time.Second)), within(now.Add(time.Second), now.AddDate(1, 0, 0))
	large := func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: make([]byte, maxCertificate)}}
	}
	unknown := func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
	}
	type presented = []*x509.Certificate
	leaf := func(a *truststoretest.Authority, changes ...truststoretest.Change) presented {
		return truststoretest.Parsed(a.Issue("viewer", 7, changes...))
	}
	for _, tt := range []struct {
		name  string
		o     Options
		chain presented
		want  Reason
	}{
		{"good", Options{}, leaf(ca), ReasonNone},
		{"RSA", Options{}, truststoretest.Parsed(ca.IssueFor(strong, "viewer", 7)), ReasonNone},
		{"none, required", Options{}, nil, ReasonMissing},
		{"none, optional", Options{Mode: ModeOptional}, nil, ReasonNone},
		{"of another authority", Options{}, leaf(truststoretest.New("Partners", now)), ReasonUntrusted},
		{"of another authority, optional", Options{Mode: ModeOptional}, leaf(truststoretest.New("Other", now)), ReasonUntrusted},
		{"four certificates", Options{}, leaf(third), ReasonNone},
		{"five up to the trust store", Options{}, leaf(fourth), ReasonMaxChainDepthExceeded},
		{"five are sent", Options{}, append(leaf(ca), ca.Certificate, ca.Certificate, ca.Certificate, ca.Certificate), ReasonMaxChainDepthExceeded},
		{"one between is missing", Options{}, leaf(third)[:2], ReasonUntrusted},
		{"over", Options{}, leaf(ca, over), ReasonExpired},
		{"over, which is ignored", Options{IgnoreExpiry: true}, leaf(ca, over), ReasonNone},
		{"not yet", Options{}, leaf(ca, soon), ReasonNotYetValid},
		{"not yet, which is not", Options{IgnoreExpiry: true}, leaf(ca, soon), ReasonNotYetValid},
		{"its authority is over", Options{}, leaf(old), ReasonExpired},
		{"its authority is over, which is ignored", Options{IgnoreExpiry: true}, leaf(old), ReasonNone},
		{"over and of another authority", Options{IgnoreExpiry: true}, leaf(truststoretest.New("Old", now), over), ReasonUntrusted},
		{"for servers", Options{}, leaf(ca, usage(x509.KeyUsageDigitalSignature, x509.ExtKeyUsageServerAuth)), ReasonIntentInvalid},
		{"for anything", Options{}, leaf(ca, usage(0)), ReasonNone},
		{"not to sign", Options{}, leaf(ca, usage(x509.KeyUsageKeyEncipherment, x509.ExtKeyUsageClientAuth)), ReasonIntentInvalid},
		{"too large", Options{}, leaf(ca, large), ReasonMaxSizeExceeded},
		{"an extension that nobody knows", Options{}, leaf(ca, unknown), ReasonInvalid},
		{"P-521", Options{}, truststoretest.Parsed(ca.IssueFor(p521, "viewer", 7)), ReasonTypeUnsupported},
		{"Ed25519", Options{}, truststoretest.Parsed(ca.IssueFor(edwards, "viewer", 7)), ReasonTypeUnsupported},
		{"RSA of 2047 bits", Options{}, truststoretest.Parsed(ca.IssueFor(weak, "viewer", 7)), ReasonTypeUnsupported},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := newPolicy(t, tt.o, bundle).Verify(tt.chain)
			if reason(err) != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	// An authority between viewer and root may be the one that is trusted.
	if err := newPolicy(t, Options{}, second.PEM()).Verify(leaf(second)[:1]); err != nil {
		t.Errorf("an intermediate in the trust store: got %v, want no error", err)
	}
	if err := newPolicy(t, Options{}, second.PEM()).Verify(leaf(ca)); reason(err) != ReasonUntrusted {
		t.Errorf("the root is not in the trust store: got %v, want %q", err, ReasonUntrusted)
	}
}

// TestRevocation is an addition to CF-MTLS-09, where a Connection Function would be
// needed.
func TestRevocation(t *testing.T) {
	ca := truststoretest.New("Partners", now)
	second := ca.Under("Second", func(c *x509.Certificate) { c.SerialNumber = big.NewInt(2) })
	later, before := now.AddDate(0, 0, 1), now.Add(-time.Minute)
	chain := func(a *truststoretest.Authority, serial int64) []*x509.Certificate {
		return truststoretest.Parsed(a.Issue("viewer", serial))
	}
	inPEM := func(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}) }
	use := Options{OutdatedCRL: OutdatedCRLUse}
	for _, tt := range []struct {
		name  string
		o     Options
		lists [][]byte
		chain []*x509.Certificate
		want  Reason
	}{
		{"not on it", Options{}, [][]byte{ca.CRL(later, 8)}, chain(ca, 7), ReasonNone},
		{"on it", Options{}, [][]byte{ca.CRL(later, 8, 7)}, chain(ca, 7), ReasonRejected},
		{"on it, in PEM", Options{}, [][]byte{inPEM(ca.CRL(later, 7))}, chain(ca, 7), ReasonRejected},
		{"on the other", Options{}, [][]byte{ca.CRL(later), ca.CRL(later, 7)}, chain(ca, 7), ReasonRejected},
		{"optional", Options{Mode: ModeOptional}, [][]byte{ca.CRL(later, 7)}, chain(ca, 7), ReasonRejected},
		{"the number of another authority", Options{}, [][]byte{ca.CRL(later, 7)}, chain(second, 7), ReasonNone},
		{"the authority between", Options{}, [][]byte{ca.CRL(later, 2)}, chain(second, 7), ReasonRejected},
		{"not current", Options{}, [][]byte{ca.CRL(before, 8)}, chain(ca, 7), ReasonRejected},
		{"not current, used", use, [][]byte{ca.CRL(before, 8)}, chain(ca, 7), ReasonNone},
		{"not current, used, on it", use, [][]byte{ca.CRL(before, 7)}, chain(ca, 7), ReasonRejected},
		{"not current beside one that is", Options{}, [][]byte{ca.CRL(before, 8), ca.CRL(later, 8)}, chain(ca, 7), ReasonNone},
		{"on the one that is not current", Options{}, [][]byte{ca.CRL(before, 7), ca.CRL(later, 8)}, chain(ca, 7), ReasonRejected},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := newPolicy(t, tt.o, ca.PEM(), tt.lists...).Verify(tt.chain); reason(err) != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	s := newStore(t, ca.PEM(), ca.CRL(before), ca.CRL(later))
	if got := s.Outdated(now); len(got) != 1 || got[0].Issuer != "CN=Partners" || !got[0].Until.Equal(before) {
		t.Errorf("outdated: got %+v, want one of CN=Partners until %v", got, before)
	}
}

// TestBundle is CF-MTLS-03 and CF-QUO-25.
func TestBundle(t *testing.T) {
	ca := truststoretest.New("Partners", now)
	many := func(n int) []byte {
		var b []byte
		for range n {
			b = append(b, truststoretest.New("One of many", now).PEM()...)
		}
		return b
	}
	issued := ca.Issue("viewer", 7)
	leaf := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: issued.Certificate[0]})
	noSigning := truststoretest.New("X", now, usage(x509.KeyUsageCRLSign))
	other := truststoretest.New("Partners", now)
	cross := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	delta := mustCRL(t, ca, &x509.RevocationList{ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}})
	indirect := mustCRL(t, ca, &x509.RevocationList{RevokedCertificateEntries: []x509.RevocationListEntry{{
		SerialNumber: big.NewInt(1), RevocationTime: now, ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: []byte{48, 0}}},
	}}})
	for _, tt := range []struct {
		name   string
		bundle []byte
		lists  [][]byte
		want   string // "" for none
	}{
		{"one", ca.PEM(), nil, ""},
		{"comments and blanks", []byte("# ours\n\n" + string(ca.PEM()) + "# theirs\r\n" + string(many(1)) + "\n# end\n"), nil, ""},
		{"25", many(25), nil, ""},
		{"26", many(26), nil, "26 certificates, want at most 25 (CF-MTLS-03, CF-QUO-25)"},
		{"none", []byte("# nothing\n"), nil, "there is no certificate"},
		{"empty", nil, nil, "there is no certificate"},
		{"64 KiB and a byte", append(ca.PEM(), []byte("#"+strings.Repeat("x", maxBundle))...), nil, "want at most 65536 (CF-MTLS-03)"},
		{"something else", append(ca.PEM(), "hello\n"...), nil, `after certificate 1: "hello" is neither`},
		{"a key", cross("EC PRIVATE KEY", []byte{48, 0}), nil, `certificate 1: "EC PRIVATE KEY" in its place`},
		{"damaged", append(ca.PEM(), ca.PEM()[:100]...), nil, "certificate 2: its PEM is damaged"},
		{"not DER", cross("CERTIFICATE", []byte("x")), nil, "certificate 1: x509: malformed"},
		{"twice", append(ca.PEM(), ca.PEM()...), nil, "certificate 2: it is there twice"},
		{"a viewer's", leaf, nil, "it is not that of a certification authority"},
		{"may not sign", noSigning.PEM(), nil, "keyUsage lacks keyCertSign"},
		{"a list of another", ca.PEM(), [][]byte{ca.CRL(now), other.CRL(now)}, "CRL 2: issued by CN=Partners: "},
		{"a list of nobody", ca.PEM(), [][]byte{truststoretest.New("Nobody", now).CRL(now)}, "CRL 1: issued by CN=Nobody: its issuer is not in the trust store"},
		{"a certificate as a list", ca.PEM(), [][]byte{ca.PEM()}, `CRL 1: "CERTIFICATE" in its place`},
		{"two lists in a file", ca.PEM(), [][]byte{bytes.Repeat(cross("X509 CRL", ca.CRL(now)), 2)}, "more than one in the file"},
		{"no list", ca.PEM(), [][]byte{[]byte("x")}, "CRL 1: x509: malformed"},
		{"a delta list", ca.PEM(), [][]byte{delta}, "CRL 1: it is a delta list, or one of some certificates only: critical extension 2.5.29.27"},
		{"an indirect list", ca.PEM(), [][]byte{indirect}, "CRL 1: it lists what others have issued: critical extension 2.5.29.29 of entry 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New("partners", tt.bundle, tt.lists...)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func mustCRL(t *testing.T, a *truststoretest.Authority, list *x509.RevocationList) []byte {
	t.Helper()
	list.Number, list.ThisUpdate, list.NextUpdate = big.NewInt(1), now, now
	der, err := x509.CreateRevocationList(rand.Reader, list, a.Certificate, a.Key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestCertificate is CF-MTLS-06.
func TestCertificate(t *testing.T) {
	ca := truststoretest.New("Partners, Ltd.", now)
	issued := ca.Issue("viewer", 0x4a3f5c, func(c *x509.Certificate) {
		c.Subject = pkix.Name{Country: []string{"DE"}, Organization: []string{"Müller + Söhne"}, CommonName: "shop\r\nX-Admin: 1"}
	})
	c := newPolicy(t, Options{}, ca.PEM()).Peer(truststoretest.Parsed(issued)).Certificate
	for _, tt := range []struct{ name, got, want string }{
		{"serial number", c.SerialNumber(), "4a:3f:5c"},
		{"issuer", c.Issuer(), `CN=Partners\, Ltd.`},
		{"subject", c.Subject(), `CN=shop\0D\0AX-Admin: 1,O=M\C3\BCller \+ S\C3\B6hne,C=DE`},
		{"validity", c.Validity(), "NotBefore=2026-06-30T12:00:00Z;NotAfter=2027-07-01T12:00:00Z"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
	if got := c.SHA256(); len(got) != 64 || strings.Trim(got, "0123456789abcdef") != "" {
		t.Errorf("SHA-256: got %q, want 64 digits in lower case", got)
	}
	text := c.PEM()
	if !strings.HasPrefix(text, "-----BEGIN%20CERTIFICATE-----%0A") || !strings.HasSuffix(text, "%0A-----END%20CERTIFICATE-----%0A") || strings.ContainsAny(text, "+/= \n") {
		t.Errorf("PEM: got %q, want it percent-encoded", text)
	}
	if got := serialNumber(&x509.Certificate{SerialNumber: big.NewInt(0)}); got != "00" {
		t.Errorf("serial number 0: got %q, want 00", got)
	}
}

// TestDistinguishedName is RFC 2253.
func TestDistinguishedName(t *testing.T) {
	word := func(oid asn1.ObjectIdentifier, tag int, value string) attribute {
		return attribute{oid, asn1.RawValue{Tag: tag, Bytes: []byte(value)}}
	}
	cn, dc, mail := asn1.ObjectIdentifier{2, 5, 4, 3}, asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
	const utf8String, ia5, bmp, t61 = 12, 22, 30, 20
	for _, tt := range []struct {
		in   [][]attribute
		want string
	}{
		{nil, ""},
		{[][]attribute{{word(dc, ia5, "test")}, {word(dc, ia5, "shop")}, {word(cn, utf8String, "a")}}, "CN=a,DC=shop,DC=test"},
		{[][]attribute{{word(cn, utf8String, "a"), word(dc, ia5, "b")}}, "CN=a+DC=b"},
		{[][]attribute{{word(cn, utf8String, ` #a"\<>; `)}}, `CN=\ #a\"\\\<\>\;\ `},
		{[][]attribute{{word(cn, utf8String, `#a`)}}, `CN=\#a`},
		{[][]attribute{{word(cn, utf8String, ``)}}, `CN=`},
		{[][]attribute{{word(cn, utf8String, ` `)}}, `CN=\ `},
		{[][]attribute{{word(cn, bmp, "\x00h\x00i\x20\xac")}}, `CN=hi\E2\82\AC`},
		{[][]attribute{{word(cn, t61, "hi")}}, `CN=#14026869`},
		{[][]attribute{{word(cn, utf8String, "\xff")}}, `CN=#0c01ff`},
		{[][]attribute{{word(mail, ia5, "a@b")}}, `1.2.840.113549.1.9.1=#1603614062`},
	} {
		if got := distinguishedName(encodeName(t, tt.in)); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func encodeName(t *testing.T, name [][]attribute) []byte {
	t.Helper()
	var sets []asn1.RawValue
	for _, set := range name {
		var content []byte
		for _, a := range set {
			der, err := asn1.Marshal(a)
			if err != nil {
				t.Fatal(err)
			}
			content = append(content, der...)
		}
		sets = append(sets, asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: content})
	}
	der, err := asn1.Marshal(sets)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestAccepts is about requests whose Host and whose handshake's server name are of
// two distributions, and about connections that outlive a reload (CF-DIST-10).
func TestAccepts(t *testing.T) {
	ca, other := truststoretest.New("Partners", now), truststoretest.New("Other", now)
	chain := truststoretest.Parsed(ca.Issue("viewer", 7))
	p := newPolicy(t, Options{}, ca.PEM())
	later := now.AddDate(0, 0, 1)
	for _, tt := range []struct {
		name     string
		of       *Policy // what is asked
		peer     *Peer
		another  bool // distribution
		reloaded bool // distribution
	}{
		{"the handshake's own", p, p.Peer(chain), true, true},
		{"no certificate was asked for", p, nil, false, false},
		{"the same store and rules", newPolicy(t, Options{}, ca.PEM()), p.Peer(chain), true, true},
		{"another store that has the issuer too", newPolicy(t, Options{}, append(other.PEM(), ca.PEM()...)), p.Peer(chain), false, true},
		{"another store", newPolicy(t, Options{}, other.PEM()), p.Peer(chain), false, false},
		{"revoked", newPolicy(t, Options{}, ca.PEM(), ca.CRL(later, 7)), p.Peer(chain), false, false},
		{"not revoked", newPolicy(t, Options{}, ca.PEM(), ca.CRL(later, 8)), p.Peer(chain), false, true},
		{"expiry is ignored", newPolicy(t, Options{IgnoreExpiry: true}, ca.PEM()), p.Peer(chain), false, true},
		{"none where it is required", p, newPolicy(t, Options{Mode: ModeOptional}, ca.PEM()).Peer(nil), false, false},
		{"none where it is optional", newPolicy(t, Options{Mode: ModeOptional}, ca.PEM()), newPolicy(t, Options{Mode: ModeOptional}, ca.PEM()).Peer(nil), true, true},
		{"none where it is optional for others", newPolicy(t, Options{Mode: ModeOptional}, other.PEM()), newPolicy(t, Options{Mode: ModeOptional}, ca.PEM()).Peer(nil), false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.of.Accepts(tt.peer, false); got != tt.another {
				t.Errorf("of another distribution: got %v, want %v", got, tt.another)
			}
			for range 2 { // what was found out is remembered
				if got := tt.of.Accepts(tt.peer, true); got != tt.reloaded {
					t.Errorf("after a reload: got %v, want %v", got, tt.reloaded)
				}
			}
			if tt.reloaded && tt.peer.Certificate != nil && !tt.of.Accepts(tt.peer, true) {
				t.Errorf("the third time: got false, want true")
			}
		})
	}
}

// TestDemand is CF-MTLS-04, -05 and -10 over crypto/tls.
func TestDemand(t *testing.T) {
	ca := truststoretest.New("Partners", now)
	for _, advertise := range []bool{true, false} {
		config := new(tls.Config)
		newPolicy(t, Options{AdvertiseNames: advertise}, ca.PEM()).Demand(config)
		if !config.SessionTicketsDisabled || config.ClientAuth != tls.RequireAnyClientCert || (config.ClientCAs != nil) != advertise {
			t.Errorf("advertise %v: got tickets disabled %v, %v, authorities %v", advertise, config.SessionTicketsDisabled, config.ClientAuth, config.ClientCAs)
		}
		if err := config.VerifyConnection(tls.ConnectionState{}); err == nil {
			t.Error("without a certificate: got no error")
		}
		if err := config.VerifyConnection(tls.ConnectionState{PeerCertificates: truststoretest.Parsed(ca.Issue("viewer", 7))}); err != nil {
			t.Errorf("with a certificate: got %v, want no error", err)
		}
	}
	config := new(tls.Config)
	newPolicy(t, Options{Mode: ModeOptional}, ca.PEM()).Demand(config)
	if config.ClientAuth != tls.RequestClientCert {
		t.Errorf("optional: got %v, want %v", config.ClientAuth, tls.RequestClientCert)
	}
}

func TestNames(t *testing.T) {
	for _, r := range Reasons() {
		if r.String() == "" || strings.HasPrefix(r.String(), "Reason(") {
			t.Errorf("reason %d has no name", r)
		}
	}
	if len(Reasons()) != 14 || ModeOptional.String() != "optional" || ModeRequired.String() != "required" ||
		OutdatedCRLRefuse.String() != "refuse" || OutdatedCRLUse.String() != "use" {
		t.Errorf("got %v, %v, %v, %v, %v", Reasons(), ModeRequired, ModeOptional, OutdatedCRLRefuse, OutdatedCRLUse)
	}
}

// FuzzDistinguishedName: whatever is in a certificate, what becomes a field's value
// is printable ASCII.
func FuzzDistinguishedName(f *testing.F) {
	ca := truststoretest.New("a, b\n", now)
	f.Add(ca.Certificate.RawSubject)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, der []byte) {
		for _, c := range []byte(distinguishedName(der)) {
			if c < ' ' || c > '~' {
				t.Fatalf("%x: got %q, want printable ASCII", der, distinguishedName(der))
			}
		}
	})
}

// FuzzBundle: what is read is what would be printed.
func FuzzBundle(f *testing.F) {
	ca := truststoretest.New("a", now)
	f.Add(ca.PEM())
	f.Add([]byte("# comment\n\n" + string(ca.PEM()) + "# end"))
	f.Fuzz(func(t *testing.T, bundle []byte) {
		s, err := New("a", bundle)
		if err != nil {
			return
		}
		var printed []byte
		for _, c := range s.certificates {
			printed = append(printed, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
		}
		again, err := New("a", printed)
		if err != nil && len(printed) <= maxBundle || err == nil && again.digest != s.digest {
			t.Fatalf("%q: got %v for what it says, want the same store", bundle, err)
		}
	})
}

// BenchmarkVerify is what a handshake costs beside TLS: a chain of three, and a list
// of 100,000.
func BenchmarkVerify(b *testing.B) {
	ca := truststoretest.New("Partners", now)
	serials := make([]int64, 100_000)
	for i := range serials {
		serials[i] = int64(i + 100)
	}
	p := newPolicy(b, Options{}, ca.PEM(), ca.CRL(now.AddDate(0, 0, 1), serials...))
	chain := truststoretest.Parsed(ca.Under("Second").Issue("viewer", 7))
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Verify(chain); err != nil {
			b.Fatal(err)
		}
	}
}
