package proxy

import (
	"net/netip"
	"strconv"

	"github.com/groundfront/groundfront/cachekey/field"
)

// generateFields settles the request fields that key and origin request are
// made of: the viewer's, without CloudFront-* names that only the edge may
// set (CF-CFH-31, CF-CFH-32), and with those that a policy asks for or the web
// ACL inserts. The latter go to the origin whatever policies say (CF-WAF-05),
// and take the place of a viewer's (WF-ACT-07).
func (x *Exchange) generateFields() {
	x.fields = x.r.Fields
	for i := range x.fields {
		if _, ours := field.LookupCloudFront(x.fields[i].Name); ours {
			x.fields = x.fields.Clone()
			x.fields.DeleteFunc(func(l field.Line) bool {
				_, ours := field.LookupCloudFront(l.Name)
				return ours
			})
			break
		}
	}
	if len(x.behavior.Generated) == 0 && len(x.inserted) == 0 {
		return
	}
	for _, name := range x.behavior.Generated {
		if value := x.generatedField(name); value != "" {
			x.generated.Add(name, value)
		}
	}
	x.fields = x.fields.Clone()
	for _, l := range x.inserted {
		x.fields.Del(l.Name)
	}
	x.generated = append(x.generated, x.inserted...)
	x.fields = append(x.fields, x.generated...)
}

// The fields that a handshake must be looked at for.
const (
	fieldJA3 = "CloudFront-Viewer-JA3-Fingerprint" // CF-CFH-23
	fieldJA4 = "CloudFront-Viewer-JA4-Fingerprint" // CF-CFH-24
)

// generatedField returns the value of one CloudFront-* field, "" when it is
// not known for this viewer. What needs a device table, or more of a place than
// country, region and autonomous system, is not known yet.
func (x *Exchange) generatedField(name string) string {
	switch name {
	case "CloudFront-Forwarded-Proto":
		return x.r.Scheme
	case "CloudFront-Viewer-Http-Version":
		return x.r.Proto.Number()
	case "CloudFront-Viewer-Address":
		return netip.AddrPortFrom(x.r.Remote.Addr().Unmap(), x.r.Remote.Port()).String()
	case "CloudFront-Viewer-Country":
		return x.place().Country
	case "CloudFront-Viewer-Country-Region": // CF-CFH-12
		return x.place().Region
	case "CloudFront-Viewer-ASN":
		if asn := x.place().ASN; asn != 0 {
			return strconv.FormatUint(uint64(asn), 10)
		}
	case "CloudFront-Viewer-TLS":
		if x.r.TLS != nil {
			return x.r.TLS.Version + ":" + x.r.TLS.Cipher + ":fullHandshake"
		}
	case fieldJA3:
		if x.r.TLS != nil {
			return x.r.TLS.JA3
		}
	case fieldJA4:
		if x.r.TLS != nil {
			return x.r.TLS.JA4
		}
	}
	return ""
}
