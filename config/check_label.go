package config

import (
	"math"
	"slices"
	"strings"
)

// reservedInLabels cannot be a part of a label that a rule adds (WF-LBL-02).
var reservedInLabels = []string{"awswaf", "aws", "waf", "rulegroup", "webacl", "regexpatternset", "ipset", "managed"}

// The bounds of labels (WF-LBL-02, WF-LBL-06).
const (
	maxLabel           = 1024
	maxLabelComponent  = 128
	maxLabelNamespaces = 5
	maxLabels          = 100 // of one rule
)

// ruleLabels checks the labels that a rule adds.
func (k *checker) ruleLabels(r *WebACLRule, at path) {
	if len(r.RuleLabels) > 0 && r.Statement.isGroup() {
		k.fail(at, badLabel, "a rule that refers to a rule group adds no labels: those of the group are added")
	}
	k.atMost(at, "labels", len(r.RuleLabels), maxLabels, "WF-LBL-08")
	k.repeats(at, r.RuleLabels, exact)
	for i, l := range r.RuleLabels {
		k.addedLabel(l, at.index(i))
	}
}

func (k *checker) addedLabel(label string, at path) {
	if !k.labelText(label, at) {
		return
	}
	parts := strings.Split(label, ":")
	if len(parts) > maxLabelNamespaces+1 {
		k.fail(at, badLabel, "label %q has %d namespaces, want at most %d (WF-LBL-02)", label, len(parts)-1, maxLabelNamespaces)
	}
	for _, part := range parts {
		switch {
		case part == "":
			k.fail(at, badLabel, "label %q has an empty part", label)
		case len(part) > maxLabelComponent:
			k.fail(at, badLabel, "label %q has a part of %d characters, want at most %d (WF-LBL-02)", label, len(part), maxLabelComponent)
		case slices.Contains(reservedInLabels, part):
			k.fail(at, badLabel, "label %q: %q is reserved (WF-LBL-02)", label, part).
				Suggestion = "the beginning with awswaf: is added to it"
		}
	}
}

// labelText applies WF-LBL-06.
func (k *checker) labelText(text string, at path) bool {
	if text != "" && len(text) <= maxLabel && onlyFrom("_-:", text) {
		return true
	}
	k.fail(at, badLabel, "label %q: want 1 to %d letters, digits, '_', '-' and ':' (WF-LBL-06)", text, maxLabel)
	return false
}

func (k *checker) labelMatch(s *LabelMatchStatement, at path, o *ruleOwner) {
	k.labelKey(s.Key, s.Scope == LabelMatchScopeNamespace, at.key("key"))
	if key := fullKey(s.Key); key != "" && !slices.ContainsFunc(o.known, func(full string) bool { return s.matches(full, o.labels) }) {
		k.fail(at.key("key"), neverMatches, "no rule before this one adds a label that %q matches", s.Key)
	}
}

// fullKey returns a key that only labels of web ACLs and groups of the
// configuration can match, "" for one of managed groups or of what AWS adds by
// itself.
func fullKey(key string) string {
	parts := strings.Split(key, ":")
	if parts[0] == "awswaf" && (len(parts) < 3 || parts[2] != "webacl" && parts[2] != "rulegroup") {
		return ""
	}
	return key
}

// matches reports whether a full label is one that s is about, in a rule whose
// own labels begin with own (WF-LBL-04, WF-LBL-05).
func (s *LabelMatchStatement) matches(full, own string) bool {
	label, key := full, s.Key
	if !strings.HasPrefix(key, "awswaf:") {
		var ours bool
		if label, ours = strings.CutPrefix(full, own); !ours {
			return false
		}
		label, key = ":"+label, ":"+key
	}
	if s.Scope == LabelMatchScopeNamespace {
		namespaces := label[:strings.LastIndexByte(label, ':')+1]
		return strings.HasPrefix(namespaces, key) || key[0] == ':' && strings.Contains(namespaces, key)
	}
	return label == key || key[0] == ':' && strings.HasSuffix(label, key)
}

// labelsBefore returns what rules with a lower priority add, in full.
func (k *checker) labelsBefore(rules []WebACLRule, priority int, namespace string) []string {
	var all []string
	for i := range rules {
		r := &rules[i]
		if r.Priority >= priority {
			continue
		}
		for _, l := range r.RuleLabels {
			all = append(all, namespace+l)
		}
		if s := r.Statement.RuleGroupReferenceStatement; s != nil {
			if g, found := k.config.RuleGroup(s.RuleGroup); found {
				all = append(all, k.labelsBefore(g.Rules, math.MaxInt, g.Labels())...)
			}
		}
	}
	return all
}

// labelKey checks a label or a namespace that requests are matched by.
func (k *checker) labelKey(key string, namespace bool, at path) {
	switch {
	case !k.labelText(key, at):
	case strings.HasPrefix(key, ":") || strings.Contains(key, "::"):
		k.fail(at, badLabel, "%q has an empty part", key)
	case namespace && !strings.HasSuffix(key, ":"):
		k.fail(at, badLabel, "namespace %q: want a colon at its end (WF-LBL-05)", key).Suggestion = "write " + key + ":"
	case !namespace && strings.HasSuffix(key, ":"):
		k.fail(at, badLabel, "label %q ends with a colon (WF-LBL-04)", key).Suggestion = "scope: NAMESPACE matches by namespaces"
	}
}

// labelNamespace checks what the labels of a web ACL or a group begin with.
func (k *checker) labelNamespace(text string, at path) {
	if text != "" && (!strings.HasPrefix(text, "awswaf:") || !strings.HasSuffix(text, ":") || len(text) > maxLabel || !onlyFrom("_-:", text)) {
		k.fail(at, badLabel, "label_namespace %q: want awswaf: at its beginning and a colon at its end (WF-LBL-01)", text)
	}
}
