package crs

import (
	"strings"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		name string
		o    Options
		want string // in the error; "" for none
	}{
		{"defaults", Options{}, ""},
		{"all", Options{ParanoiaLevel: 4, Threshold: 10, BodyLimit: 65536, MaxLeaves: 4096, Concurrency: 3, Wait: time.Second, Files: []string{"942", "941"}, Settings: map[string]string{"allowed_methods": "GET PUT"}}, ""},
		{"level", Options{ParanoiaLevel: 5}, "ParanoiaLevel is 5, it may be from 1 to 4"},
		{"negative", Options{Threshold: -1}, "Threshold is -1, it may be from 1"},
		{"large", Options{BodyLimit: 65537}, "BodyLimit is 65537"},
		{"leaves", Options{MaxLeaves: 4097}, "MaxLeaves is 4097"},
		{"wait", Options{Wait: time.Hour}, "a wait of 1h0m0s, it may be up to 1m0s"},
		{"no such file", Options{Files: []string{"940"}}, `Files has "940", there are 911, 913, 920`},
		{"a file of responses", Options{Files: []string{"950"}}, `Files has "950"`},
		{"a file that is always there", Options{Files: []string{"901"}}, `Files has "901"`},
		{"no such setting", Options{Settings: map[string]string{"alowed_methods": "GET"}}, `setting "alowed_methods", there are `},
		{"a setting that is an option", Options{Settings: map[string]string{"blocking_paranoia_level": "2"}}, "blocking_paranoia_level, for which there is ParanoiaLevel"},
		{"a directive in a setting", Options{Settings: map[string]string{"allowed_methods": "GET'\"\nSecRuleEngine Off"}}, "with a character that is not possible"},
		{"a variable in a setting", Options{Settings: map[string]string{"allowed_methods": "%{tx.a}"}}, "with a character that is not possible"},
	}
	for _, test := range tests {
		err := test.o.Check()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

func TestFiles(t *testing.T) {
	got := strings.Join(Files(), " ")
	want := "911 913 920 921 922 930 931 932 933 934 941 942 943 944"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestVersion: the constant is the version that the rules say of themselves.
func TestVersion(t *testing.T) {
	e := newEngine(t, Options{})
	found := ""
	tx := e.waf.NewTransaction()
	defer tx.Close() //nolint:errcheck // nothing was done with it
	tx.ProcessRequestHeaders()
	for _, rule := range tx.MatchedRules() {
		if version := rule.Rule().Version(); version != "" {
			found = version
		}
	}
	if want := "OWASP_CRS/" + Version; found != want {
		t.Errorf("got %q, want %q", found, want)
	}
}
