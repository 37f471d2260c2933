package config

import "slices"

// VPCOrigin is AWS's VpcOrigin: a load balancer or server without a public
// address, which several distributions may share.
type VPCOrigin struct {
	// Name is the local name; AWS's Id.
	Name string `config:"name,key"`

	// ConnectTo is where it is: "host:port", with a scheme that replaces
	// OriginProtocolPolicy, or a Unix socket, as with an origin. Either this or
	// Addresses is required, where AWS has an ARN. Not at AWS.
	ConnectTo Endpoint `config:"connect_to"`

	// Addresses are where it is, 1 to 16 of them, at HTTPPort and HTTPSPort. Not
	// at AWS.
	Addresses []IPAddress `config:"addresses"`

	// HTTPPort is 80, 443 or 1024 to 65535 (CF-ORT-10). Default 80.
	HTTPPort int `config:"http_port" default:"80"`

	// HTTPSPort is 80, 443 or 1024 to 65535 (CF-ORT-10). Default 443.
	HTTPSPort int `config:"https_port" default:"443"`

	// OriginProtocolPolicy is the scheme toward it. Default match-viewer.
	OriginProtocolPolicy OriginProtocolPolicy `config:"origin_protocol_policy" default:"match-viewer"`

	// OriginSSLProtocols are the versions of TLS that may be spoken, as with a
	// custom origin. Default [TLSv1.2].
	OriginSSLProtocols []OriginSSLProtocol `config:"origin_ssl_protocols"`
}

// VPCOriginConfig is AWS's VpcOriginConfig: the origin is a VPC origin, whose
// settings take the place of CustomOriginConfig, ConnectTo and Addresses
// (CF-VPC-01).
type VPCOriginConfig struct {
	// VPCOriginID is the name of a VPC origin.
	VPCOriginID string `config:"vpc_origin_id,required"`

	// OriginReadTimeout bounds the wait for the first byte and between two
	// packets, 1s to 120s (CF-ORT-03). Default 30s.
	OriginReadTimeout Duration `config:"origin_read_timeout" range:"1s..120s" rule:"CF-ORT-03"`

	// OriginKeepaliveTimeout is how long an idle connection is kept, 1s to
	// 120s (CF-ORT-04). Default 5s.
	OriginKeepaliveTimeout Duration `config:"origin_keepalive_timeout" range:"1s..120s" rule:"CF-ORT-04"`
}

// vpcOrigin returns the VPC origin of an origin, nil if there is none.
func (c *Config) vpcOrigin(o *Origin) *VPCOrigin {
	i := slices.IndexFunc(c.VPCOrigins, func(v VPCOrigin) bool { return v.Name == o.VPCOriginConfig.VPCOriginID })
	if i < 0 {
		return nil
	}
	return &c.VPCOrigins[i]
}

// resolveVPCOrigin makes of an origin what its VPC origin is.
func (r *reader) resolveVPCOrigin(c *Config, o *Origin, at path) {
	own := o.VPCOriginConfig
	if own == nil || r.written(at.key("custom_origin_config")) {
		return
	}
	here := at.key("vpc_origin_config")
	own.OriginReadTimeout = inherit(r, here.key("origin_read_timeout"), own.OriginReadTimeout, c.OriginsDefaults.OriginReadTimeout)
	own.OriginKeepaliveTimeout = inherit(r, here.key("origin_keepalive_timeout"), own.OriginKeepaliveTimeout, c.OriginsDefaults.OriginKeepaliveTimeout)
	v := c.vpcOrigin(o)
	if v == nil {
		return
	}
	o.ConnectTo, o.Addresses = v.ConnectTo, v.Addresses
	o.CustomOriginConfig = CustomOriginConfig{
		HTTPPort: v.HTTPPort, HTTPSPort: v.HTTPSPort, OriginProtocolPolicy: v.OriginProtocolPolicy,
		OriginSSLProtocols: v.OriginSSLProtocols, IPAddressType: IPAddressTypeDualStack,
		OriginReadTimeout: own.OriginReadTimeout, OriginKeepaliveTimeout: own.OriginKeepaliveTimeout,
	}
}

// vpcOrigins checks the VPC origins.
func (k *checker) vpcOrigins() {
	for i := range k.config.VPCOrigins {
		v := &k.config.VPCOrigins[i]
		at := path("vpc_origins").key(v.Name)
		switch {
		case v.ConnectTo.IsZero() && len(v.Addresses) == 0:
			k.fail(at, badOriginLink, "VPC origin %q has neither connect_to nor addresses: nothing says where it is", v.Name)
		case !v.ConnectTo.IsZero() && len(v.Addresses) > 0:
			k.fail(at.key("addresses"), badOriginLink, "addresses has no effect: there is connect_to")
		case len(v.Addresses) > maxOriginAddresses:
			k.fail(at.key("addresses"), badOriginLink, "%d addresses, want at most %d", len(v.Addresses), maxOriginAddresses)
		}
		k.port(at.key("http_port"), v.HTTPPort)
		k.port(at.key("https_port"), v.HTTPSPort)
		k.sslProtocols(v.OriginSSLProtocols, at.key("origin_ssl_protocols"))
	}
}

// vpcOriginOf checks an origin that is a VPC origin.
func (k *checker) vpcOriginOf(o *Origin, at path) {
	if o.VPCOriginConfig == nil {
		return
	}
	here := at.key("vpc_origin_config")
	if o.S3OriginConfig != nil || k.written(at.key("custom_origin_config")) {
		k.fail(here, originKinds, "origin %q has vpc_origin_config beside s3_origin_config or custom_origin_config", o.Name)
	}
	k.withoutEffect(at, "the VPC origin says where the origin is", "connect_to", "addresses")
	if k.config.vpcOrigin(o) != nil {
		return
	}
	var names []string
	for _, v := range k.config.VPCOrigins {
		names = append(names, v.Name)
	}
	id := o.VPCOriginConfig.VPCOriginID
	k.fail(here.key("vpc_origin_id"), unknownVPCOrigin, "there is no VPC origin %q", id).Suggestion = didYouMean(id, names)
}

// unusedVPCOrigins warns of VPC origins that no origin names.
func (k *checker) unusedVPCOrigins() {
	for _, v := range k.config.VPCOrigins {
		used := false
		for _, d := range k.config.Distributions {
			used = used || slices.ContainsFunc(d.Origins, func(o Origin) bool {
				return o.VPCOriginConfig != nil && o.VPCOriginConfig.VPCOriginID == v.Name
			})
		}
		if !used {
			k.fail(path("vpc_origins").key(v.Name), unusedName, "VPC origin %q is not used by any origin", v.Name)
		}
	}
}
