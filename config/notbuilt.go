package config

// notBuiltKeys are the keys of features that are known and do not exist yet,
// by the struct they belong to. Each is refused by its name, with what it
// would configure; nothing is silently ignored. When a feature is built, its
// line goes and a struct field comes.
var notBuiltKeys = map[string]map[string]string{
	"Config": {
		"functions":        "edge functions",
		"key_value_stores": "key value stores",
		"key_groups":       "key groups",
		"public_keys":      "public keys",
		"web_acls":         "web ACLs",
		"tests":            "declarative tests",
	},
	"Server": {
		"trusted_proxies": "trusted proxies",
	},
	"Listen": {
		"proxy_protocol": "the PROXY protocol",
	},
	"Cache": {
		"edges": "several logical edges",
	},
	"Distribution": {
		"anycast_ip_list_id":              "anycast lists",
		"connection_mode":                 "multi-tenant distributions",
		"continuous_deployment_policy_id": "continuous deployment",
		"from":                            "live sources",
		"is_ipv6_enabled":                 "the IPv6 switch",
		"price_class":                     "price classes",
		"staging":                         "continuous deployment",
		"tenant_config":                   "multi-tenant distributions",
		"viewer_certificate":              "certificates per distribution",
		"viewer_mtls_config":              "viewer mTLS",
		"web_acl_id":                      "web ACLs",
	},
	"GeoRestriction": {
		"locations": "geo restrictions",
	},
	"CacheBehavior": {
		"default_ttl":                  "legacy cache settings",
		"field_level_encryption_id":    "field-level encryption",
		"forwarded_values":             "legacy cache settings",
		"function_associations":        "edge functions",
		"lambda_function_associations": "Lambda@Edge",
		"max_ttl":                      "legacy cache settings",
		"min_ttl":                      "legacy cache settings",
		"realtime_log_config":          "real-time logs",
		"smooth_streaming":             "smooth streaming",
		"trusted_key_groups":           "signed URLs",
		"trusted_signers":              "signed URLs",
	},
	"Origin": {
		"health_check":      "origin health checks",
		"inject":            "fault injection",
		"origin_shield":     "Origin Shield",
		"vpc_origin_config": "VPC origins",
	},
	"OriginMTLSConfig": {
		"client_certificate_arn": "ACM certificates",
	},
	"S3OriginConfig": {
		"origin_access_identity": "origin access identities",
		"origin_read_timeout":    "the read timeout of an S3 origin",
	},
	"ResponseHeadersPolicy": {
		"server_timing_headers_config": "the Server-Timing header",
	},
	"Logging": {
		"fields_extra": "extra log fields",
	},
}
