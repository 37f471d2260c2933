// Package managed holds the policies that AWS manages: cache policies, origin
// request policies and response headers policies that every account has
// (CF-MCP, CF-MORP, CF-MRHP).
//
// What they say is written in the product's own grammar, in policies.yaml, so
// that a managed policy is also an example of how to write one. Here are their
// identities. The package knows nothing of package config, which imports it
// and reads the document: managed is a part of config.
//
// rulegroups.go has the managed rule groups of AWS WAF, by their names.
package managed

import (
	_ "embed"
	"strings"
)

// Kind is what a policy decides.
type Kind uint8

// The kinds of policies.
const (
	KindCachePolicy Kind = iota
	KindOriginRequestPolicy
	KindResponseHeadersPolicy
)

var kindNames = [...]string{"cache policy", "origin request policy", "response headers policy"}

// String returns the kind as messages call it.
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return "unknown kind"
	}
	return kindNames[k]
}

// A Policy is the identity of one managed policy.
type Policy struct {
	Kind Kind
	Name string // as the console shows it; its key in the document
	ID   string // the same in every account
}

// prefix is what the API puts before the names (CF-MCP-11).
const prefix = "Managed-"

var policies = []Policy{
	{KindCachePolicy, "CachingOptimized", "658327ea-f89d-4fab-a63d-7e88639e58f6"},
	{KindCachePolicy, "CachingOptimizedForUncompressedObjects", "b2884449-e4de-46a7-ac36-70bc7f1ddd6d"},
	{KindCachePolicy, "CachingDisabled", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"},
	{KindCachePolicy, "Elemental-MediaPackage", "08627262-05a9-4f76-9ded-b50ca2e3a84f"},
	{KindCachePolicy, "Amplify", "2e54312d-136d-493c-8eb9-b001f22f67d2"},
	{KindCachePolicy, "UseOriginCacheControlHeaders", "83da9c7e-98b4-4e11-a168-04f0df8e2c65"},
	{KindCachePolicy, "UseOriginCacheControlHeaders-QueryStrings", "4cc15a8a-d715-48a4-82b8-cc0b614638fe"},

	{KindOriginRequestPolicy, "AllViewer", "216adef6-5c7f-47e4-b989-5492eafa07d3"},
	{KindOriginRequestPolicy, "AllViewerExceptHostHeader", "b689b0a8-53d0-40ab-baf2-68738e2966ac"},
	{KindOriginRequestPolicy, "AllViewerAndCloudFrontHeaders-2022-06", "33f36d7e-f396-46d9-90e0-52428a34d9dc"},
	{KindOriginRequestPolicy, "CORS-CustomOrigin", "59781a5b-3903-41f3-afcb-af62929ccde1"},
	{KindOriginRequestPolicy, "CORS-S3Origin", "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf"},
	{KindOriginRequestPolicy, "Elemental-MediaTailor-PersonalizedManifests", "775133bc-15f2-49f9-abea-afb2e0bf67d2"},
	{KindOriginRequestPolicy, "HostHeaderOnly", "bf0718e1-ba1e-49d1-88b1-f726733018ae"},
	{KindOriginRequestPolicy, "UserAgentRefererHeaders", "acba4595-bd28-49b8-b9fe-13317c0390fa"},

	{KindResponseHeadersPolicy, "SimpleCORS", "60669652-455b-4ae9-85a4-c4c02393f86c"},
	{KindResponseHeadersPolicy, "CORS-With-Preflight", "5cc3b908-e619-4b99-88e5-2cf7f45965bd"},
	{KindResponseHeadersPolicy, "SecurityHeadersPolicy", "67f7725c-6f97-4210-82d7-5512b31e9d03"},
	{KindResponseHeadersPolicy, "CORS-and-SecurityHeadersPolicy", "e61eb60c-9c35-4d20-a928-2b84e02af89c"},
	{KindResponseHeadersPolicy, "CORS-with-preflight-and-SecurityHeadersPolicy", "eaab4381-ed33-4a86-88ca-d9558dc6cd63"},
}

// All returns every managed policy, in the order of AWS's documentation.
func All() []Policy { return append([]Policy(nil), policies...) }

// Find returns the policy of a kind by any of its three spellings: the name,
// the name with "Managed-" before it, or the id in any letter case.
func Find(kind Kind, spelling string) (Policy, bool) {
	name := strings.TrimPrefix(spelling, prefix)
	for _, p := range policies {
		if p.Kind == kind && (p.Name == name || strings.EqualFold(p.ID, spelling)) {
			return p, true
		}
	}
	return Policy{}, false
}

// Names returns the names of the policies of a kind.
func Names(kind Kind) []string {
	var names []string
	for _, p := range policies {
		if p.Kind == kind {
			names = append(names, p.Name)
		}
	}
	return names
}

//go:embed policies.yaml
var document []byte

// Document returns the policies in the native grammar: a document with
// cache_policies, origin_request_policies and response_headers_policies.
func Document() []byte { return document }
