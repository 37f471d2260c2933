package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/groundfront/groundfront/bench/edgetest"
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/doctor"
)

// readmeBlocks returns the blocks of README.md of a language, "" for none.
func readmeBlocks(t *testing.T, language string) []string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		if m[1] == language {
			blocks = append(blocks, m[2])
		}
	}
	return blocks
}

// TestReadmeDoctor proves that the example prints what README.md shows. Where
// warnings and verdict go is left out: a terminal shows both.
func TestReadmeDoctor(t *testing.T) {
	const command = "$ groundfront validate -f api.yaml\n"
	var example, shown string
	for _, b := range readmeBlocks(t, "yaml") {
		if strings.Contains(b, "origin_request_policy_id: AllViewer\n") {
			example = b
		}
	}
	for _, b := range readmeBlocks(t, "") {
		if after, found := strings.CutPrefix(b, command); found {
			shown = after
		}
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("api.yaml", []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := runVerb(t, "validate", "-f", "api.yaml")
	if diff := cmp.Diff(shown, stderr+stdout); code != exitOK || diff != "" {
		t.Errorf("README.md: got %d (-shown +printed):\n%s", code, diff)
	}
}

// TestOwnConfigurations proves that what we show as the way to do it has no
// trap in it.
func TestOwnConfigurations(t *testing.T) {
	own := map[string]string{}
	for name, verb := range map[string][]string{
		"demo":               {"demo", "--print-config"},
		"proxy":              {"proxy", "http://localhost:3000", "--print-config"},
		"proxy, not caching": {"proxy", "https://abc123.execute-api.us-east-1.amazonaws.com/prod", "--behavior", "*=CachingDisabled", "--print-config"},
	} {
		_, own[name], _ = runVerb(t, verb...)
	}
	deployed, err := filepath.Glob(filepath.Join(deployDir, "*groundfront.yaml"))
	examples, err2 := filepath.Glob(filepath.Join(deployDir, "examples", "*", "groundfront.yaml"))
	if err != nil || err2 != nil || len(deployed) == 0 {
		t.Fatalf("got %v, %v and %v", deployed, err, err2)
	}
	for _, file := range append(deployed, examples...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		own[file] = string(text)
	}
	for _, block := range readmeBlocks(t, "yaml") {
		if !strings.Contains(block, "origin_request_policy_id: AllViewer\n") { // the example of traps
			own["README.md: "+block] = block
		}
	}
	files := certificateFiles(t)
	for name, text := range own {
		c, problems := config.ParseWith(name, []byte(text), files)
		for _, d := range doctor.Report(c, problems) {
			t.Errorf("%s: got %s, want nothing to be said of it", name, d)
		}
	}
}

// certificateFiles returns what stands for the files of certificates that a text names:
// NAME.pem and NAME-key.pem, of an RSA key if the name says so.
func certificateFiles(t *testing.T) func(name string) ([]byte, error) {
	files := map[string][]byte{}
	for name, kind := range map[string]edgetest.KeyKind{"": edgetest.KeyECDSA, "rsa": edgetest.KeyRSA} {
		chain, key, err := edgetest.Issue(kind, "shop.test")
		if err != nil {
			t.Fatal(err)
		}
		files[name], files[name+"-key"] = chain, key
	}
	return func(name string) ([]byte, error) {
		kind := ""
		if strings.Contains(name, "rsa") {
			kind = "rsa"
		}
		if strings.HasSuffix(name, "-key.pem") {
			kind += "-key"
		}
		return files[kind], nil
	}
}

// TestStrict proves what warnings do to the exit code, and that starting
// shows them too.
func TestStrict(t *testing.T) {
	trap := writeFile(t, "trap.yaml", `version: 1
server: {listen: [{address: "192.0.2.1:0"}]}
distributions:
  d:
    origins: {api: {domain_name: d111111abcdef8.cloudfront.net}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized}
`)
	const warning = "warning GF7018: edge_in_chain: "
	for _, tt := range []struct {
		args   []string
		want   exitCode
		stdout string
		stderr string
	}{
		{[]string{"validate", "-f", trap}, exitOK, "valid, with 1 warning: ", warning},
		{[]string{"validate", "-f", trap, "--strict"}, exitConfig, "valid, with 1 warning: ", warning},
		{[]string{"validate", "-f", trap, "--output", "json"}, exitOK, `"trap": "edge_in_chain"`, ""},
		{[]string{"validate", "-f", trap, "--strict", "--output", "json"}, exitConfig, `"code": "GF7018"`, ""},
		{[]string{"validate", "-f", "testdata/valid.yaml", "--strict"}, exitOK, "valid: ", ""},
		{[]string{"run", "-f", trap}, exitFailure, "", warning},
		{[]string{"config", "show", "-f", trap}, exitOK, "d111111abcdef8", warning},
	} {
		code, stdout, stderr := runVerb(t, tt.args...)
		if code != tt.want || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) {
			t.Errorf("%v: got %d, %q, %q, want %d, %q, %q", tt.args, code, stdout, stderr, tt.want, tt.stdout, tt.stderr)
		}
	}
}
