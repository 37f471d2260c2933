package compile

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/config"
)

// TestGeoData: what is wrong with the file is named by its line, and continents
// that no viewer can be in are refused.
func TestGeoData(t *testing.T) {
	c, problems := config.Parse("config.yaml", []byte(`
version: 1
server: {geo: {file: geo.csv}}
distributions:
  shop:
    origins: {eu: {domain_name: eu.test}, us: {domain_name: us.test}}
    routing: {viewers: {policy: geo, members: {eu: {continents: [EU]}, us: {default: true}}}}
    default_cache_behavior: {target_origin_id: viewers, cache_policy_id: CachingOptimized}
`))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	for content, want := range map[string]string{
		"192.0.2.0/24,DE,EU\n":             "",
		"192.0.2.0/24,DE,EU\nhere,DE,EU\n": `geo data: geo.csv:2: "here,DE,EU": not a prefix in CIDR notation`,
		"192.0.2.0/24,DE\n":                `distribution "shop": routing group "viewers": members have continents, and no line of the geo data has one`,
		"":                                 "no line of the geo data has one",
	} {
		env := Environment{ReadFile: func(name string) ([]byte, error) {
			if name != "geo.csv" {
				return nil, os.ErrNotExist
			}
			return []byte(content), nil
		}}
		if _, err := Compile(c, env); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", content, err, want)
		}
	}
	none := Environment{ReadFile: func(string) ([]byte, error) { return nil, os.ErrNotExist }}
	if _, err := Compile(c, none); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "geo data: ") {
		t.Errorf("no file: got %v", err)
	}
}
