package corpus

import (
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/corazawaf/coraza-coreruleset/v4/tests"
	"gopkg.in/yaml.v3"
)

// A Case is one request with what the rule set must say of it. A test of
// several stages is several cases.
type Case struct {
	// File is the folder of the test, named as the file of rules is:
	// REQUEST-942-APPLICATION-ATTACK-SQLI.
	File  string
	Rule  int // the rule that is tested: 942100
	Test  int // its number among the tests of the rule
	Stage int // from 0
	About string
	Request
	Want
}

// A Want is what is expected of a Case. What is zero is not expected.
type Want struct {
	Expect []int // rules that must match, at the highest paranoia level
	Forbid []int // rules that must not
	// Log and NotLog are patterns (RE2) of what is logged about a match.
	Log, NotLog string
	// Status is what a server answers that refuses the request by itself.
	Status int
	// Error means that a server may end the connection.
	Error bool
}

// Name returns the name of a case as the rule set writes it: 942100-3, and
// 942100-3/2 for the second of several stages.
func (c *Case) Name() string {
	if c.Stage > 0 {
		return fmt.Sprintf("%d-%d/%d", c.Rule, c.Test, c.Stage+1)
	}
	return fmt.Sprintf("%d-%d", c.Rule, c.Test)
}

// Group returns the number of the file of rules, such as 942.
func (c *Case) Group() int {
	_, number, _ := strings.Cut(c.File, "-")
	number, _, _ = strings.Cut(number, "-")
	group, _ := strconv.Atoi(number)
	return group
}

// Attack reports whether a rule must match: the case counts for recall.
func (c *Case) Attack() bool { return len(c.Expect) > 0 || c.Log != "" }

// Harmless reports whether rules must not match and none must: the case counts
// for false positives, of the tested rule at least. A few cases are neither
// attack nor harmless: a server refuses them (Want.Status).
func (c *Case) Harmless() bool { return !c.Attack() && (len(c.Forbid) > 0 || c.NotLog != "") }

// Response reports whether it is about what an origin answers, which a web ACL
// does not inspect (WF-CZ-03).
func (c *Case) Response() bool { return strings.HasPrefix(c.File, "RESPONSE-") }

// Cases returns all cases, sorted by rule, test and stage. It fails where a
// file is not understood: nothing is left out.
func Cases() ([]Case, error) {
	var all []Case
	err := fs.WalkDir(tests.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		cases, err := read(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, cases...)
		return nil
	})
	slices.SortFunc(all, func(a, b Case) int {
		return slices.Compare([]int{a.Rule, a.Test, a.Stage}, []int{b.Rule, b.Test, b.Stage})
	})
	return all, err
}

// Of yields the cases of the groups, such as 941 and 942; all cases of
// requests where none is given.
func Of(cases []Case, groups ...int) iter.Seq[*Case] {
	return func(yield func(*Case) bool) {
		for i := range cases {
			c := &cases[i]
			chosen := slices.Contains(groups, c.Group()) || len(groups) == 0 && !c.Response()
			if chosen && !yield(c) {
				return
			}
		}
	}
}

// document is a file of tests, with all the keys that there are.
type document struct {
	Meta   yaml.Node `yaml:"meta"`
	Author yaml.Node `yaml:"author"`
	Rule   int       `yaml:"rule_id"`
	Tests  []struct {
		ID     int     `yaml:"test_id"`
		Title  string  `yaml:"test_title"`
		About  string  `yaml:"desc"`
		Stages []stage `yaml:"stages"`
	} `yaml:"tests"`
}

type stage struct {
	About  string `yaml:"description"`
	Input  input  `yaml:"input"`
	Output struct {
		Status int  `yaml:"status"`
		Error  bool `yaml:"expect_error"`
		Again  bool `yaml:"retry_once"`
		Log    struct {
			Expect  []int  `yaml:"expect_ids"`
			Forbid  []int  `yaml:"no_expect_ids"`
			Match   string `yaml:"match_regex"`
			NoMatch string `yaml:"no_match_regex"`
		} `yaml:"log"`
	} `yaml:"output"`
}

func read(name string) ([]Case, error) {
	text, err := tests.FS.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var d document
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&d); err == io.EOF {
		return nil, nil // all of it is commented out
	} else if err != nil {
		return nil, err
	}
	var cases []Case
	for _, test := range d.Tests {
		for i, s := range test.Stages {
			r, err := s.Input.request()
			if err != nil {
				return nil, fmt.Errorf("test %d: %w", test.ID, err)
			}
			cases = append(cases, Case{
				File: path.Dir(name), Rule: d.Rule, Test: test.ID, Stage: i,
				About:   strings.TrimSpace(test.About),
				Request: r,
				Want: Want{
					Expect: s.Output.Log.Expect, Forbid: s.Output.Log.Forbid,
					Log: s.Output.Log.Match, NotLog: s.Output.Log.NoMatch,
					Status: s.Output.Status, Error: s.Output.Error,
				},
			})
		}
	}
	return cases, nil
}
