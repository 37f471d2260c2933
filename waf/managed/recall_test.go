package managed

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/crs/corpus"
)

// build compiles a web ACL of the groups, which all block but for some rules.
func build(t testing.TB, o Options, counted []string, names ...string) *waf.ACL {
	t.Helper()
	c := waf.Config{Name: "test", Default: waf.Handling{Action: waf.ActionAllow}}
	for _, name := range names {
		g, err := Lookup(name).Compile(o)
		if err != nil {
			t.Fatal(err)
		}
		r := waf.GroupReference{Group: g}
		for _, rule := range counted {
			r.Overrides = append(r.Overrides, waf.Override{Rule: rule, Handling: waf.Handling{Action: waf.ActionCount}})
		}
		c.Rules = append(c.Rules, waf.Rule{Name: name, Statement: r})
	}
	a, err := waf.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// inspecting are the groups that look for attacks.
var inspecting = []string{
	"AWSManagedRulesCommonRuleSet", "AWSManagedRulesAdminProtectionRuleSet", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesSQLiRuleSet",
	"AWSManagedRulesLinuxRuleSet", "AWSManagedRulesUnixRuleSet", "AWSManagedRulesWindowsRuleSet", "AWSManagedRulesPHPRuleSet", "AWSManagedRulesWordPressRuleSet",
}

// viewer is who sends the requests of tests.
var viewer = netip.MustParseAddr("192.0.2.1")

// ask evaluates a request.
func ask(a *waf.ACL, method, target string, fields field.Lines, body string) waf.Verdict {
	path, query, hasQuery := strings.Cut(target, "?")
	r := waf.Request{Method: method, Path: path, Query: query, HasQuery: hasQuery, Now: time.Unix(1_700_000_000, 0)}
	for _, l := range fields {
		if field.EqualName(l.Name, "host") {
			r.Host = l.Value
			continue
		}
		r.Fields = append(r.Fields, l)
	}
	if body != "" {
		limit := min(len(body), max(a.BodyLimit(), 1))
		r.Body = waf.Body{Present: true, Text: body[:limit], Truncated: limit < len(body), Size: int64(len(body))}
	}
	p := a.Peer(viewer)
	return a.Evaluate(context.Background(), p, &r, nil)
}

// TestRecall holds how many of the Core Rule Set's own attacks the groups find,
// by its files, and how many of its harmless requests they block.
func TestRecall(t *testing.T) {
	cases, err := corpus.Cases()
	if err != nil {
		t.Fatal(err)
	}
	a := build(t, Options{}, []string{"Host_localhost_HEADER", "NoUserAgent_HEADER", "SizeRestrictions_BODY", "SizeRestrictions_QUERYSTRING", "SizeRestrictions_Cookie_HEADER", "SizeRestrictions_URIPATH"}, inspecting...)
	type figures struct{ attacks, found, harmless, blocked int }
	byFile := map[int]*figures{}
	var missed []string
	for _, g := range []int{930, 931, 932, 933, 934, 941, 942, 944} {
		f := &figures{}
		byFile[g] = f
		for c := range corpus.Of(cases, g) {
			v := ask(a, c.Method, c.Target, c.Fields, c.Body)
			by := ""
			if v.Block != nil {
				by = v.Block.GroupRule
			}
			switch {
			case c.Attack():
				f.attacks++
				if v.Block != nil {
					f.found++
				} else {
					missed = append(missed, fmt.Sprintf("- %s %s %s | %s | %q", c.Name(), c.Method, c.Target, fieldsOf(c.Fields), c.Body))
				}
			case c.Harmless():
				f.harmless++
				if v.Block != nil {
					f.blocked++
					missed = append(missed, fmt.Sprintf("+ %s %s %s %s | %s | %q", c.Name(), by, c.Method, c.Target, fieldsOf(c.Fields), c.Body))
				}
			}
		}
		t.Logf("%d: %d of %d attacks (%.0f%%), %d of %d harmless", g, f.found, f.attacks, 100*float64(f.found)/float64(f.attacks), f.blocked, f.harmless)
	}
	if name := os.Getenv("MISSED"); name != "" {
		slices.Sort(missed)
		os.WriteFile(name, []byte(strings.Join(missed, "\n")), 0o644)
	}
}

func fieldsOf(fields field.Lines) string {
	var b strings.Builder
	for _, l := range fields {
		switch strings.ToLower(l.Name) {
		case "host", "accept", "accept-encoding", "accept-language", "accept-charset", "connection", "content-length", "keep-alive", "proxy-connection":
		default:
			fmt.Fprintf(&b, "%s: %s; ", l.Name, l.Value)
		}
	}
	return b.String()
}
