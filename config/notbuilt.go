package config

// notBuiltKeys are the keys of features that are known and do not exist yet,
// by the struct they belong to. Each is refused by its name, with what it
// would configure; nothing is silently ignored. When a feature is built, its
// line goes and a struct field comes.
var notBuiltKeys = map[string]map[string]string{
	"Config": {
		"functions":        "edge functions",
		"key_value_stores": "key value stores",
		"tests":            "declarative tests",
	},
	"Cache": {
		"edges": "several logical edges",
	},
	"Distribution": {
		"anycast_ip_list_id":              "anycast lists",
		"connection_function_association": "Connection Functions",
		"connection_mode":                 "multi-tenant distributions",
		"continuous_deployment_policy_id": "continuous deployment",
		"from":                            "live sources",
		"is_ipv6_enabled":                 "the IPv6 switch",
		"price_class":                     "price classes",
		"staging":                         "continuous deployment",
		"tenant_config":                   "multi-tenant distributions",
	},
	"ViewerCertificate": {
		"iam_certificate_id": "certificates of IAM",
	},
	"HealthCheck": {
		"alarm_identifier":    "alarm-based health checks",
		"child_health_checks": "calculated health checks",
		"health_threshold":    "calculated health checks",
		"inverted":            "inverted health checks",
		"regions":             "health checks from several places",
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
		"trusted_signers":              "trusted signers",
	},
	"OriginMTLSConfig": {
		"client_certificate_arn": "ACM certificates",
	},
	"S3OriginConfig": {
		"origin_access_identity": "origin access identities",
	},
	"VPCOriginConfig": {
		"owner_account_id": "VPC origins of other accounts",
	},
	"Logging": {
		"fields_extra": "extra log fields",
	},
}

// insteadOfNotBuilt says what to write in the place of a key.
var insteadOfNotBuilt = map[string]string{
	"trusted_signers": "put the public keys of the accounts' key pairs into public_keys, by their ids, and name a key group of them by trusted_key_groups",
}
