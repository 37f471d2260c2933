package repository

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// A rule is one property of the repository.
type rule struct {
	name string
	// advice is what to do about a finding; it ends every failure.
	advice string
	check  func(*tree) []finding
}

// A finding is one place that breaks a rule.
type finding struct {
	at   string // "file", or "file:line"
	what string
}

func (f finding) String() string { return f.at + ": " + f.what }

// found returns a finding with a formatted text.
func found(at, format string, a ...any) finding { return finding{at, fmt.Sprintf(format, a...)} }

var rules = []rule{
	{"direction", "imports go cachekey <- cache, waf, origin <- proxy <- config/compile, bench <- cmd: move the code to the side that may know both, or declare an interface where it is used", checkDirection},
	{"nethttp", "leaf packages take strings, byte slices, netip.Addr and field.Lines, so that every engine and the tests can use them; if this package really speaks net/http, add it to httpSpeakers with the reason", checkNetHTTP},
	{"libraries", "each foreign library has one importer, which can be replaced in one place: use that package, or enter the library in the table libraries", checkLibraries},
	{"packagedoc", "say in the package comment what the package is, and whether it is a part (its parent imports it) or a provider (it imports its parent)", checkPackageDocs},
	{"enums", "give every constant a name that its String method returns: logs, metrics and explanations print it", checkEnums},
	{"stages", "proxy.Stages, the calls in (*Exchange).run and the stage table of ARCHITECTURE.md are one list: change all three", checkStages},
	{"specids", "cite an id that the specification defines; if the specification grew, regenerate testdata/spec-ids.txt with testdata/spec-ids.sh", checkSpecIDs},
	{"glossary", "use the product's word; where the other word is really meant, add the place to the rule's exceptions with the reason", checkGlossary},
	{"unfinished", "finish it, or leave it out and say so where users look (README.md, config/notbuilt.go)", checkUnfinished},
	{"filesize", "look for the second idea in the file and move it to a file of its own", checkFileSize},
	{"rootshape", "the shape of the root is fixed: put the file below one of its folders", checkRootShape},
	{"documents", "write the path of a package that exists, or mark what does not exist yet in words instead of code", checkDocuments},
	{"readme", "README.md is the first thing a user tries: its configuration must be valid, and it must name every verb of the command and every feature that the configuration refuses", checkReadme},
	{"shown", "show what the statement says in a scenario or a test that cites it, or list it in testdata/not-shown.txt with the reason", checkShown},
	{"threats", "bench/THREATS.md has one row for each class of testdata/threat-classes.txt: say which test shows that it is met, or why it cannot happen here", checkThreats},
	{"choices", "README.md's table of what is undocumented at AWS has one row for each property of config.Choices: make option, values and ids the same", checkChoices},
}

func TestRules(t *testing.T) {
	repo, err := readTree("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			findings := r.check(repo)
			for _, f := range findings {
				t.Error(f)
			}
			if len(findings) > 0 {
				t.Log("what to do: " + r.advice)
			}
		})
	}
}

// TestRulesFind shows that each rule finds what it is for, and nothing else.
// An archive holds a tree and the findings expected in it, under the name
// "want".
func TestRulesFind(t *testing.T) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			archive, err := txtar.ParseFile("testdata/" + r.name + ".txtar")
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]string{}
			for _, f := range archive.Files {
				files[f.Name] = string(f.Data)
			}
			want := strings.TrimSpace(files["want"])
			delete(files, "want")
			synthetic, err := newTree(files)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range r.check(synthetic) {
				got = append(got, f.String())
			}
			if got := strings.Join(got, "\n"); got != want || want == "" {
				t.Errorf("%s: got findings\n%s\nwant\n%s", r.name, got, want)
			}
		})
	}
}

// TestArchivesHaveRules finds archives of rules that no longer exist.
func TestArchivesHaveRules(t *testing.T) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name, archive := strings.CutSuffix(e.Name(), ".txtar")
		if archive && !slices.ContainsFunc(rules, func(r rule) bool { return r.name == name }) {
			t.Errorf("testdata/%s: got no rule %q, want one or no archive", e.Name(), name)
		}
	}
}
