package compile

import (
	"fmt"
	"reflect"
	"time"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/clientcert"
)

// newLink compiles how an origin is connected to; nil if that is just by TCP
// to what its name resolves to.
func newLink(o *config.Origin, env Environment) (*origin.Link, error) {
	link := &origin.Link{Resolver: o.Resolver.AddrPort(), Source: o.SourceAddress.Addr()}
	for _, a := range o.Addresses {
		link.Addresses = append(link.Addresses, a.Addr())
	}
	switch o.CustomOriginConfig.IPAddressType {
	case config.IPAddressTypeIPv4:
		link.Family = origin.FamilyIPv4
	case config.IPAddressTypeIPv6:
		link.Family = origin.FamilyIPv6
	}
	switch o.ProxyProtocol {
	case config.ProxyProtocolV1:
		link.ProxyProtocol = origin.ProxyProtocolV1
	case config.ProxyProtocolV2:
		link.ProxyProtocol = origin.ProxyProtocolV2
	}
	link.ServerName, link.CertificateNames = o.TLS.ServerName, o.TLS.CertificateNames
	link.TLSVersions = tlsVersions(o.CustomOriginConfig.OriginSSLProtocols)
	if m := o.CustomOriginConfig.OriginMTLSConfig; m != nil {
		identity, err := clientcert.Load(clientcert.Options{
			CertificateFile: m.CertificateFile, KeyFile: m.KeyFile, ReadFile: env.ReadFile, Report: env.Report,
		}, time.Now())
		if err != nil {
			return nil, fmt.Errorf("origin_mtls_config: %w", err)
		}
		link.Identity = identity
	}
	if reflect.ValueOf(*link).IsZero() {
		return nil, nil
	}
	return link, nil
}

// tlsVersions returns the versions of a list. AWS has no word for TLS 1.3,
// which comes with TLS 1.2 (CF-OTLS-01).
func tlsVersions(list []config.OriginSSLProtocol) (set origin.TLSVersions) {
	for _, version := range list {
		switch version {
		case config.OriginSSLProtocolTLSv1:
			set |= origin.TLSVersion10
		case config.OriginSSLProtocolTLSv11:
			set |= origin.TLSVersion11
		case config.OriginSSLProtocolTLSv12:
			set |= origin.TLSVersion12 | origin.TLSVersion13
		}
	}
	return set
}
