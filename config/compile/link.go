package compile

import (
	"fmt"
	"reflect"
	"strings"
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
	var err error
	if link.Proxy, err = newProxy(o, env); err != nil {
		return nil, err
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

// newProxy compiles what connections go through; nil for nothing.
func newProxy(o *config.Origin, env Environment) (*origin.Proxy, error) {
	if o.Proxy.IsZero() {
		return nil, nil
	}
	p := &origin.Proxy{Host: o.Proxy.Host, Port: o.Proxy.Port}
	if o.Proxy.Scheme == "http" {
		p.Kind = origin.ProxyHTTP
	}
	if o.ProxyCredentialsFile == "" {
		return p, nil
	}
	text, err := env.readFile(o.ProxyCredentialsFile)
	if err != nil {
		return nil, fmt.Errorf("proxy_credentials_file: %w", err)
	}
	user, password, found := strings.Cut(strings.TrimRight(string(text), "\r\n"), ":")
	if !found || user == "" || strings.ContainsAny(password, "\r\n") {
		return nil, fmt.Errorf("proxy_credentials_file: %s is not one line user:password", o.ProxyCredentialsFile)
	}
	p.User, p.Password = user, password
	return p, nil
}
