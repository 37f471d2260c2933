package scenario

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/managed"
	"github.com/groundfront/groundfront/waf/transform"
)

// Every word that a web ACL may use is a line such as "field uri_path" here:
// what is used by a scenario's configuration, and, of rules of managed groups,
// what a step names.

// firewallWords returns all of them; of rules only those that can match.
func firewallWords() []string {
	all := slices.Concat(
		choices("statement", reflect.TypeFor[config.Statement]()),
		choices("field", reflect.TypeFor[config.FieldToMatch]()),
		choices("rate-key", reflect.TypeFor[config.RateCustomKey]()))
	for n := range 256 {
		if k := transform.Kind(n); !unknown(k) {
			all = append(all, "transformation "+k.String())
		}
		if a := waf.Action(n); !unknown(a) {
			all = append(all, "action "+a.String())
		}
	}
	for _, g := range managed.Groups() {
		for _, r := range g.Rules {
			if r.Coverage != managed.CoverageAbsent {
				all = append(all, "rule "+r.Name)
			}
		}
	}
	return all
}

// unknown reports whether an enum does not have the value.
func unknown(value fmt.Stringer) bool { return strings.HasSuffix(value.String(), "(?)") }

// choices returns the keys of a mapping of which exactly one is written.
func choices(kind string, mapping reflect.Type) (all []string) {
	for f := range fieldsOf(mapping) {
		all = append(all, kind+" "+keyOf(f))
	}
	return all
}

func fieldsOf(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

func keyOf(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("config"), ",")
	return key
}

var choiceKinds = map[reflect.Type]string{
	reflect.TypeFor[config.Statement]():     "statement",
	reflect.TypeFor[config.FieldToMatch]():  "field",
	reflect.TypeFor[config.RateCustomKey](): "rate-key",
}

// noteWords notes the words within a part of a configuration.
func noteWords(v reflect.Value, used map[string]bool) {
	switch x := v.Interface().(type) {
	case config.TextTransformationType:
		used["transformation "+string(x)] = true
	case config.ActionKind:
		used["action "+string(x)] = true
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			noteWords(v.Elem(), used)
		}
	case reflect.Slice:
		for i := range v.Len() {
			noteWords(v.Index(i), used)
		}
	case reflect.Struct:
		kind := choiceKinds[v.Type()]
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			if kind != "" && !v.Field(i).IsZero() {
				used[kind+" "+keyOf(f)] = true
			}
			noteWords(v.Field(i), used)
		}
	}
}

// namedRule is how steps name a rule of a group: in a log record, or a metric.
var namedRule = regexp.MustCompile(`(?:"ruleId":"|\brule=)(\w+)`)

// usedWords returns the words of a scenario.
func usedWords(f *File) (map[string]bool, error) {
	used := map[string]bool{}
	for name, text := range f.Files {
		if strings.HasSuffix(name, ".yaml") && !strings.HasPrefix(name, folderMark) {
			if err := f.noteConfig(text, used); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", f.Name, name, err)
			}
		}
	}
	if err := f.noteConfig(f.Config, used); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	for _, s := range f.Steps {
		for _, m := range namedRule.FindAllStringSubmatch(s.Source, -1) {
			used["rule "+m[1]] = true
		}
	}
	return used, nil
}

func (f *File) noteConfig(text string, used map[string]bool) error {
	read := func(name string) ([]byte, error) { return []byte(f.Files[name]), nil }
	c, problems := config.ParseWith("config.yaml", []byte(strings.ReplaceAll(text, folderName+"/", folderMark)), read)
	if err := problems.Err(); err != nil {
		return err
	}
	noteWords(reflect.ValueOf(c.WebACLs), used)
	noteWords(reflect.ValueOf(c.RuleGroups), used)
	return nil
}

var wordLine = regexp.MustCompile(`^([a-z-]+ \w+) +test ([^ :]+): \S`)

// readExceptions returns the tests that show words which no scenario can.
func readExceptions(text string) (map[string]string, error) {
	all := map[string]string{}
	for line := range strings.Lines(text) {
		if line == "\n" || line[0] == '#' {
			continue
		}
		m := wordLine.FindStringSubmatch(line)
		if m == nil || all[m[1]] != "" {
			return nil, fmt.Errorf("%q is no line of its own", line)
		}
		all[m[1]] = m[2]
	}
	return all, nil
}

// TestFirewallWords: each statement, field, transformation, action and managed
// rule is shown by a scenario, or a list says which test does and why. What
// waf/managed marks as absent says why itself.
func TestFirewallWords(t *testing.T) {
	exceptions, err := readExceptions(readFiles(t, "testdata/firewall.txt"))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	names, _ := filepath.Glob("testdata/firewall_*.txtar")
	for _, name := range names {
		f, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		words, err := usedWords(f)
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(used, words)
	}
	all := firewallWords()
	for _, word := range all {
		switch test, excepted := exceptions[word]; {
		case excepted && used[word]:
			t.Errorf("%s: got a scenario, want none of what testdata/firewall.txt lists", word)
		case excepted:
			if _, name, _ := strings.Cut(word, " "); !strings.Contains(readFiles(t, filepath.Join("../..", test)), name) {
				t.Errorf("%s: got nothing of it in %s, want a test", word, test)
			}
		case !used[word]:
			t.Errorf("%s: got no scenario with it, want one", word)
		}
	}
	for word := range exceptions {
		if !slices.Contains(all, word) {
			t.Errorf("%s: is listed in testdata/firewall.txt, and is no word of web ACLs that can match", word)
		}
	}
	for _, g := range managed.Groups() {
		for _, r := range g.Rules {
			if r.Coverage == managed.CoverageAbsent && r.Note == "" {
				t.Errorf("%s %s: is absent without a reason", g.Name, r.Name)
			}
		}
	}
}

func TestUsedWords(t *testing.T) {
	f, err := Parse("x.txtar", []byte(`-- config.yaml --
version: 1
web_acls:
  edge:
    default_action: allow
    rules:
      a: {priority: 0, action: challenge, statement: {not_statement: {statement: {byte_match_statement: {search_string: a, positional_constraint: EXACTLY, field_to_match: {method: {}}, text_transformations: [MD5]}}}}}
distributions:
  shop: {web_acl_id: edge, origins: {api: {domain_name: api.test}}, default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingDisabled}}
-- script --
table  rule
       R_A
do
    record waf ruleGroupList~`+"`\"ruleId\":\"$rule\"`"+`
end
metric m rule=R_B 1
`))
	if err != nil {
		t.Fatal(err)
	}
	used, err := usedWords(f)
	want := "action allow, action challenge, field method, rule R_A, rule R_B, statement byte_match_statement, statement not_statement, transformation MD5"
	if got := strings.Join(slices.Sorted(maps.Keys(used)), ", "); err != nil || got != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
	for in, want := range map[string]string{
		"# a\n\nrule X  test a/b_test.go: why\n":                 "map[rule X:a/b_test.go]",
		"rule X  test a/b_test.go\n":                             `"rule X  test a/b_test.go\n" is no line of its own`,
		"rule X  because\n":                                      `"rule X  because\n" is no line of its own`,
		"rule X test a/b.go: why\nrule X test a/b.go: why not\n": `"rule X test a/b.go: why not\n" is no line of its own`,
	} {
		all, err := readExceptions(in)
		got := fmt.Sprint(all)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}
