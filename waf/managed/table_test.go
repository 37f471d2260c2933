package managed

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/waf"
)

var update = flag.Bool("update", false, "write RULES.md and the figures anew")

// TestTable holds RULES.md, which says for every rule what it does here.
func TestTable(t *testing.T) {
	const file = "RULES.md"
	want := document()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the groups say: go test ./waf/managed -run TestTable -update", file)
	}
}

// document is RULES.md.
func document() string {
	var b strings.Builder
	count := map[Coverage]int{}
	for _, g := range Groups() {
		for _, r := range g.Rules {
			count[r.Coverage]++
		}
	}
	b.WriteString("# AWS's managed rule groups, as they are here\n\n")
	b.WriteString("AWS publishes what its rules inspect and a few examples of what they look for. The patterns here are our own, so a rule is at best as AWS describes it: `enforced` is one whose description leaves nothing open, `approximated` one with patterns or lists of ours or of the operator's, `absent` one that is known by name and never matches. Labels stand behind the group's prefix. This table is written by `go test ./waf/managed -run TestTable -update`.\n\n")
	fmt.Fprintf(&b, "Rules: %d enforced, %d approximated, %d absent.\n", count[CoverageEnforced], count[CoverageApproximated], count[CoverageAbsent])
	for _, g := range Groups() {
		fmt.Fprintf(&b, "\n## %s\n\nWCU %d, labels `%s…`%s\n\n", g.Name, g.WCU, g.Prefix(), map[bool]string{true: "", false: ", without versions"}[g.Versioned])
		if g.Note != "" {
			b.WriteString(g.Note + "\n\n")
		}
		b.WriteString("| rule | action | labels | inspects | here | what it does, or why it is absent |\n|---|---|---|---|---|---|\n")
		for _, r := range g.Rules {
			labels := "none"
			if len(r.Labels) > 0 {
				labels = "`" + strings.Join(r.Labels, "` `") + "`"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.Name, r.Action, labels, r.Inspects, r.Coverage, r.note(&g))
		}
	}
	return b.String()
}

// note is r's, or that of the first rule of g that looks for the same.
func (r *Rule) note(g *Group) string {
	if r.Note != "" {
		return r.Note
	}
	for i := range g.Rules {
		if g.Rules[i].Finds == r.Finds && g.Rules[i].Note != "" && g.Rules[i].Note != bodyNote && g.Rules[i].Note != headerNote && g.Rules[i].Note != cookieNote {
			return "as " + g.Rules[i].Name
		}
	}
	return ""
}

// TestNames: names and labels are as WF-ACL-02 and WF-LBL-02 have them, and
// none appears twice.
func TestNames(t *testing.T) {
	name := regexp.MustCompile(`^[\w-]{1,128}$`)
	label := regexp.MustCompile(`^[\w-]{1,128}(:[\w-]{1,128}){0,6}$`)
	groups := map[string]bool{}
	for _, g := range Groups() {
		if groups[g.Name] || Lookup(g.Name) == nil || g.WCU == 0 || g.Namespace == "" {
			t.Errorf("group %q: appears twice, or lacks something", g.Name)
		}
		groups[g.Name] = true
		rules := map[string]bool{}
		for _, r := range g.Rules {
			if rules[r.Name] || !name.MatchString(r.Name) {
				t.Errorf("%s: rule %q appears twice, or is no name", g.Name, r.Name)
			}
			rules[r.Name] = true
			for _, l := range r.Labels {
				if !label.MatchString(l) || rules["label "+l] {
					t.Errorf("%s: label %q appears twice, or is no label", g.Name, l)
				}
				rules["label "+l] = true
			}
			if r.note(&g) == "" {
				t.Errorf("%s: rule %s has no note", g.Name, r.Name)
			}
			if r.Coverage == CoverageAbsent && r.Inspects != ComponentNone || r.Coverage != CoverageAbsent && r.Inspects == ComponentNone {
				t.Errorf("%s: rule %s is %s and inspects %s", g.Name, r.Name, r.Coverage, r.Inspects)
			}
		}
	}
	if Lookup("AWSManagedRulesNoSuchRuleSet") != nil {
		t.Error("a group that does not exist is found")
	}
}

// TestWarned: the groups of which nothing is emulated are those of WF-MRG-05.
func TestWarned(t *testing.T) {
	var silent []string
	for _, g := range Groups() {
		if !g.Emulated() {
			silent = append(silent, g.Name)
		}
	}
	want := "AWSManagedRulesATPRuleSet AWSManagedRulesACFPRuleSet AWSManagedRulesAntiDDoSRuleSet"
	if got := strings.Join(silent, " "); got != want {
		t.Errorf("groups without a rule that can match: %s, want %s", got, want)
	}
}

// TestActions: all but a few rules block.
func TestActions(t *testing.T) {
	want := map[string]waf.Action{"AWSManagedIPDDoSList": waf.ActionCount, "TGT_TokenAbsent": waf.ActionCount, "NoUserAgent_HEADER": waf.ActionBlock}
	for _, g := range Groups() {
		for _, r := range g.Rules {
			if a, listed := want[r.Name]; listed && a != r.Action {
				t.Errorf("%s: %s, want %s", r.Name, r.Action, a)
			}
		}
	}
}
