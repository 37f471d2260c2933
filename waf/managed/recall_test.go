package managed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/crs/corpus"
	"github.com/groundfront/groundfront/waf/managed/ordinary"
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

// A figure is what the groups do with the tests of one of the Core Rule Set's
// files.
type figure struct {
	file                              int
	attacks, found, harmless, blocked int
}

// misses says why not all is found, and why some of the harmless are blocked.
var misses = map[int]string{
	930: "bytes between the dots of a path in header fields, which no rule of AWS's inspects for paths",
	931: "URLs of other domains, which are attacks at paranoia level 2 only, and values such as https?",
	932: "commands to mail servers and to SQLite, for which AWS has no rule; words of English that are commands, too; names of files in header fields. Most of the harmless are attacks that another rule of the set is to find",
	933: "names of files in header fields such as X-Filename. Most of the harmless are attacks that another rule of the set is to find",
	934: "code for Node.js, Perl, Ruby and templates, and names of the local host, for which AWS has no rule",
	941: "names of arguments and cookies, and header fields, which no rule of AWS's inspects for scripts. The harmless have pieces of scripts in encodings that are cut off",
	942: "pieces that are words, operators or quotes alone, which paranoia levels 2 to 4 take for attacks. Most of the harmless are attacks that another rule of the set is to find",
	944: "names of files in header fields. The harmless have names of Java's classes as names of XML elements",
}

