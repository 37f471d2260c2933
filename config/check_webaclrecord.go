package config

import "strings"

// firewallLog applies WF-LOGS-02 and WF-LOGS-03.
func (k *checker) firewallLog(l *WAFLogging, at path) {
	if l == nil {
		return
	}
	k.sourceless(l.File, l.Resource, at)
	if l.Path == "" {
		k.fail(at.key("path"), badValue, "path is empty").Suggestion = "name a file, or stdout"
	}
	fields := at.key("redacted_fields")
	k.atMost(fields, "redacted fields", len(l.RedactedFields), 100, "WF-LOGS-02")
	for i := range l.RedactedFields {
		k.redacted(&l.RedactedFields[i], fields.index(i))
	}
	if f := l.LoggingFilter; f != nil {
		k.logFilters(f, at.key("logging_filter").key("filters"))
	}
}

func (k *checker) redacted(f *FieldToMatch, at path) {
	if !k.one(f, "field", at) {
		return
	}
	switch {
	case f.SingleHeader != nil:
		k.headerNamed(f.SingleHeader.Name, at.key("single_header").key("name"))
	case f.URIPath == nil && f.QueryString == nil && f.Method == nil:
		k.fail(at, badFirewallRecord, "%s cannot be redacted: want single_header, uri_path, query_string or method (WF-LOGS-02)", setKeys(f)[0])
	}
}

func (k *checker) logFilters(f *LoggingFilter, at path) {
	for i := range f.Filters {
		for j := range f.Filters[i].Conditions {
			c, here := &f.Filters[i].Conditions[j], at.index(i).key("conditions").index(j)
			if !k.one(c, "condition", here) || c.LabelNameCondition == nil {
				continue
			}
			name := c.LabelNameCondition.LabelName
			if here = here.key("label_name_condition").key("label_name"); k.labelText(name, here) && !strings.HasPrefix(name, "awswaf:") {
				k.fail(here, badFirewallRecord, "label_name %q: want the whole label, with awswaf: at its beginning (WF-LBL-01)", name)
			}
		}
	}
}

// dataProtections applies WF-ACL-07.
func (k *checker) dataProtections(list []DataProtection, at path) {
	k.atMost(at, "data protections", len(list), 26, "WF-ACL-07")
	for i := range list {
		f, here := &list[i].Field, at.index(i).key("field").key("field_keys")
		whole := f.FieldType == ProtectedFieldQueryString || f.FieldType == ProtectedFieldBody
		if whole && len(f.FieldKeys) > 0 {
			k.fail(here, badFirewallRecord, "%s has no field_keys (WF-ACL-07)", f.FieldType)
		}
		k.atMost(here, "field keys", len(f.FieldKeys), 100, "WF-ACL-07")
		k.repeats(here, f.FieldKeys, exact)
	}
}
