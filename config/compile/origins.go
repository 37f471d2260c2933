package compile

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/apigateway"
)

// newOrigin compiles one origin, every default resolved.
func newOrigin(c *config.Config, o *config.Origin, env Environment) (*origin.Origin, error) {
	custom := &o.CustomOriginConfig
	out := &origin.Origin{
		ID: o.Name, DomainName: o.DomainName, Path: o.OriginPath,
		HTTPPort: custom.HTTPPort, HTTPSPort: custom.HTTPSPort,
		S3:       o.S3OriginConfig != nil,
		Attempts: o.ConnectionAttempts, ConnectTimeout: o.ConnectionTimeout.Std(),
		ReadTimeout: custom.OriginReadTimeout.Std(), KeepAliveTimeout: custom.OriginKeepaliveTimeout.Std(),
		CompletionTimeout: o.ResponseCompletionTimeout.Std(),
		TLSInsecure:       o.TLS.InsecureSkipVerify,
	}
	var err error
	if out.Link, err = newLink(o, env); err != nil {
		return nil, err
	}
	switch custom.OriginProtocolPolicy {
	case config.OriginProtocolPolicyHTTPSOnly:
		out.Protocol = origin.ProtocolHTTPSOnly
	case config.OriginProtocolPolicyMatchViewer:
		out.Protocol = origin.ProtocolMatchViewer
	}
	if err := customHeaders(out, o.CustomHeaders, env); err != nil {
		return nil, fmt.Errorf("custom_headers: %w", err)
	}
	if id := o.RequestAPIID(); id != "" {
		out.CustomHeaders.Add(apigateway.APIIDField, id)
	}
	if !o.ConnectTo.IsZero() {
		out.ConnectTo, out.ConnectScheme = o.ConnectTo.Address(), o.ConnectTo.Scheme
	}
	if s := o.OriginShield; s != nil && s.Enabled {
		out.Shield = s.OriginShieldRegion
	}
	if out.Adapter, err = newAdapter(o); err != nil {
		return nil, err
	}
	if o.TLS.CAFile != "" {
		pem, err := env.readFile(o.TLS.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
		out.TLSRootsPEM = pem
	}
	return out, addSigner(out, c, o, env)
}

// DistributionID returns an id in CloudFront's form, always the same for a
// name: "E" and 13 letters and digits.
func DistributionID(name string) string { return "E" + code("id", name, 13) }

// DomainName returns the domain name that CloudFront would have given the
// distribution (CF-DIST-02), always the same for a name: "d" and 13 lower
// case letters and digits, then ".cloudfront.net".
func DomainName(name string) string {
	return "d" + strings.ToLower(code("domain", name, 13)) + ".cloudfront.net"
}

func code(purpose, name string, length int) string {
	sum := sha256.Sum256([]byte(purpose + "\x00" + name))
	return base32.StdEncoding.EncodeToString(sum[:])[:length]
}