// TestRecall holds how many of the Core Rule Set's own attacks the groups find,
// by its files, and how many of its harmless requests they block: RECALL.md.
// Figures may get better only: more attacks, or as many and fewer of the
// harmless.
func TestRecall(t *testing.T) {
	figures, list := recall(t)
	var b strings.Builder
	b.WriteString("# What the groups find\n\nAll groups with patterns against the regression tests of the OWASP Core Rule Set, by its files: how many of its attacks a rule blocks, and how many of the requests that its rules must let pass. Rules over sizes, Host and a missing User-Agent only count. The tests are of all four paranoia levels, and AWS's groups are no Core Rule Set: where it has no rule, there is none here. This table is written by `go test ./waf/managed -run TestRecall -update`, which refuses to make it worse.\n\nThe columns of the rule set are what it blocks itself at paranoia level 1, its default: waf/crs/RECALL.md.\n\n")
	b.WriteString("| file | attacks | found | | harmless | blocked | the rule set: found | | blocked | what is missed, and why |\n|---|---|---|---|---|---|---|---|---|---|\n")
	sum, theirs := figure{}, figure{}
	for _, f := range figures {
		crs := ruleSet(t, f.file)
		fmt.Fprintf(&b, "| %d | %d | %d | %d %% | %d | %d | %d | %d %% | %d | %s |\n", f.file, f.attacks, f.found, 100*f.found/f.attacks, f.harmless, f.blocked,
			crs.found, 100*crs.found/f.attacks, crs.blocked, misses[f.file])
		theirs.found, theirs.blocked = theirs.found+crs.found, theirs.blocked+crs.blocked
		sum.attacks, sum.found, sum.harmless, sum.blocked = sum.attacks+f.attacks, sum.found+f.found, sum.harmless+f.harmless, sum.blocked+f.blocked
	}
	fmt.Fprintf(&b, "| all | %d | %d | %d %% | %d | %d | %d | %d %% | %d | |\n", sum.attacks, sum.found, 100*sum.found/sum.attacks, sum.harmless, sum.blocked,
		theirs.found, 100*theirs.found/sum.attacks, theirs.blocked)
	if name := os.Getenv("MISSED"); name != "" {
		if err := os.WriteFile(name, []byte(strings.Join(list, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	hold(t, figures, b.String())
}

// ruleSet returns what the rule set finds of the attacks of one of its files.
func ruleSet(t *testing.T, file int) figure {
	t.Helper()
	text, err := os.ReadFile("../crs/RECALL.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var f figure
		var percent [2]int
		var second int
		n, _ := fmt.Sscanf(line, "| %d | %d | %d | %d %% | %d | %d %% | %d | %d |", &f.file, &f.attacks, &f.found, &percent[0], &second, &percent[1], &f.harmless, &f.blocked)
		if n == 8 && f.file == file {
			return f
		}
	}
	t.Fatalf("waf/crs/RECALL.md has no file %d", file)
	return figure{}
}

// hold compares figures with those that RECALL.md has.
func hold(t *testing.T, figures []figure, table string) {
	t.Helper()
	const file = "RECALL.md"
	old, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	worse := false
	for _, line := range strings.Split(string(old), "\n") {
		var was figure
		var percent int
		if n, _ := fmt.Sscanf(line, "| %d | %d | %d | %d %% | %d | %d |", &was.file, &was.attacks, &was.found, &percent, &was.harmless, &was.blocked); n != 6 {
			continue
		}
		for _, f := range figures {
			if f.file == was.file && (f.found < was.found || f.found == was.found && f.blocked > was.blocked) {
				worse = true
				t.Errorf("%d: %d of %d attacks found, %d of %d harmless blocked; it was %d and %d", f.file, f.found, f.attacks, f.blocked, f.harmless, was.found, was.blocked)
			}
		}
	}
	t.Log("\n" + table)
	switch {
	case string(old) == table:
	case *update && !worse:
		if err := os.WriteFile(file, []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
	case !worse:
		t.Errorf("%s has other figures: go test ./waf/managed -run TestRecall -update", file)
	}
}

// recall returns the figures, and the requests that were missed (-) or blocked
// though harmless (+).
func recall(t *testing.T) (figures []figure, list []string) {
	t.Helper()
	cases, err := corpus.Cases()
	if err != nil {
		t.Fatal(err)
	}
	a := build(t, Options{}, []string{"Host_localhost_HEADER", "NoUserAgent_HEADER", "SizeRestrictions_BODY", "SizeRestrictions_QUERYSTRING", "SizeRestrictions_Cookie_HEADER", "SizeRestrictions_URIPATH"}, inspecting...)
	for _, file := range []int{930, 931, 932, 933, 934, 941, 942, 944} {
		f := figure{file: file}
		for c := range corpus.Of(cases, file) {
			v := ask(a, c.Method, c.Target, c.Fields, c.Body)
			switch blocked := v.Block != nil; {
			case c.Attack() && blocked:
				f.attacks, f.found = f.attacks+1, f.found+1
			case c.Attack():
				f.attacks++
				list = append(list, describe("-", c, ""))
			case c.Harmless() && blocked:
				f.harmless, f.blocked = f.harmless+1, f.blocked+1
				list = append(list, describe("+", c, v.Block.GroupRule))
			case c.Harmless():
				f.harmless++
			}
		}
		figures = append(figures, f)
	}
	slices.Sort(list)
	return figures, list
}

func describe(sign string, c *corpus.Case, rule string) string {
	return fmt.Sprintf("%s %s %s %s %s | %s | %q", sign, c.Name(), rule, c.Method, c.Target, fieldsOf(c.Fields), c.Body)
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

// TestOrdinary: no rule blocks ordinary traffic.
func TestOrdinary(t *testing.T) {
	requests, err := ordinary.Requests()
	if err != nil {
		t.Fatal(err)
	}
	a := build(t, Options{}, nil, inspecting...)
	blocked := 0
	for _, r := range requests {
		if v := ask(a, r.Method, r.Target, r.Fields, r.Body); v.Block != nil {
			blocked++
			t.Errorf("%s, %s: %s of %s blocks %s %s", r.Kind, r.About, v.Block.GroupRule, v.Block.Rule, r.Method, r.Target)
		}
	}
	t.Logf("%d of %d requests blocked", blocked, len(requests))
}

// TestStrict: what rules block on purpose, they block, each the one that is said.
func TestStrict(t *testing.T) {
	requests, err := ordinary.Strict()
	if err != nil {
		t.Fatal(err)
	}
	a := build(t, Options{}, nil, inspecting...)
	for _, r := range requests {
		by := "no rule"
		if v := ask(a, r.Method, r.Target, r.Fields, r.Body); v.Block != nil {
			by = v.Block.GroupRule
		}
		if by != r.About {
			t.Errorf("%s %s: %s blocks, want %s", r.Method, r.Target, by, r.About)
		}
	}
}

// TestBinary: what is no text is not taken for an attack, although any few bytes
// are in it.
func TestBinary(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	a := build(t, Options{}, []string{"SizeRestrictions_BODY"}, inspecting...)
	for i := range 200 {
		content := make([]byte, 16<<10)
		if _, err := random.Read(content); err != nil {
			t.Fatal(err)
		}
		fields := field.Lines{{Name: "Host", Value: "www.example.com"}, {Name: "User-Agent", Value: "Mozilla/5.0 (X11; Linux x86_64)"}, {Name: "Content-Type", Value: "application/octet-stream"}}
		body := string(content)
		if i%2 == 0 {
			fields[2].Value = "multipart/form-data; boundary=xyz"
			body = "--xyz\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n" + body + "\r\n--xyz--\r\n"
		}
		if v := ask(a, "POST", "/upload", fields, body); v.Block != nil {
			t.Errorf("%d: %s blocks", i, v.Block.GroupRule)
		}
	}
}
