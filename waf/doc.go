// Package waf is where web ACLs will be evaluated: rules over a request, their
// actions, labels and rate limits, as AWS WAF has them (CF-WAF).
//
// It is empty now, but for two things that rules will be made of and that
// nothing uses yet: waf/ratelimit and waf/ipset. Until there are rules, the
// configuration refuses a web ACL by its name (GF5001), so that nobody believes
// to be protected. The pipeline has the stage already
// (proxy/stage_firewall.go).
//
// In the direction of imports it stands beside cache and origin: it may import
// cachekey, and only proxy and what is above proxy imports it.
package waf
