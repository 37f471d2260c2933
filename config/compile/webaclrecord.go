package compile

import (
	"fmt"
	"strings"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/record"
)

// labelCounter returns what finds the counter of a label, nil without metrics.
func (k *firewall) labelCounter(a *config.WebACL) func(full string) waf.Counter {
	if k.env.Metrics == nil {
		return nil
	}
	return func(full string) waf.Counter { return k.env.Metrics.FirewallLabel(a.Name, full) }
}

// failed returns what finds the counter of failures, nil without metrics.
func (k *firewall) failed(a *config.WebACL) func(waf.Failure) waf.Counter {
	if k.env.Metrics == nil {
		return nil
	}
	set := k.env.Metrics // and not k, which has the Snapshot before
	return func(f waf.Failure) waf.Counter { return set.FirewallFailure(a.Name, f.String()) }
}

// recorders returns what records what each web ACL does, by its name.
func recorders(c *config.Config, env Environment) (map[string]*record.Recorder, error) {
	all := map[string]*record.Recorder{}
	for i := range c.WebACLs {
		a := &c.WebACLs[i]
		o := record.Options{
			ARN:     resourceName("webacl", a.Name),
			Protect: protection(a, nil), ProtectRates: protection(a, inRateKeys), Samples: samples(env.Previous, a.Name), NoSamples: unsampled(a),
		}
		if l := a.LoggingConfiguration; l != nil && env.OpenRecords != nil {
			w, err := env.OpenRecords(l.Path)
			if err != nil {
				return nil, fmt.Errorf("web ACL %q: logging configuration: %w", a.Name, err)
			}
			o.Log, o.Filter = w.Line, logFilter(l.LoggingFilter)
		}
		all[a.Name] = record.New(o)
	}
	return all, nil
}

// samples returns those of a web ACL in a Snapshot that has one, or new ones.
func samples(s *proxy.Snapshot, name string) *record.Samples {
	if s != nil {
		for _, d := range s.Distributions {
			if d.WebACL != nil && d.WebACL.Name() == name && d.Firewall != nil {
				return d.Firewall.Samples()
			}
		}
	}
	return record.NewSamples()
}

// unsampled returns the rules of which there are no samples.
func unsampled(a *config.WebACL) map[string]bool {
	none := map[string]bool{waf.DefaultRule: !a.VisibilityConfig.SampledRequestsEnabled}
	for _, r := range a.Rules {
		none[r.Name] = !r.VisibilityConfig.SampledRequestsEnabled
	}
	return none
}

func logFilter(f *config.LoggingFilter) (out record.Filter) {
	if f == nil {
		return out
	}
	out.Drop = f.DefaultBehavior == config.FilterBehaviorDrop
	for _, r := range f.Filters {
		rule := record.FilterRule{Drop: r.Behavior == config.FilterBehaviorDrop, Any: r.Requirement == config.FilterRequirementMeetsAny}
		for _, c := range r.Conditions {
			if c.ActionCondition != nil {
				rule.Conditions = append(rule.Conditions, record.Condition{Action: string(c.ActionCondition.Action)})
			} else if c.LabelNameCondition != nil {
				rule.Conditions = append(rule.Conditions, record.Condition{Label: c.LabelNameCondition.LabelName})
			}
		}
		out.Rules = append(out.Rules, rule)
	}
	return out
}

// inRateKeys reports whether data is protected in the keys of rate-based rules.
func inRateKeys(d *config.DataProtection) bool { return !d.ExcludeRateBasedDetails }

// protection says what records must not show: redacted fields (WF-LOGS-02) and
// protected data (WF-ACL-07), all or some of it.
func protection(a *config.WebACL, some func(*config.DataProtection) bool) record.Protection {
	p := record.Protection{Headers: map[string]record.Mask{}, Arguments: map[string]record.Mask{}, Cookies: map[string]record.Mask{}}
	if a.LoggingConfiguration != nil {
		for _, f := range a.LoggingConfiguration.RedactedFields {
			redact(&p, &f)
		}
	}
	for _, d := range a.DataProtectionConfig.DataProtections {
		if some == nil || some(&d) {
			protect(&p, &d)
		}
	}
	return p
}

// redact adds a redacted field. What a detector has found in it is not shown
// either.
func redact(p *record.Protection, f *config.FieldToMatch) {
	switch {
	case f.SingleHeader != nil:
		p.Headers[strings.ToLower(f.SingleHeader.Name)] = record.MaskSubstitute
		p.NoDetails = append(p.NoDetails, protectedLocations[config.ProtectedFieldSingleHeader]...)
	case f.URIPath != nil:
		p.Path = record.MaskSubstitute
		p.NoDetails = append(p.NoDetails, "URI")
	case f.QueryString != nil:
		p.Query = record.MaskSubstitute
		p.NoDetails = append(p.NoDetails, protectedLocations[config.ProtectedFieldQueryString]...)
	case f.Method != nil:
		p.Method = record.MaskSubstitute
	}
}

// protect adds one protection. Without keys it is for all of the kind.
func protect(p *record.Protection, d *config.DataProtection) {
	mask := choice(d.Action, record.MaskNone, record.MaskSubstitute, record.MaskHash)
	locations := protectedLocations[d.Field.FieldType]
	if !d.ExcludeRuleMatchDetails {
		p.NoDetails = append(p.NoDetails, locations...)
	}
	keys := d.Field.FieldKeys
	if len(keys) == 0 {
		keys = []string{record.Every}
	}
	for _, key := range keys {
		switch d.Field.FieldType {
		case config.ProtectedFieldSingleHeader:
			p.Headers[strings.ToLower(key)] = mask
		case config.ProtectedFieldSingleCookie:
			p.Cookies[key] = mask
		case config.ProtectedFieldSingleQueryArgument:
			p.Arguments[strings.ToLower(key)] = mask
		case config.ProtectedFieldQueryString:
			p.Query = mask
		}
	}
}

// protectedLocations are those of match details that a protected field may be
// in.
var protectedLocations = map[config.ProtectedField][]string{
	config.ProtectedFieldSingleHeader:        {"HEADER", "COOKIE"},
	config.ProtectedFieldSingleCookie:        {"COOKIE", "HEADER"},
	config.ProtectedFieldSingleQueryArgument: {"SINGLE_QUERY_ARG", "ALL_QUERY_ARGS", "QUERY_STRING"},
	config.ProtectedFieldQueryString:         {"SINGLE_QUERY_ARG", "ALL_QUERY_ARGS", "QUERY_STRING"},
	config.ProtectedFieldBody:                {"BODY", "UNKNOWN"},
}
