package compile

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/config"
)

// Values from elsewhere get to the origin, and are told by nothing else: not
// by the configuration as it is printed, nor by errors.
func TestSecretHeaders(t *testing.T) {
	const document = `
version: 1
distributions:
  d:
    default_cache_behavior: {target_origin_id: o, cache_policy_id: CachingDisabled}
    origins: {o: {domain_name: o.test, custom_headers: {x-plain: plain, x-file: {from_file: secret.txt}, x-env: {from_env: SECRET}}}}
`
	c, problems := config.Parse("test.yaml", []byte(document))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ file, env, want string }{
		{"hush1\nhush0\n", "hush2", "x-plain: plain, x-file: hush1, x-env: hush2"},
		{"", "hush2", `distribution "d": origin "o": custom_headers: x-file: secret.txt: no value in it`},
		{"hush1\x00", "hush2", `distribution "d": origin "o": custom_headers: x-file: secret.txt: its first line cannot be a field's value: want at most 1783 characters, none of them a control character`},
		{"-", "hush2", `distribution "d": origin "o": custom_headers: x-file: file does not exist`},
		{"hush1", "", `distribution "d": origin "o": custom_headers: x-env: environment variable SECRET: no value in it`},
	} {
		s, err := Compile(c, Environment{
			ReadFile: func(name string) ([]byte, error) {
				if name != "secret.txt" || tt.file == "-" {
					return nil, os.ErrNotExist
				}
				return []byte(tt.file), nil
			},
			LookupEnv: func(name string) (string, bool) { return tt.env, name == "SECRET" },
		})
		var got []string
		if err != nil {
			got = []string{err.Error()}
		} else {
			for _, l := range s.Distributions[0].Behaviors[0].Origin.Headers() {
				got = append(got, fmt.Sprintf("%s: %s", l.Name, l.Value))
			}
		}
		if got := strings.Join(got, ", "); got != tt.want {
			t.Errorf("%q, %q: got %s\nwant %s", tt.file, tt.env, got, tt.want)
		}
	}
	if printed := string(c.YAML()); strings.Contains(printed, "hush") || !strings.Contains(printed, "from_file: secret.txt") || !strings.Contains(printed, "from_env: SECRET") {
		t.Errorf("printed:\n%s", printed)
	}
}
