package admin

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

// ManagedKeys are the addresses that a rate-based rule limits now: the answer of
// AWS WAF's GetRateBasedStatementManagedKeys (WF-RATE-14).
type ManagedKeys struct {
	IPv4 ManagedKeySet `json:"managed_keys_ipv4"`
	IPv6 ManagedKeySet `json:"managed_keys_ipv6"`
}

// A ManagedKeySet has those of one version of IP, as prefixes.
type ManagedKeySet struct {
	IPAddressVersion string   `json:"ip_address_version"` // IPV4 or IPV6
	Addresses        []string `json:"addresses"`
}

// routeManagedKeys mounts what o offers of them. A rule of a rule group has the
// name of the web ACL's rule in the path, and its own in the query.
func (o *Options) routeManagedKeys(r chi.Router) {
	if o.ManagedKeys == nil {
		return
	}
	r.Get("/v1/web-acls/{name}/rules/{rule}/managed-keys", func(w http.ResponseWriter, r *http.Request) {
		group, rule := "", chi.URLParam(r, "rule")
		if inner := r.URL.Query().Get("rule_group_rule"); inner != "" {
			group, rule = rule, inner
		}
		keys, err := o.ManagedKeys(chi.URLParam(r, "name"), group, rule)
		if err != nil {
			writeFailure(w, err)
			return
		}
		writeJSON(w, http.StatusOK, keys)
	})
}
