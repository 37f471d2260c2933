package config

import (
	"net/netip"
	"slices"
	"strings"
)

// A statementPlace says what may stand at the place of a statement.
type statementPlace int

const (
	placeRule   statementPlace = iota // any statement
	placeNested                       // within another one
)

// firewall checks IP sets, web ACLs, and who refers to them.
func (k *checker) firewall() {
	c := k.config
	k.atMost("ip_sets", "IP sets", len(c.IPSets), 100, "WF-QUO-01")
	k.atMost("web_acls", "web ACLs", len(c.WebACLs), 100, "WF-QUO-01")
	for i := range c.IPSets {
		k.ipSet(&c.IPSets[i])
	}
	for i := range c.WebACLs {
		k.webACL(&c.WebACLs[i])
	}
	for d := range slices.Values(c.Distributions) {
		if _, found := c.WebACL(d.WebACLID); !found && d.WebACLID != "" {
			k.fail(path("distributions").key(d.Name).key("web_acl_id"), unknownFirewall, "no web ACL %q", d.WebACLID).
				Suggestion = didYouMean(d.WebACLID, namesOf(c.WebACLs, func(a WebACL) string { return a.Name }))
		}
	}
}

func namesOf[T any](list []T, name func(T) string) []string {
	all := make([]string, len(list))
	for i := range list {
		all[i] = name(list[i])
	}
	return all
}

func (k *checker) ipSet(s *IPSet) {
	at := path("ip_sets").key(s.Name)
	k.length(at.key("description"), "description", s.Description, 256, "")
	addresses := at.key("addresses")
	if k.written(addresses) && k.written(at.key("file")) {
		k.fail(at.key("file"), badIPSet, "IP set %q has addresses and a file", s.Name)
	}
	k.atMost(addresses, "addresses", len(s.Addresses), 10_000, "WF-QUO-02")
	for i, a := range s.Addresses {
		k.prefix(addresses.index(i), a, s.IPAddressVersion)
	}
}

// prefix checks one prefix of an IP set (WF-QUO-02).
func (k *checker) prefix(at path, text string, version IPAddressVersion) {
	p, err := netip.ParsePrefix(text)
	addr, errAddr := netip.ParseAddr(text)
	switch {
	case err != nil && errAddr == nil:
		k.fail(at, badIPSet, "%q has no length", text).Suggestion = "write " + netip.PrefixFrom(addr, addr.BitLen()).String()
	case err != nil:
		k.fail(at, badIPSet, "%q is not a prefix in CIDR notation such as 192.0.2.0/24", text)
	case p.Bits() == 0:
		k.fail(at, badIPSet, "%q has the length 0 (WF-QUO-02)", text)
	case p.Addr().Is4() != (version == IPAddressVersion4) || p.Addr().Is4In6():
		k.fail(at, badIPSet, "%q is not of %s", text, version)
	case p != p.Masked():
		k.fail(at, badIPSet, "%q has bits beyond its length", text).Suggestion = "write " + p.Masked().String()
	}
}

