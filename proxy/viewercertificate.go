package proxy

// The fields that tell the origin of the viewer's certificate (CF-MTLS-06).
const (
	fieldCertSerialNumber = "CloudFront-Viewer-Cert-Serial-Number" // CF-CFH-28
	fieldCertIssuer       = "CloudFront-Viewer-Cert-Issuer"        // CF-CFH-28
	fieldCertSubject      = "CloudFront-Viewer-Cert-Subject"       // CF-CFH-28
	fieldCertPresent      = "CloudFront-Viewer-Cert-Present"       // CF-CFH-28
	fieldCertSHA256       = "CloudFront-Viewer-Cert-Sha256"        // CF-CFH-28
	fieldCertValidity     = "CloudFront-Viewer-Cert-Validity"      // CF-CFH-29
	fieldCertPEM          = "CloudFront-Viewer-Cert-Pem"           // CF-CFH-29
)

// certificateField returns the value of one of them, "" for a distribution that
// asks for no certificate: what was presented to another says nothing to it.
func (x *Exchange) certificateField(name string) string {
	if x.distribution.ViewerMTLS == nil || x.r.TLS == nil || x.r.TLS.Presented == nil {
		return ""
	}
	c := x.r.TLS.Presented.Certificate
	switch {
	case name == fieldCertPresent && c == nil:
		return "0"
	case name == fieldCertPresent:
		return "1"
	case c == nil:
		return ""
	}
	switch name {
	case fieldCertSerialNumber:
		return c.SerialNumber()
	case fieldCertIssuer:
		return c.Issuer()
	case fieldCertSubject:
		return c.Subject()
	case fieldCertSHA256:
		return c.SHA256()
	case fieldCertValidity:
		return c.Validity()
	case fieldCertPEM:
		return c.PEM()
	}
	return ""
}
