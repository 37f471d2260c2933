package proxy

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/device"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// generateFields settles the request fields that the cache key is made of: the
// viewer's, without CloudFront-* names that only the edge may set (CF-CFH-31,
// CF-CFH-32), and with those that the key has or the web ACL inserts. The latter go
// to the origin whatever policies say (CF-WAF-05), and take the place of a viewer's
// (WF-ACT-07).
//
// Hot path: no allocation on the short way, where memory is at hand.
func (x *Exchange) generateFields() {
	x.fields = x.r.Fields
	names := x.behavior.Generated[:x.behavior.GeneratedKeyed]
	if x.strict() { // Vary may nominate any (RFC 9111 section 4.1)
		names = x.behavior.Generated
	}
	if len(names) == 0 && len(x.inserted) == 0 && !slices.ContainsFunc(x.r.Fields, isOurs) && x.snapshot.PlaceOverride == nil {
		return
	}
	lines := slices.Grow(x.memory, len(x.r.Fields)+len(names)+len(x.inserted))[:0]
	for _, l := range x.r.Fields {
		if !isOurs(l) && !x.isInserted(l.Name) && !x.saysPlace(l.Name) {
			lines = append(lines, l)
		}
	}
	viewers := len(lines)
	for _, name := range names {
		if value := x.generatedField(name); value != "" {
			lines = append(lines, field.Line{Name: name, Value: value})
		}
	}
	lines = append(lines, x.inserted...)
	x.fields, x.generated, x.memory = lines, lines[viewers:len(lines):len(lines)], lines
}

// generateUnkeyed adds the CloudFront-* fields that only the origin is sent.
func (x *Exchange) generateUnkeyed() {
	names := x.behavior.Generated[x.behavior.GeneratedKeyed:]
	if len(names) == 0 || x.unkeyedGenerated || x.strict() {
		return
	}
	x.unkeyedGenerated = true
	all := make(field.Lines, 0, len(x.generated)+len(names))
	all = append(all, x.generated...)
	for _, name := range names {
		if value := x.generatedField(name); value != "" && !x.isInserted(name) {
			all = append(all, field.Line{Name: name, Value: value})
		}
	}
	x.generated = all
}

// isOurs reports whether only the edge may set a field.
func isOurs(l field.Line) bool {
	_, ours := field.LookupCloudFront(l.Name)
	return ours
}

// isInserted reports whether the web ACL inserts a field.
func (x *Exchange) isInserted(name string) bool { return len(x.inserted) > 0 && x.inserted.Has(name) }

// The fields that a handshake must be looked at for.
const (
	fieldJA3 = "CloudFront-Viewer-JA3-Fingerprint" // CF-CFH-23
	fieldJA4 = "CloudFront-Viewer-JA4-Fingerprint" // CF-CFH-24
)