func (k *checker) webACL(a *WebACL) {
	at := path("web_acls").key(a.Name)
	k.length(at.key("description"), "description", a.Description, 256, "")
	k.bodies(a, at.key("custom_response_bodies"))
	k.action((*RuleAction)(&a.DefaultAction), a, at.key("default_action"))
	k.visibility(&a.VisibilityConfig, at.key("visibility_config"))
	first := map[int]string{}
	inserted, limits, references := 0, 0, map[string]bool{}
	for i := range a.Rules {
		r := &a.Rules[i]
		here := at.key("rules").key(r.Name)
		if other, taken := first[r.Priority]; taken {
			k.fail(here.key("priority"), repeatedPriority, "priority %d is already that of rule %q (WF-ACL-02)", r.Priority, other)
		} else if k.written(here.key("priority")) {
			first[r.Priority] = r.Name
		}
		k.statement(&r.Statement, here.key("statement"), placeRule, references)
		k.action(&r.Action, a, here.key("action"))
		k.visibility(&r.VisibilityConfig, here.key("visibility_config"))
		if h := r.Action.CustomRequestHandling; h != nil {
			inserted += len(h.InsertHeaders)
		}
		if r.Statement.RateBasedStatement != nil {
			limits++
			if r.Action.Kind == ActionAllow {
				k.fail(here.key("action"), badStatement, "the action of a rate-based rule cannot be allow (WF-RATE-11)")
			}
		}
	}
	k.atMost(at.key("rules"), "rate-based rules", limits, 10, "WF-QUO-01")
	k.atMost(at.key("rules"), "IP sets that rules refer to", len(references), 50, "WF-QUO-01")
	k.atMost(at.key("rules"), "inserted headers", inserted, 100, "WF-QUO-01")
	k.atMost(at.key("rules"), "capacity units", a.Capacity(), 5000, "WF-WCU-05")
}

func (k *checker) visibility(v *VisibilityConfig, at path) {
	if name := v.MetricName; name != "" && (name == "All" || name == "Default_Action" || len(name) > 128 || !onlyFrom("-_", name)) {
		k.fail(at.key("metric_name"), badName, "metric_name %q: want at most 128 letters, digits, '-' and '_', and not All or Default_Action (WF-ACL-04)", name)
	}
}

// statement checks one statement and those in it, and notes the IP sets that
// they refer to.
func (k *checker) statement(s *Statement, at path, place statementPlace, references map[string]bool) {
	n := 0
	for _, is := range []bool{
		s.IPSetReferenceStatement != nil, s.RateBasedStatement != nil,
		s.AndStatement != nil, s.OrStatement != nil, s.NotStatement != nil,
	} {
		if is {
			n++
		}
	}
	if n != 1 {
		k.fail(at, badStatement, "want exactly one statement, got %d", n)
		return
	}
	if r := s.IPSetReferenceStatement; r != nil {
		references[r.IPSet] = true
		k.ipSetReference(r, at.key("ip_set_reference_statement"))
	}
	if r := s.RateBasedStatement; r != nil {
		k.rate(r, at.key("rate_based_statement"), place, references)
	}
	k.together(s.AndStatement, at.key("and_statement"), references)
	k.together(s.OrStatement, at.key("or_statement"), references)
	if not := s.NotStatement; not != nil {
		k.statement(&not.Statement, at.key("not_statement").key("statement"), placeNested, references)
	}
}

func (k *checker) together(s *NestedStatements, at path, references map[string]bool) {
	if s == nil {
		return
	}
	at = at.key("statements")
	if len(s.Statements) == 1 {
		k.fail(at, badStatement, "want two or more statements (WF-LOG-01)")
	}
	for i := range s.Statements {
		k.statement(&s.Statements[i], at.index(i), placeNested, references)
	}
}

func (k *checker) ipSetReference(s *IPSetReferenceStatement, at path) {
	if _, found := k.config.IPSet(s.IPSet); !found {
		k.fail(at.key("ip_set"), unknownFirewall, "no IP set %q", s.IPSet).
			Suggestion = didYouMean(s.IPSet, namesOf(k.config.IPSets, func(s IPSet) string { return s.Name }))
	}
	if f := s.IPSetForwardedIPConfig; f != nil {
		k.addressHeader(at.key("ip_set_forwarded_ip_config").key("header_name"), f.HeaderName)
	}
}

func (k *checker) addressHeader(at path, name string) {
	if name == "" || len(name) > 255 || !onlyFrom("-", name) {
		k.fail(at, badHeader, "header_name %q: want at most 255 letters, digits and '-' (WF-QUO-06)", name)
	}
}

