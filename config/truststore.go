package config

// TrustStore is AWS's TrustStore: certification authorities whose certificates
// viewers may have, to which viewer_mtls_config refers.
type TrustStore struct {
	// Name is the local name; AWS's Id.
	Name string `config:"name,key"`

	// CABundle is a file with the certificates of the authorities in PEM, roots and
	// others, all of which are trusted: 1 to 25, at most 64KiB, with comments that
	// begin with # (CF-MTLS-03, CF-QUO-25). Keys are RSA of 2048, 3072 or 4096 bits,
	// or ECDSA on P-256 or P-384. A relative path is relative to where groundfront
	// runs. It is read at the start and with each reload; at AWS it is an object in
	// S3.
	CABundle string `config:"ca_bundle,required"`

	// CRL are files with what the authorities have revoked, each a complete
	// certificate revocation list in PEM or DER that one of them has signed, at
	// most 20MiB. Read as CABundle is. At most 25. Default none: nothing is looked
	// up. Not at AWS, where a Connection Function would look certificates up
	// (CF-MTLS-09).
	CRL []string `config:"crl" aws:"-"`

	// OutdatedCRL says what becomes of certificates whose issuer has lists in CRL of
	// which none is current: refuse, or use what the lists say. Default refuse.
	OutdatedCRL OutdatedCRL `config:"outdated_crl" default:"refuse" aws:"-"`
}

// OutdatedCRL says what a revocation list counts when it is over.
type OutdatedCRL string

// With refuse an authority that stops publishing locks its viewers out; with use
// what it has revoked since is accepted.
const (
	OutdatedCRLRefuse OutdatedCRL = "refuse"
	OutdatedCRLUse    OutdatedCRL = "use"
)

func (OutdatedCRL) values() []string { return []string{"refuse", "use"} }

// ViewerMTLSConfig asks viewers for a certificate. AWS's ViewerMtlsConfig. Every
// behavior is redirect-to-https or https-only (CF-VPP-12), and there is no HTTP/3
// (CF-MTLS-02).
type ViewerMTLSConfig struct {
	// Mode says whether a viewer without a certificate is refused; one that is
	// presented must be good in any case (CF-MTLS-01).
	Mode ViewerMTLSMode `config:"mode,required"`

	// TrustStoreConfig says who is trusted.
	TrustStoreConfig TrustStoreConfig `config:"trust_store_config,required"`

	// ConnectionLog records each handshake, those too that are refused, which no
	// access log has (CF-CLOG-01, CF-PIPE-23). Absent means none. At AWS it is a
	// delivery of standard logging.
	ConnectionLog *ConnectionLog `config:"connection_log" aws:"-"`
}

// ViewerMTLSMode says whether viewers need a certificate.
type ViewerMTLSMode string

// The modes (CF-MTLS-01).
const (
	ViewerMTLSRequired ViewerMTLSMode = "required"
	ViewerMTLSOptional ViewerMTLSMode = "optional"
)

func (ViewerMTLSMode) values() []string { return []string{"required", "optional"} }

// TrustStoreConfig is AWS's TrustStoreConfig.
type TrustStoreConfig struct {
	// TrustStoreID is the name of a trust store.
	TrustStoreID string `config:"trust_store_id,required"`

	// AdvertiseTrustStoreCANames names the authorities in the handshake, so that a
	// viewer with several certificates can choose (CF-MTLS-04). Default false.
	AdvertiseTrustStoreCANames bool `config:"advertise_trust_store_ca_names"`

	// IgnoreCertificateExpiry accepts certificates that are over, of viewers and
	// of authorities; all else is checked (CF-MTLS-04). Default false.
	IgnoreCertificateExpiry bool `config:"ignore_certificate_expiry"`
}

// ConnectionLog is where handshakes are recorded.
type ConnectionLog struct {
	// Path is a file, or the word stdout. Each line is a JSON object.
	Path string `config:"path,required"`
}

// TrustStore returns the trust store of that name.
func (c *Config) TrustStore(name string) (*TrustStore, bool) {
	for i := range c.TrustStores {
		if s := &c.TrustStores[i]; s.Name == name {
			return s, true
		}
	}
	return nil, false
}

// omitted: without lists there is nothing to say about old ones.
func (s TrustStore) omitted() []string {
	if len(s.CRL) == 0 {
		return []string{"outdated_crl"}
	}
	return nil
}