// generatedField returns the value of one CloudFront-* field, "" when it is
// not known for this viewer.
func (x *Exchange) generatedField(name string) string {
	switch name {
	case "CloudFront-Forwarded-Proto":
		return x.r.Scheme
	case "CloudFront-Viewer-Http-Version":
		return x.r.Proto.Number()
	case "CloudFront-Viewer-Address":
		return x.viewerAddress()
	case "CloudFront-Viewer-Header-Order":
		return x.headerOrder()
	case "CloudFront-Viewer-Header-Count":
		return strconv.Itoa(x.headerCount())
	case "CloudFront-Error-Uri":
		if x.failed != nil {
			return x.failed.Path
		}
	case "CloudFront-Error-Args":
		if x.failed != nil {
			return x.failed.Query
		}
	case "CloudFront-Is-Android-Viewer":
		return x.isDevice(device.Android)
	case "CloudFront-Is-Desktop-Viewer":
		return x.isDevice(device.Desktop)
	case "CloudFront-Is-IOS-Viewer":
		return x.isDevice(device.IOS)
	case "CloudFront-Is-Mobile-Viewer":
		return x.isDevice(device.Mobile)
	case "CloudFront-Is-SmartTV-Viewer":
		return x.isDevice(device.SmartTV)
	case "CloudFront-Is-Tablet-Viewer":
		return x.isDevice(device.Tablet)
	case "CloudFront-Viewer-Country":
		return x.place().Country
	case "CloudFront-Viewer-Country-Region": // CF-CFH-12
		return x.place().Region
	case "CloudFront-Viewer-ASN":
		if asn := x.place().ASN; asn != 0 {
			return strconv.FormatUint(uint64(asn), 10)
		}
	case "CloudFront-Viewer-Country-Name":
		return x.shownPlace().country
	case "CloudFront-Viewer-City":
		return x.shownPlace().City
	case "CloudFront-Viewer-Country-Region-Name":
		return x.shownPlace().RegionName
	case "CloudFront-Viewer-Latitude":
		return x.shownPlace().Latitude
	case "CloudFront-Viewer-Longitude":
		return x.shownPlace().Longitude
	case "CloudFront-Viewer-Metro-Code":
		return x.shownPlace().MetroCode
	case "CloudFront-Viewer-Postal-Code":
		return x.shownPlace().PostalCode
	case "CloudFront-Viewer-Time-Zone":
		return x.shownPlace().TimeZone
	case "CloudFront-Viewer-TLS":
		if t := x.viewerTLS(); t != nil {
			return t.Version + ":" + t.Cipher + ":" + x.handshake()
		}
	case fieldJA3:
		if t := x.viewerTLS(); t != nil {
			return t.JA3
		}
	case fieldJA4:
		if t := x.viewerTLS(); t != nil {
			return t.JA4
		}
	case fieldCertSerialNumber, fieldCertIssuer, fieldCertSubject, fieldCertPresent, fieldCertSHA256, fieldCertValidity, fieldCertPEM:
		return x.certificateField(name)
	}
	return ""
}

// viewers returns the viewer's own request: that of x, unless x fetches a page in the
// place of an error.
func (x *Exchange) viewers() *viewer.Request {
	if x.failed != nil {
		return x.failed
	}
	return x.r
}

// isDevice returns what a field says of the viewer's device.
func (x *Exchange) isDevice(is device.Class) string {
	if x.device == 0 {
		x.device = device.Of(x.viewers().Fields.Get("User-Agent"))
	}
	if x.device.Is(is) {
		return "true"
	}
	return "false"
}

// handshake says what the connection of the request began with (CF-CFH-25).
func (x *Exchange) handshake() string {
	switch {
	case x.r.Reused:
		return "connectionReused"
	case x.r.TLS.Resumed:
		return "sessionResumed"
	}
	return "fullHandshake"
}

// viewerAddress returns address and port (CF-CFH-07).
func (x *Exchange) viewerAddress() string {
	a := netip.AddrPortFrom(x.r.Remote.Addr().Unmap().WithZone(""), x.r.Remote.Port())
	if a.Addr().Is4() || x.snapshot.Choices.ViewerAddressIPv6 == ViewerAddressIPv6Bracketed {
		return a.String()
	}
	var out []byte
	groups := a.Addr().As16()
	for i := 0; i < len(groups); i += 2 {
		out = strconv.AppendUint(out, uint64(groups[i])<<8|uint64(groups[i+1]), 16)
		out = append(out, ':')
	}
	return string(strconv.AppendUint(out, uint64(a.Port()), 10))
}

// maxHeaderOrder bounds the names that origins are told of, in bytes (CF-CFH-19).
const maxHeaderOrder = 7680

// headerOrder returns the names of the viewer's fields as it has sent them, with
// Host at its place. Over HTTP/2 and later all are in lower case.
func (x *Exchange) headerOrder() string {
	r := x.viewers()
	host := "Host"
	if r.Proto >= viewer.ProtoHTTP2 {
		host = "host"
	}
	out := make([]byte, 0, 256)
	add := func(name string) {
		if len(out) > 0 {
			out = append(out, ':')
		}
		out = append(out, name...)
	}
	for i := range r.Fields {
		if i == r.HostAt && r.Host != "" {
			add(host)
		}
		if add(r.Fields[i].Name); len(out) > maxHeaderOrder {
			break
		}
	}
	if r.HostAt >= len(r.Fields) && r.Host != "" {
		add(host)
	}
	return string(out[:min(len(out), maxHeaderOrder)])
}

// headerCount returns how many field lines the viewer has sent, Host among them
// (CF-CFH-20).
func (x *Exchange) headerCount() int {
	r := x.viewers()
	if r.Host == "" {
		return len(r.Fields)
	}
	return len(r.Fields) + 1
}
