package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/managed"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// TestExitCodes proves the codes and that every message says what to do.
func TestExitCodes(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Chdir(t.TempDir())
	for _, tt := range []struct {
		in     string
		want   exitCode
		stderr string // a part
	}{
		{"", exitOK, ""},
		{"--help", exitOK, ""},
		{"version", exitOK, ""},
		{"config", exitOK, ""},
		{"completion bash", exitOK, ""},
		{"completion zsh", exitOK, ""},
		{"completion fish", exitOK, ""},
		{"completion powershell", exitOK, ""},
		{"demo --print-config", exitOK, ""},
		{"halth", exitUsage, `did you mean "health"?`},
		{"xyzzy", exitUsage, "see groundfront --help"},
		{"config shw", exitUsage, `did you mean "show"?`},
		{"explain --live http://localhost/", exitUsage, `"groundfront explain" is not built yet`},
		{"config diff a b", exitUsage, `"groundfront config diff" is not built yet`},
		{"validate --output sarif", exitUsage, `"sarif" is not built yet`},
		{"validate --output xml", exitUsage, "want text or json"},
		{"--color sometimes version", exitUsage, "want auto or always or never"},
		{"version extra", exitUsage, "usage: groundfront version"},
		{"version --flavor", exitUsage, "unknown flag: --flavor"},
		{"run", exitUsage, "name a file with -f"},
		{"validate", exitUsage, "there is no groundfront.yaml here"},
		{"run -f missing.yaml", exitConfig, "GF6001"},
		{"validate -f missing.yaml --output json", exitConfig, ""},
		{"proxy", exitUsage, "usage: groundfront proxy URL"},
		{"proxy api.example", exitUsage, "is not a URL such as"},
		{"proxy https://api.example --behavior /api", exitUsage, "is not PATTERN=CACHE_POLICY"},
		{"proxy https://api.example --behavior /api=Nope", exitUsage, "there are CachingOptimized"},
		{"proxy https://api.example --behavior /a|b=CachingDisabled", exitConfig, "GF4001"},
		{"standin --flavor soap", exitUsage, "want rest or http or websocket"},
		{"standin --api-key short", exitUsage, "AG-KEY-02"},
		{"standin --allow everybody", exitUsage, "is not an address such as 127.0.0.1"},
		{"standin --deny 10.0.0.0/8", exitUsage, "a policy that allows nobody"},
		{"standin --canary 101", exitUsage, "want 0 to 100"},
		{"standin --stage-variable color", exitUsage, "must be formatted as key=value"},
		{"standin --shape moto", exitUsage, "want aws or sam or localstack"},
		{"standin --custom-domain api.example.com/a//b", exitUsage, "has an empty segment"},
		{"standin --cors-errors", exitUsage, "is about --cors-origin"},
		{"standin --flavor http --cors-origin * --cors-errors", exitUsage, "an HTTP API has no gateway responses"},
		{"standin --flavor http --jwt-issuer https://id.test", exitUsage, "JWT authorizer: no issuer or no audience"},
		{"standin --flavor http --jwks missing.json", exitUsage, "missing.json"},
		{"standin --error-rate 2", exitUsage, "want 0 to 1"},
		{"standin --quota-period year", exitUsage, "want day or week or month"},
		{"standin --integration-timeout 1h", exitUsage, "stand-in"},
		{"standin --secret-header x-verify", exitUsage, "secret: no values"},
		{"standin --secret-header x-verify --secret-file absent", exitFailure, "absent"},
		{"standin --iam", exitUsage, "--iam needs AWS_ACCESS_KEY_ID"},
		{"invalidate", exitUsage, "--tag TAG"},
		{"invalidate --dry-run --wait", exitUsage, "--tag TAG"},
		{"invalidate --tag a --admin 127.0.0.1:1", exitUnreachable, "is the edge running?"},
		{"invalidate /a --admin nowhere", exitUsage, "is not an address such as 127.0.0.1:9180"},
		{"invalidate /a --admin 127.0.0.1:1", exitUnreachable, "name another address with --admin"},
		{"invalidate /a --admin unix:/no/such/socket", exitUnreachable, "unix:/no/such/socket"},
		{"clock", exitOK, ""},
		{"clock later", exitUsage, "is not a command of groundfront clock"},
		{"clock advance", exitUsage, "usage: groundfront clock advance DURATION"},
		{"clock advance soon", exitUsage, `"soon" is not a duration`},
		{"clock set noon", exitUsage, `"noon" is not a time`},
		{"clock freeze now", exitUsage, "usage: groundfront clock freeze"},
		{"clock now --admin 127.0.0.1:1", exitUnreachable, "is the edge running?"},
		{"health --admin 127.0.0.1:1", exitFailure, "is the edge running?"},
	} {
		code, _, stderr := runVerb(t, strings.Fields(tt.in)...)
		if code != tt.want || !strings.Contains(stderr, tt.stderr) {
			t.Errorf("groundfront %s: got %d (%v) and %q, want %d with %q", tt.in, code, code, stderr, tt.want, tt.stderr)
		}
		if tt.want == exitOK && stderr != "" {
			t.Errorf("groundfront %s: got %q on standard error, want nothing", tt.in, stderr)
		}
	}
}