func (k *checker) rate(s *RateBasedStatement, at path, place statementPlace, references map[string]bool) {
	if place == placeNested {
		k.fail(at, badStatement, "a rate-based statement cannot be within another statement (WF-LOG-01)")
	}
	if w := s.EvaluationWindowSec; !slices.Contains([]string{"1m", "2m", "5m", "10m"}, w.String()) {
		k.fail(at.key("evaluation_window_sec"), badValue, "evaluation_window_sec is %s, want 60s, 120s, 300s or 600s (WF-RATE-02)", w)
	}
	forwarded := at.key("forwarded_ip_config")
	switch f := s.ForwardedIPConfig; {
	case f == nil && s.AggregateKeyType == AggregateKeyForwardedIP:
		k.fail(at, badStatement, "FORWARDED_IP needs a forwarded_ip_config (WF-RATE-03)")
	case f != nil && s.AggregateKeyType != AggregateKeyForwardedIP:
		k.fail(forwarded, badStatement, "forwarded_ip_config is only for the key FORWARDED_IP")
	case f != nil:
		k.addressHeader(forwarded.key("header_name"), f.HeaderName)
	}
	switch {
	case s.ScopeDownStatement != nil:
		k.statement(s.ScopeDownStatement, at.key("scope_down_statement"), placeNested, references)
	case s.AggregateKeyType == AggregateKeyConstant:
		k.fail(at, badStatement, "CONSTANT needs a scope_down_statement (WF-RATE-03)")
	}
}

// action checks what an action carries.
func (k *checker) action(a *RuleAction, acl *WebACL, at path) {
	at = at.key(string(a.Kind))
	if h := a.CustomRequestHandling; h != nil {
		k.inserted(h.InsertHeaders, at.key("custom_request_handling").key("insert_headers"))
	}
	if r := a.CustomResponse; r != nil {
		k.customResponse(r, acl, at.key("custom_response"))
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

func (k *checker) customResponse(r *CustomResponse, acl *WebACL, at path) {
	if !slices.Contains(blockStatuses, r.ResponseCode) {
		k.fail(at.key("response_code"), badBlockResponse, "response_code %d is not available (WF-ACT-12)", r.ResponseCode)
	}
	if key := r.CustomResponseBodyKey; key != "" && !slices.ContainsFunc(acl.CustomResponseBodies, func(b CustomResponseBody) bool { return b.Name == key }) {
		k.fail(at.key("custom_response_body_key"), unknownFirewall, "web ACL %q has no custom response body %q", acl.Name, key).
			Suggestion = didYouMean(key, namesOf(acl.CustomResponseBodies, func(b CustomResponseBody) string { return b.Name }))
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
func (k *checker) bodies(a *WebACL, at path) {
	k.atMost(at, "custom response bodies", len(a.CustomResponseBodies), 50, "WF-QUO-01")
	total := 0
	for _, b := range a.CustomResponseBodies {
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

// unusedFirewall warns of web ACLs and IP sets that nothing refers to.
func (k *checker) unusedFirewall() {
	used, sets := map[string]bool{}, map[string]bool{}
	for d := range slices.Values(k.config.Distributions) {
		used[d.WebACLID] = true
	}
	var note func(s *Statement)
	note = func(s *Statement) {
		switch {
		case s == nil:
			return
		case s.IPSetReferenceStatement != nil:
			sets[s.IPSetReferenceStatement.IPSet] = true
		case s.RateBasedStatement != nil:
			note(s.RateBasedStatement.ScopeDownStatement)
		}
		for _, nested := range s.nested() {
			note(nested)
		}
	}
	for a := range slices.Values(k.config.WebACLs) {
		for i := range a.Rules {
			note(&a.Rules[i].Statement)
		}
		if !used[a.Name] {
			k.fail(path("web_acls").key(a.Name), unusedName, "web ACL %q is not used by any distribution", a.Name)
		}
	}
	for s := range slices.Values(k.config.IPSets) {
		if !sets[s.Name] {
			k.fail(path("ip_sets").key(s.Name), unusedName, "IP set %q is not used by any rule", s.Name)
		}
	}
}
