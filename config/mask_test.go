package config

import (
	"regexp"
	"strings"
	"testing"
)

// TestMasked: lines of a configuration that messages show have no secrets, in
// whatever form they are written, and keep their columns (reliability A2).
func TestMasked(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"domain_name: api.test # plain", "domain_name: api.test # plain"},
		{"o: {domain_name: a.test, custom_headers: {X-Verify: hush, Y: 'a, b'}, path: /p}", "o: {domain_name: a.test, custom_headers: {X-Verify: ****, Y: *** **}, path: /p}"},
		{"custom_headers: {\"X-Verify\": \"hu\\\"sh\"}", "custom_headers: {\"X-Verify\": ********}"},
		{"custom_headers: {X: {from_file: /run/a}, Y: {from_env: B}, Z: hush}", "custom_headers: {X: {from_file: /run/a}, Y: {from_env: B}, Z: ****}"},
		{"custom_headers: {X: hush,\n  Y: hush}\npath: /p", "custom_headers: {X: ****,\n  Y: ****}\npath: /p"},
		{"custom_headers: [{name: X, value: hush}, hush]", "custom_headers: [{***** *, ****** ****}, ****]"},
		{"  custom_headers:\n    X-A: hush: hush\n    X-B: {from_file: f}\n    X-C:\n      from_env: E\n\n    # hush\n    X-D: |\n      hush\n      a: hush\n  path: /p",
			"  custom_headers:\n    X-A: ***** ****\n    X-B: {from_file: f}\n    X-C:\n      from_env: E\n\n    * ****\n    X-D: *\n      ****\n      ** ****\n  path: /p"},
		{"custom_header:\n  X: hush\nCustomHeaders: {}", "custom_header:\n  X: ****\nCustomHeaders: {}"},
		{"custom_headers: hush", "custom_headers: ****"},
		{"custom_headers: {X: hüsh, Y: 'hüsh'}", "custom_headers: {X: ****, Y: ******}"},
		{"custom_headers:\n  \"X\" : hush\n  - hush", "custom_headers:\n  \"X\" : ****\n  * ****"},
		{"custom_headers_config: {X: {value: seen}}", "custom_headers_config: {X: {value: seen}}"},
		{"admin_access: {token: hush, cert: c.pem}", "admin_access: {token: ****, cert: c.pem}"},
		{"  token: 'hu sh' # why", "  token: *** *** # why"},
		{"token: {from_file: /run/token}", "token: {from_file: /run/token}"},
		{"proxy_credentials_file: /run/c", "proxy_credentials_file: /run/c"},
		{"secret_access_key: hush", "secret_access_key: ****"},
		{"proxy: socks5://us:hush@p.test:1 # by user", "proxy: socks5://*******@p.test:1 # by user"},
		{"a: https://b.test/c@d", "a: https://b.test/c@d"},
		{"token_domains: [a.test]", "token_domains: [a.test]"},
		{"access_control_allow_credentials: true", "access_control_allow_credentials: true"},
		{"X-Api-Key: hush", "X-Api-Key: ****"},
		{"custom_headers: {X: \"hu\n  sh, hush\", Y: hu\n  sh, Z: hush}\npath: /p", "custom_headers: {X: ***\n  *** *****, Y: **\n  **, Z: ****}\npath: /p"},
		{"- custom_headers:\n  - hush\n  path: /p\n- path: /q", "- custom_headers:\n  * ****\n  path: /p\n- path: /q"},
		{"token:\n  hush\ncert: c.pem", "token:\n  ****\ncert: c.pem"},
		{"token: # why\n  from_file: /run/token\n  password: hush\ncert: c.pem", "token: # why\n  from_file: /run/token\n  password: ****\ncert: c.pem"},
		{"a:\n  token: |\n    hush\n\n    a: hush\n  cert: c.pem", "a:\n  token: |\n    ****\n\n    ** ****\n  cert: c.pem"},
		{"- token: >-\n    hush\n  cert: c.pem", "- token: >-\n    ****\n  cert: c.pem"},
		{"token:\n- hush\ncert: c.pem", "token:\n* ****\ncert: c.pem"},
		{"token: \"hu\n  sh\"\ncert: c.pem", "token: ***\n  ***\ncert: c.pem"},
		{"token: hu\n  sh\ncert: c.pem", "token: **\n  **\ncert: c.pem"},
		{"token: hu#s,h} # why", "token: ******* # why"},
		{"# token: {\na: b", "# token: {\na: b"},
		{"token: [hush,\n  hush]", "token: [****,\n  ****]"},
		{"token: {policy: failover, password: hush}", "token: {policy: failover, password: ****}"},
		{"token: !!str hush", "token: !!str ****"},
		{"token: &a hush", "token: &a ****"},
		{"token: &a\n  hush", "token: &a\n  ****"},
		{"token : hush", "token : ****"},
		{"token:\thush", "token:\t****"},
		{`{"token":"hush","b":1}`, `{"token":******,"b":1}`},
		{"{token: ühühühühühühühühühühüh, password: hush}", "{token: **********************, password: ****}"},
		{"a: ȺȺȺȺȺȺȺȺȺȺȺȺ # custom_headers: {X: y}, token", "a: ȺȺȺȺȺȺȺȺȺȺȺȺ # custom_headers: {X: *}, token"},
		{"o: {a: {custom_headers: {X: hush}}, b: {bad: 1, custom_headers: {X: hush}}}", "o: {a: {custom_headers: {X: ****}}, b: {bad: 1, custom_headers: {X: ****}}}"},
		{`{"p":{"custom_headers_config":{}},"o":{"custom_headers":{"X":"hush"}}}`, `{"p":{"custom_headers_config":{}},"o":{"custom_headers":{"X":******}}}`},
		{"o: {token: hush, custom_headers: {X: hush}, password: hush}", "o: {token: ****, custom_headers: {X: ****}, password: ****}"},
		{"CustomHeaders:\n  Quantity: 1\n  Items: [{HeaderName: X, HeaderValue: hush}]", "CustomHeaders:\n  Quantity: *\n  Items: ************* ** ************ ******"},
		{"custom-headers:\n  X: hush\npath: /p", "custom-headers:\n  X: ****\npath: /p"},
		{"custom_headers: &h {X: hush}\npath: /p", "custom_headers: &h {X: ****}\npath: /p"},
		{"custom_headers: !!map &h\n  X: hush\npath: /p", "custom_headers: !!map &h\n  X: ****\npath: /p"},
		{"{\n\"custom_headers\":\n{\n\"X\": \"hush\"\n},\n\"path\": \"/p\"\n}", "{\n\"custom_headers\":\n{\n\"X\": ******\n},\n\"path\": \"/p\"\n}"},
		{"# custom_headers: {X: hush}", "# custom_headers: {X: ****}"},
		{"  # custom_headers:\n  #   X: hush\n  # path: /p\n  # {\npath: /p", "  # custom_headers:\n  #   X: ****\n  # path: /p\n  # {\npath: /p"},
	} {
		if got := strings.Join(masked(strings.Split(tt.in, "\n")), "\n"); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

// TestMaskedLong: a line that is too long to be looked into shows nothing, nor do
// those behind it, in which what it began may go on.
func TestMaskedLong(t *testing.T) {
	long := "a: {" + strings.Repeat("token: hush, ", 100_000)
	got := masked([]string{"version: 1", long, "  b: hush}", "path: /p"})
	if got[0] != "version: 1" || strings.Trim(got[1], "* ") != "" || len(got[1]) != longestMasked || got[2] != "  ** *****" || got[3] != "***** **" {
		t.Errorf("got %q, %d bytes that begin %.20q, %q and %q, want only the first line shown", got[0], len(got[1]), got[1], got[2], got[3])
	}
}

// blockMark begins a value in the lines below.
var blockMark = regexp.MustCompile(`^[|>][-+0-9]*$`)

// FuzzMasked: whatever the value of a custom header or a token is, and however YAML
// writes it, nothing of it is shown, and columns stay.
func FuzzMasked(f *testing.F) {
	for _, seed := range []string{"hush", "a: b", "two\nlines: x\n", "- x", "{a: b", "'", `"`, "it's", "#x", "*a", "|", "a\n  b\n\nc", "[x, y]", "x, y: z}", "true", "0x10"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		n := &node{kind: kindMap}
		headers := &node{kind: kindMap}
		headers.set("X-First", &node{kind: kindString, text: value})
		headers.set("X-Last", &node{kind: kindString, text: value})
		n.set("domain_name", &node{kind: kindString, text: "o.test"})
		n.set("custom_headers", headers)
		n.set("token", &node{kind: kindString, text: value})
		n.set("path", &node{kind: kindString, text: "/p"})
		text := strings.Split(strings.TrimSuffix(string(formatYAML(n)), "\n"), "\n")
		got := masked(text)
		for i, line := range got {
			if len([]rune(line)) != len([]rune(text[i])) {
				t.Errorf("%q: line %q became %q: columns moved", value, text[i], line)
			}
			switch {
			case i == 0 && line == "domain_name: o.test", i == 1 && line == "custom_headers:", i == len(got)-1 && line == "path: /p":
				continue
			}
			line = strings.TrimLeft(line, " ")
			for _, key := range []string{"X-First:", "X-Last:", "token:"} {
				line = strings.TrimPrefix(line, key)
			}
			if shown := strings.Trim(line, "* \t\r"); shown != "" && shown != "true" && shown != "false" && !blockMark.MatchString(shown) {
				t.Errorf("%q: got the line %q of\n%s", value, got[i], strings.Join(text, "\n"))
			}
		}
	})
}