func TestExitCodeNames(t *testing.T) {
	for _, c := range []exitCode{exitOK, exitFailure, exitUsage, exitConfig, exitUnreachable, exitInterrupted} {
		if strings.HasPrefix(c.String(), "exitCode(") {
			t.Errorf("exit code %d has no name", c)
		}
	}
}

// TestHelp proves that verbs that do not exist yet are not offered.
func TestHelp(t *testing.T) {
	_, help, _ := runVerb(t, "help")
	for _, verb := range unbuiltVerbs {
		if strings.Contains(help, "\n  "+verb+" ") {
			t.Errorf("help offers %q, which is not built", verb)
		}
	}
	for _, verb := range []string{"run", "proxy", "demo", "validate", "schema", "config", "invalidate", "clock", "health", "version", "completion", "standin"} {
		if !strings.Contains(help, "\n  "+verb+" ") {
			t.Errorf("help does not offer %q", verb)
		}
	}
}

func TestValidate(t *testing.T) {
	code, stdout, stderr := runVerb(t, "validate", "-f", "testdata/invalid.yaml")
	if code != exitConfig || stdout != "" {
		t.Errorf("got exit code %d and %q, want %d and nothing", code, stdout, exitConfig)
	}
	golden(t, "validate_invalid.txt", stderr)

	code, stdout, stderr = runVerb(t, "validate", "-f", "testdata/invalid.yaml", "--output", "json")
	if code != exitConfig || stderr != "" {
		t.Errorf("json: got exit code %d and %q, want %d and nothing", code, stderr, exitConfig)
	}
	golden(t, "validate_invalid.json", stdout)

	code, stdout, stderr = runVerb(t, "validate", "-f", "testdata/valid.yaml", "-f", "testdata/overlay.yaml")
	want := "testdata/valid.yaml, testdata/overlay.yaml: valid: 1 distribution, 1 origin, 2 cache behaviors\n"
	if code != exitOK || stdout != want || stderr != "" {
		t.Errorf("valid: got %d, %q, %q, want 0, %q, nothing", code, stdout, stderr, want)
	}
	code, _, stderr = runVerb(t, "validate", "-f", "testdata/valid.yaml", "-f", "testdata/regex.yaml")
	if code != exitConfig {
		t.Errorf("what only compiling shows: got %d, want %d", code, exitConfig)
	}
	golden(t, "validate_regex.txt", stderr)
	if code, stdout, _ = runVerb(t, "validate", "-f", "testdata/valid.yaml", "-f", "testdata/webacls.yaml"); code != exitOK || !strings.HasSuffix(stdout, `
web ACL cheap: 1 of 5000 capacity units
web ACL dear: 1600 of 5000 capacity units; what is above 1500 costs extra at AWS
`) {
		t.Errorf("valid, web ACLs: got %d and %q, want their capacity", code, stdout)
	}
	if code, stdout, _ = runVerb(t, "validate", "-f", "testdata/valid.yaml", "--output", "json"); code != exitOK || stdout != "[]\n" {
		t.Errorf("valid, json: got %d and %q, want 0 and []", code, stdout)
	}
}

func TestColor(t *testing.T) {
	_, _, plain := runVerb(t, "validate", "-f", "testdata/invalid.yaml")
	_, _, colored := runVerb(t, "validate", "-f", "testdata/invalid.yaml", "--color", "always")
	if strings.Contains(plain, "\x1b") {
		t.Errorf("no terminal: got escape sequences in %q", plain)
	}
	if !strings.Contains(colored, "\x1b[31merror GF2104\x1b[0m") {
		t.Errorf("--color always: got %q, want a red error", colored)
	}
}

func TestSchemaIsJSON(t *testing.T) {
	_, schema, _ := runVerb(t, "schema")
	var got struct {
		Schema string `json:"$schema"`
	}
	if err := json.Unmarshal([]byte(schema), &got); err != nil || !strings.Contains(got.Schema, "2020-12") {
		t.Errorf("got %q, %v, want a JSON Schema of 2020-12", got.Schema, err)
	}
}

// TestConfigShow proves that what is shown is a configuration again.
func TestConfigShow(t *testing.T) {
	code, shown, _ := runVerb(t, "config", "show", "-f", "testdata/valid.yaml", "-f", "testdata/overlay.yaml")
	again, problems := config.Parse("shown", []byte(shown))
	if code != exitOK || problems.HasErrors() {
		t.Fatalf("got %d and %s", code, problems)
	}
	if got := again.Server.DrainTimeout.String(); got != "5s" {
		t.Errorf("drain_timeout: got %s, want 5s from the overlay", got)
	}
	if _, shown, _ = runVerb(t, "config", "show", "--managed"); shown != string(managed.Document()) {
		t.Errorf("--managed: got %.60q, want the managed policies", shown)
	}
}

func TestVersionJSON(t *testing.T) {
	_, text, _ := runVerb(t, "version", "--output", "json")
	var got build
	if err := json.Unmarshal([]byte(text), &got); err != nil || got != thisBuild() {
		t.Errorf("got %q (%v), want %+v", text, err, thisBuild())
	}
}
