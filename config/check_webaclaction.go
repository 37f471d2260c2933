package config

import (
	"slices"
	"strings"
)

// action checks what an action carries.
func (k *checker) action(a *RuleAction, o *ruleOwner, at path) {
	at = at.key(string(a.Kind))
	if h := a.CustomRequestHandling; h != nil {
		k.inserted(h.InsertHeaders, at.key("custom_request_handling").key("insert_headers"))
	}
	if r := a.CustomResponse; r != nil {
		k.customResponse(r, o, at.key("custom_response"))
	}
}

// inserted applies WF-ACT-06.
func (k *checker) inserted(headers []WAFHeader, at path) {
	k.firewallHeaders(headers, at)
	for _, h := range headers {
		if h.Name == "" || len(h.Name) > 64 || !onlyFrom("._$-", h.Name) {
			k.fail(at.key(h.Name), badHeader, "header %q: want at most 64 letters, digits and ._$- (WF-ACT-06)", h.Name)
		}
		k.length(at.key(h.Name), "header value", h.Value, 255, " (WF-ACT-06)")
	}
}

func (k *checker) firewallHeaders(headers []WAFHeader, at path) {
	k.atMost(at, "headers", len(headers), 10, "WF-QUO-01")
	seen := map[string]bool{}
	for _, h := range headers {
		k.headerValue(at.key(h.Name), h.Value)
		if seen[strings.ToLower(h.Name)] {
			k.fail(at.key(h.Name), repeatedName, "%q is already in the list", h.Name)
		}
		seen[strings.ToLower(h.Name)] = true
	}
}

// blockStatuses are those of custom responses (WF-ACT-12).
var blockStatuses = []int{
	200, 201, 202, 204, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 408, 409, 411, 412, 413,
	414, 415, 416, 421, 429, 500, 501, 502, 503, 504, 505,
}

// neverInBlock are headers that a custom response cannot set: Content-Type, by
// WF-ACT-10, and those that frame the response or are the edge's.
var neverInBlock = []string{
	"content-type", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade",
	"date", "via", "x-cache", "x-amz-cf-*",
}

func (k *checker) customResponse(r *CustomResponse, o *ruleOwner, at path) {
	if !slices.Contains(blockStatuses, r.ResponseCode) {
		k.fail(at.key("response_code"), badBlockResponse, "response_code %d is not available (WF-ACT-12)", r.ResponseCode)
	}
	if key := r.CustomResponseBodyKey; key != "" && !slices.ContainsFunc(o.bodies, func(b CustomResponseBody) bool { return b.Name == key }) {
		k.fail(at.key("custom_response_body_key"), unknownFirewall, "%s %q has no custom response body %q", o.kind, o.name, key).
			Suggestion = didYouMean(key, namesOf(o.bodies, func(b CustomResponseBody) string { return b.Name }))
	}
	headers := at.key("response_headers")
	k.firewallHeaders(r.ResponseHeaders, headers)
	for _, h := range r.ResponseHeaders {
		if k.headerName(headers.key(h.Name), h.Name) && covers(neverInBlock, h.Name) {
			k.fail(headers.key(h.Name), badBlockResponse, "header %q cannot be set by a custom response (WF-ACT-10)", h.Name)
		}
	}
}

// bodies applies WF-QUO-01.
func (k *checker) bodies(o *ruleOwner) {
	at := o.at.key("custom_response_bodies")
	k.atMost(at, "custom response bodies", len(o.bodies), 50, "WF-QUO-01")
	total := 0
	for _, b := range o.bodies {
		if b.Content == "" {
			k.fail(at.key(b.Name).key("content"), badValue, "content is empty").Suggestion = "a custom response without a body has no content"
		}
		k.length(at.key(b.Name).key("content"), "content", b.Content, 4096, " (WF-QUO-01)")
		total += len(b.Content)
	}
	if total > 50<<10 {
		k.fail(at, quotaExceeded, "custom response bodies have %d bytes together, want at most 51200 (WF-QUO-01)", total)
	}
}
