package repository

import (
	"slices"
	"strings"
)

// An area is a part of the tree with its place in the direction of imports.
type area struct {
	dir string
	// may is what it imports of this repository, besides itself.
	may []string
	// why says what an import of anything else would break.
	why string
}

// areas are tried in order: config/compile comes before config.
var areas = []area{
	{"cachekey", nil, "the key must be computable anywhere, without a cache or a proxy"},
	{"cache", []string{"cachekey"}, "the cache knows neither origins nor viewers"},
	{"waf", []string{"cachekey"}, "rules are evaluated over plain values"},
	{"origin", []string{"cachekey"}, "the origin side does not know what becomes of its responses"},
	{"proxy", []string{"cachekey", "cache", "waf", "origin"}, "the proxy runs a Snapshot and never sees a configuration file"},
	{"config/compile", []string{"config", "proxy", "cachekey", "cache", "waf", "origin"}, "it ends where the Snapshot is built"},
	// What a domain name says of AWS's services is plain data too, and so are countries.
	{"config", []string{"origin/apigateway", "origin/endpoint", "proxy/geo/country"}, "the configuration is plain data; config/compile alone knows both sides"},
	{"bench", []string{"config", "proxy", "cachekey", "cache", "waf", "origin"}, "benchmarks and scenarios drive the packages, not the command"},
	{"cmd", []string{"bench", "config", "proxy", "cachekey", "cache", "waf", "origin"}, "nothing is above the command"},
}

// fenced are packages that only some may import, although the direction
// would allow more.
var fenced = []struct {
	dir     string
	only    []string // tests everywhere besides
	because string
}{
	{"origin/apigateway/standin", []string{"cmd", "bench"}, "it is an emulated origin, nothing on the edge's data path"},
	{"origin/origintest", []string{"bench"}, "it is for tests"},
	{"waf/crs/corpus", []string{"bench"}, "it is for tests"},
	{"proxy/geo/geotest", []string{"bench"}, "it is for tests"},
	{"waf/managed/ordinary", []string{"bench"}, "it is for tests"},
}

// checkDirection holds for tests too: a test that needs what is above its
// package belongs above.
func checkDirection(t *tree) []finding {
	var findings []finding
	for _, i := range t.imports() {
		to, ours := strings.CutPrefix(i.path, modulePath+"/")
		if !ours {
			continue
		}
		from := i.by.dir()
		a := areaOf(from)
		switch {
		case a == nil:
			findings = append(findings, found(i.at, "%s belongs to no area of the direction", from))
		case areaOf(to) != a && !withinAny(to, a.may):
			findings = append(findings, found(i.at, "%s imports %s: %s", from, to, a.why))
		}
		for _, f := range fenced {
			if to == f.dir && !i.by.test && !within(from, f.dir) && !withinAny(from, f.only) {
				findings = append(findings, found(i.at, "%s imports %s: %s", from, to, f.because))
			}
		}
	}
	return findings
}

func areaOf(dir string) *area {
	for i := range areas {
		if within(dir, areas[i].dir) {
			return &areas[i]
		}
	}
	return nil
}

// httpSpeakers are the packages that may import net/http outside of tests.
var httpSpeakers = []struct{ dir, because string }{
	{"origin/sigv4", "its request is what the AWS SDK signs; nothing is sent by it"},
	{"origin/transport/h2", "HTTP/2 to an origin, which gRPC needs, is net/http's"},
	{"proxy/admin", "the operator's interface is ordinary HTTP, off the data path"},
	{"proxy/metrics", "it gives the admin interface a handler for its page"},
	{"origin/apigateway/standin", "an emulated origin is a server, off the data path"},
	{"origin/origintest", "an origin for tests"},
	{"cmd", "the command talks to the admin interface"},
	{"bench", "scenarios and load are viewers"},
}

func checkNetHTTP(t *tree) []finding {
	var findings []finding
	for _, i := range t.imports() {
		allowed := slices.ContainsFunc(httpSpeakers, func(s struct{ dir, because string }) bool {
			return within(i.by.dir(), s.dir)
		})
		if within(i.path, "net/http") && !i.by.test && !allowed {
			findings = append(findings, found(i.at, "%s imports %s", i.by.dir(), i.path))
		}
	}
	return findings
}

