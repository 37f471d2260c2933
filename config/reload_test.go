package config_test

import (
	"strings"
	"testing"

	"github.com/groundfront/groundfront/config"
)

// TestCheckReload: what is below server and cache is refused unless it is known
// to be taken over, so that no change is ignored (reliability Z15). The rest is.
func TestCheckReload(t *testing.T) {
	const base = `version: 1
distributions:
  site:
    origins: {o: {domain_name: o.example}}
    default_cache_behavior: {target_origin_id: o, cache_policy_id: CachingOptimized}
`
	parse := func(text string) *config.Config {
		t.Helper()
		c, problems := config.Parse("edge.yaml", []byte(text))
		if problems.HasErrors() {
			t.Fatalf("%s\n%s", text, problems)
		}
		return c
	}
	for _, tt := range []struct{ more, want string }{
		{"", ""},
		{`server: {listen: [{address: ":9000", tls: local_ca}], drain_timeout: 5s, limits: {max_body_size: 1MiB}}`, ""},
		{`server: {geo: {places: {192.0.2.0/24: {country: DE}}}}`, ""},
		{`choices: {forwarded_path: normalized}`, ""},
		{`server: {mode: production}`, "server.mode"},
		{`server: {admin: "127.0.0.1:1"}`, "server.admin"},
		{`server: {limits: {max_connections: 5, idle_timeout: 5s}}`, "server.limits.idle_timeout server.limits.max_connections"},
		{`cache: {memory: {eviction: s3fifo}}`, "cache.memory.eviction"},
		{`cache: {disk: {path: /d, max_size: 1GiB}}`, "cache.disk.max_size cache.disk.min_object_size cache.disk.path"},
	} {
		before, after := parse(base), parse(base+tt.more)
		for _, direction := range [][2]*config.Config{{before, after}, {after, before}} {
			var paths []string
			for _, d := range direction[1].CheckReload(direction[0]) {
				paths = append(paths, d.Path)
				if d.Severity != config.SeverityError || d.Suggestion == "" || d.Line == 0 {
					t.Errorf("%s: got %+v, want an error with a place and a remedy", tt.more, d)
				}
			}
			if got := strings.Join(paths, " "); len(strings.Fields(got)) != len(strings.Fields(tt.want)) {
				t.Errorf("%s: got %q, want %q", tt.more, got, tt.want)
			}
			for want := range strings.FieldsSeq(tt.want) {
				if !strings.Contains(strings.Join(paths, " ")+" ", want+" ") {
					t.Errorf("%s: got %q, want %q", tt.more, paths, want)
				}
			}
		}
	}
}