// A library is a foreign module, or a package of one, with its one importer;
// bench reads with it what that importer wrote. All tests may import those
// with tests set.
type library struct {
	path  string
	only  []string
	tests bool
}

var libraries = []library{
	{"github.com/andybalholm/brotli", []string{"proxy/compress", "bench/scenario"}, false},
	{"github.com/aws/aws-sdk-go-v2/feature/cloudfront/sign", nil, true},
	{"github.com/aws/aws-sdk-go-v2", []string{"origin/sigv4"}, false},
	{"github.com/caddyserver/certmagic", []string{"cmd/groundfront"}, false},
	{"github.com/corazawaf/coraza-coreruleset/v4/tests", []string{"waf/crs/corpus"}, false},
	{"github.com/corazawaf/coraza-coreruleset/v4", []string{"waf/crs"}, false},
	{"github.com/corazawaf/coraza/v3", []string{"waf/crs"}, false},
	{"github.com/corazawaf/libinjection-go", []string{"waf/injection"}, false},
	{"github.com/dgraph-io/ristretto/v2", []string{"cache/memory"}, false},
	{"github.com/go-chi/chi/v5", []string{"proxy/admin"}, false},
	{"github.com/gaissmai/bart", []string{"proxy/geo", "waf/ipset"}, false},
	{"github.com/google/go-cmp", nil, true},
	{"github.com/google/uuid", nil, true},
	{"github.com/klauspost/compress", []string{"proxy/compress"}, false},
	{"github.com/oschwald/maxminddb-golang/v2", []string{"proxy/geo"}, false},
	{"github.com/prometheus/client_golang", []string{"proxy/metrics"}, false},
	{"github.com/prometheus/client_model", []string{"proxy/metrics"}, false},
	{"github.com/quic-go/qpack", []string{"proxy/h3", "bench/edgetest"}, true},
	{"github.com/quic-go/quic-go", []string{"proxy/h3", "bench/edgetest"}, true},
	{"github.com/santhosh-tekuri/jsonschema/v6", nil, true},
	{"github.com/spf13/cobra", []string{"cmd/groundfront"}, false},
	{"github.com/zeebo/xxh3", []string{"cachekey"}, false},
	{"go.uber.org/goleak", nil, true},
	{"go.uber.org/zap", []string{"cmd/groundfront"}, false},
	{"golang.org/x/net/dns/dnsmessage", []string{"origin/transport"}, true},
	{"golang.org/x/net/http2", []string{"proxy/h2", "bench/edgetest"}, true},
	{"golang.org/x/sys/unix", []string{"origin/transport", "proxy/listener", "proxy/memfile"}, true},
	{"golang.org/x/time/rate", []string{"origin/apigateway/standin"}, false},
	{"golang.org/x/tools/txtar", []string{"bench/scenario"}, true},
	{"gopkg.in/yaml.v3", []string{"config", "waf/crs/corpus"}, true},
}

func checkLibraries(t *tree) []finding {
	var findings []finding
	for _, i := range t.imports() {
		first, _, _ := strings.Cut(i.path, "/")
		if !strings.Contains(first, ".") || within(i.path, modulePath) {
			continue
		}
		at := slices.IndexFunc(libraries, func(l library) bool { return within(i.path, l.path) })
		switch {
		case at < 0:
			findings = append(findings, found(i.at, "%s is not in the table of libraries", i.path))
		case i.by.test && libraries[at].tests, slices.Contains(libraries[at].only, i.by.dir()):
		default:
			findings = append(findings, found(i.at, "%s imports %s, which is for %s", i.by.dir(), i.path, libraries[at].users()))
		}
	}
	return findings
}

// users names who may import l.
func (l library) users() string {
	if l.tests {
		return strings.Join(append(slices.Clone(l.only), "tests"), ", ")
	}
	return strings.Join(l.only, ", ")
}
