package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// same compares what configurations say, not where they say it.
var same = cmp.Options{cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateEmpty()}

func parse(t testing.TB, src string) *Config {
	t.Helper()
	c, ds := Parse("test.yaml", []byte(src))
	if c == nil {
		t.Fatalf("Parse: got %s, want a config; source:\n%s", ds, src)
	}
	return c
}

// document is a document with the given lines for origin o and
// distribution d.
func document(origin, distribution string) string {
	return "version: 1\ndistributions:\n  d:\n    origins:\n      o: {domain_name: o.test" + origin + "}\n" +
		"    default_cache_behavior: {target_origin_id: o, cache_policy_id: CachingDisabled}\n" + distribution
}

func TestDefaults(t *testing.T) {
	c := parse(t, document("", ""))
	d := c.Distributions[0]
	o := d.Origins[0]
	for _, test := range []struct {
		name      string
		got, want any
	}{
		{"listen", c.Server.Listen, []Listen{{Address: ":8080", Protocols: []Protocol{ProtocolH1, ProtocolH2C}}}},
		{"admin", c.Server.Admin, "127.0.0.1:9180"},
		{"mode", c.Server.Mode, ModeDev},
		{"drain_timeout", c.Server.DrainTimeout.String(), "30s"},
		{"memory", c.Cache.Memory, Memory{256 << 20, 8 << 20, EvictionTinyLFU}},
		{"stale_keep", c.Cache.StaleKeep.String(), "1d"},
		{"choices.forwarded_path", c.Choices.ForwardedPath, ForwardedPathRaw},
		{"choices.aborted", c.Choices.Aborted, AbortedStore},
		{"choices.stale_limit", c.Choices.StaleLimit, StaleLimit("since_validation")},
		{"enabled", d.Enabled, true},
		{"http_version", d.HTTPVersion, HTTPVersion2},
		{"default pattern", d.DefaultCacheBehavior.PathPattern, "*"},
		{"allowed_methods", d.DefaultCacheBehavior.AllowedMethods, MethodSetRead},
		{"CF-ORT-01", o.ConnectionTimeout.String(), "10s"},
		{"CF-ORT-02", o.ConnectionAttempts, 3},
		{"CF-ORT-03", o.CustomOriginConfig.OriginReadTimeout.String(), "30s"},
		{"CF-ORT-04", o.CustomOriginConfig.OriginKeepaliveTimeout.String(), "5s"},
		{"CF-ORT-05", o.ResponseCompletionTimeout, Duration(0)},
		{"ports", []int{o.CustomOriginConfig.HTTPPort, o.CustomOriginConfig.HTTPSPort}, []int{80, 443}},
		{"protocol", o.CustomOriginConfig.OriginProtocolPolicy, OriginProtocolPolicyMatchViewer},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s: default differs (-want +got)\n%s", test.name, diff)
		}
	}
}

// TestModeDecidesChoices has the choices whose default depends on the mode.
func TestModeDecidesChoices(t *testing.T) {
	for _, test := range []struct{ in, path, aborted, fronting string }{
		{"server: {mode: dev}", "raw", "store", "account"},
		{"server: {mode: faithful}", "raw", "drop", "account"},
		{"server: {mode: production}", "normalized", "store", "certificate"},
		{"server: {mode: faithful}\nchoices: {forwarded_path: normalized, aborted: store, domain_fronting: certificate}", "normalized", "store", "certificate"},
		{"server: {mode: production}\nchoices: {forwarded_path: raw, aborted: drop, domain_fronting: account}", "raw", "drop", "account"},
	} {
		c := parse(t, document("", test.in+"\n")).Choices
		if string(c.ForwardedPath) != test.path || string(c.Aborted) != test.aborted || string(c.DomainFronting) != test.fronting {
			t.Errorf("%s: got %s, %s and %s, want %s, %s and %s", test.in, c.ForwardedPath, c.Aborted, c.DomainFronting, test.path, test.aborted, test.fronting)
		}
	}
}

func TestOriginsDefaults(t *testing.T) {
	c := parse(t, document(", connection_attempts: 1, custom_origin_config: {origin_keepalive_timeout: 9}",
		"origins_defaults: {connection_attempts: 2, connection_timeout: 4s, origin_read_timeout: 5s, origin_keepalive_timeout: 6s}\n"))
	o := c.Distributions[0].Origins[0]
	got := fmt.Sprint(o.ConnectionAttempts, o.ConnectionTimeout, o.CustomOriginConfig.OriginReadTimeout, o.CustomOriginConfig.OriginKeepaliveTimeout)
	if want := "1 4s 5s 9s"; got != want {
		t.Errorf("timeouts with origins_defaults: got %s, want %s", got, want)
	}
}

func TestTTLDefaults(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"CF-TTL-10 omitted", "{}", "0s 1d 365d"},
		{"CF-TTL-10 default raised to min", "{min_ttl: 2d}", "2d 2d 365d"},
		{"CF-TTL-10 max raised to min", "{min_ttl: 400d}", "400d 400d 400d"},
		{"CF-TTL-10 max raised to default", "{default_ttl: 500d}", "0s 500d 500d"},
		{"written", "{min_ttl: 1, default_ttl: 2, max_ttl: 3}", "1s 2s 3s"},
		{"CF-TTL-29 written zero stays", "{default_ttl: 0, max_ttl: 0}", "0s 0s 0s"},
	} {
		p, _ := parse(t, document("", "cache_policies: {p: "+test.in+"}\n")).CachePolicy("p")
		if got := fmt.Sprint(p.MinTTL, p.DefaultTTL, p.MaxTTL); got != test.want {
			t.Errorf("%s: TTLs of %s: got %s, want %s", test.name, test.in, got, test.want)
		}
	}
}

func TestS3Origin(t *testing.T) {
	o := parse(t, document(", s3_origin_config: {}", "")).Distributions[0].Origins[0]
	want := CustomOriginConfig{HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: OriginProtocolPolicyMatchViewer, IPAddressType: IPAddressTypeDualStack, OriginReadTimeout: 30e9, OriginKeepaliveTimeout: 5e9}
	if o.S3OriginConfig == nil || !reflect.DeepEqual(o.CustomOriginConfig, want) {
		t.Errorf("S3 origin: got %v %+v, want %+v", o.S3OriginConfig, o.CustomOriginConfig, want)
	}
}

// TestS3ReadTimeout: the one timeout that an S3 origin has of its own.
func TestS3ReadTimeout(t *testing.T) {
	o := parse(t, document(", s3_origin_config: {origin_read_timeout: 7s}", "")).Distributions[0].Origins[0]
	if got := o.CustomOriginConfig.OriginReadTimeout; got != 7e9 || o.S3OriginConfig.OriginReadTimeout != 7e9 {
		t.Errorf("got %v and %v, want 7s", got, o.S3OriginConfig.OriginReadTimeout)
	}
}

func TestMapsKeepFileOrder(t *testing.T) {
	c, _ := Load("testdata/features.yaml")
	if got := c.Distributions[0].Name + " " + c.Distributions[1].Name; got != "z-first a-second" {
		t.Errorf("distributions: got %s, want the order of the file", got)
	}
}

func TestPosition(t *testing.T) {
	c, _ := Load("testdata/groundfront.yaml")
	for _, test := range []struct{ path, want string }{
		{"server.mode", "testdata/groundfront.yaml:8:9"},
		{"distributions.shop", "testdata/groundfront.yaml:38:3"},
		{"distributions.shop.cache_behaviors[1].path_pattern", "testdata/groundfront.yaml:59:23"},
		{"distributions.shop.enabled", ""},
	} {
		p, written := c.Position(test.path)
		got := fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
		if written != (test.want != "") || written && got != test.want {
			t.Errorf("Position(%q): got %s (%t), want %q", test.path, got, written, test.want)
		}
	}
}

func TestLoadOverlays(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return file
	}
	base := write("base.yaml", document("", "    aliases: [a.test, b.test]\nserver: {mode: dev, admin: 'localhost:1'}\n"))
	over := write("over.yaml", "server: {mode: faithful}\ndistributions: {d: {aliases: [c.test]}, e: {origins: {o: {domain_name: e.test}}, "+
		"default_cache_behavior: {target_origin_id: o, cache_policy_id: CachingDisabled}}}\n")
	c, ds := Load(base, over)
	if c == nil {
		t.Fatal(ds)
	}
	p, _ := c.Position("server.mode")
	got := fmt.Sprintf("%s %s %s %s %s", c.Server.Mode, c.Server.Admin, c.Distributions[0].Aliases, c.Distributions[1].Name, filepath.Base(p.File))
	if want := "faithful localhost:1 [c.test] e over.yaml"; got != want {
		t.Errorf("overlay: got %q, want %q", got, want)
	}
	if p, _ := c.Position("distributions.d"); filepath.Base(p.File) != "over.yaml" {
		t.Errorf("overlay: distribution d is at %s, want over.yaml", p.File)
	}
	// Diagnostics are in the order of the files, whatever their names.
	_, ds = Load(over, base, write("aaa.yaml", "server: {mod: dev}\ncache: {edges: 1}\n"))
	if len(ds) != 2 || filepath.Base(ds[0].File) != "aaa.yaml" || ds[0].Line != 1 || ds[1].Line != 2 {
		t.Errorf("diagnostics of an overlay: got %s, want two of aaa.yaml", ds)
	}
}

// TestYAML prints every good file and reads it again.
func TestYAML(t *testing.T) {
	for _, file := range testdata(t) {
		if c, _ := Load(file); c != nil {
			printsBack(t, c)
		}
	}
}

func printsBack(t *testing.T, c *Config) {
	t.Helper()
	text := c.YAML()
	again, ds := ParseWith("printed.yaml", text, os.ReadFile)
	if again == nil {
		t.Fatalf("printed configuration is refused: %s\n%s", ds, text)
	}
	if diff := cmp.Diff(c, again, same); diff != "" {
		t.Fatalf("printed configuration differs (-first +again)\n%s\n%s", diff, text)
	}
}

func FuzzParse(f *testing.F) {
	for _, file := range testdata(f) {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		c, ds := Parse("fuzz.yaml", src)
		if (c == nil) != ds.HasErrors() {
			t.Fatalf("config %t with diagnostics %s", c != nil, ds)
		}
		if len(ds) > 2*maxDiagnostics+1 {
			t.Fatalf("%d diagnostics, want at most %d", len(ds), 2*maxDiagnostics+1)
		}
		_ = ds.String()
		if c != nil {
			printsBack(t, c)
		}
	})
}

// TestBounds: each bound of the reader has its own refusal.
func TestBounds(t *testing.T) {
	for _, test := range []struct {
		name string
		want code
		text string
	}{
		{"too large", tooLarge, "want at most 4194304"},
		{"too deep", tooDeep, "nested deeper than 64 levels"},
		{"alias bomb", tooDeep, "aliases expand to more than 10000 values"},
		{"many errors", tooManyErrors, "more errors are not shown"},
		{"many origins", quotaExceeded, "101 origins"},
		{"flood", tooManyErrors, "950 more errors are not shown, and reading stopped there"},
	} {
		_, ds := Parse("bounds.yaml", []byte(generated()[test.name]))
		if got := ds.String(); !strings.Contains(got, string(test.want)+": ") || !strings.Contains(got, test.text) {
			t.Errorf("%s: got %.300s, want %s with %q", test.name, got, test.want, test.text)
		}
	}
}

func TestCapOnErrors(t *testing.T) {
	_, ds := Parse("many.yaml", []byte(generated()["many errors"]))
	last := ds[len(ds)-1]
	if len(ds) != maxDiagnostics+1 || code(last.Code) != tooManyErrors || !strings.HasPrefix(last.Message, "32 more") {
		t.Errorf("82 errors: got %d, the last %q", len(ds), last.Message)
	}
}

func TestDiagnosticShape(t *testing.T) {
	_, ds := Parse("groundfront.yaml", []byte("version: 1\nserver:\n  modes: dev\n  admin: 'localhost:1'\n"+document("", "")[11:]))
	want := `groundfront.yaml:3:3: error GF2104: unknown key "modes" in server
     2 | server:
     3 |   modes: dev
       |   ^
     4 |   admin: 'localhost:1'
         did you mean "mode"?
`
	if got := ds.String(); got != want {
		t.Errorf("diagnostic: got\n%s\nwant\n%s", got, want)
	}
	var decoded Diagnostics
	if err := json.Unmarshal(ds.JSON(), &decoded); err != nil || !reflect.DeepEqual(decoded, ds) {
		t.Errorf("JSON: got %s, %v", ds.JSON(), err)
	}
	if got := string(Diagnostics(nil).JSON()); got != "[]\n" {
		t.Errorf("JSON of nothing: got %q, want []", got)
	}
}

// TestTags reads every tag: a default that does not fit its field would be
// lost without a word.
func TestTags(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		for _, p := range properties(typ) {
			if text, ok := printText(withText(p.typ, p.def)); p.def != "" && ok && text == nil {
				t.Errorf("%s.%s: default %q does not fit", typ.Name(), p.name, p.def)
			}
			for _, tag := range []string{p.def, p.lo, p.hi} {
				if v := withText(p.typ, tag); tag != "" && fmt.Sprint(v) != tag && !sameText(v, p.typ, tag) {
					t.Errorf("%s.%s: tag %q reads as %v", typ.Name(), p.name, tag, v)
				}
			}
			visit(p.typ)
		}
	}
	visit(reflect.TypeFor[Config]())
	visit(reflect.TypeFor[action]()) // what a RuleAction may be in a file
	for name := range notBuiltKeys {
		found := false
		for typ := range seen {
			found = found || typ.Name() == name
		}
		if !found {
			t.Errorf("notBuiltKeys has %q, which is no struct of the configuration", name)
		}
	}
	for typ := range seen {
		for _, p := range properties(typ) {
			if feature, both := notBuiltKeys[typ.Name()][p.name]; both {
				t.Errorf("%s.%s is built, and %s are said not to be", typ.Name(), p.name, feature)
			}
		}
	}
}

func withText(typ reflect.Type, text string) reflect.Value {
	v := reflect.New(typ).Elem()
	if text != "" {
		setText(v, text)
	}
	return v
}

// sameText accepts 24h for 1d.
func sameText(v reflect.Value, typ reflect.Type, tag string) bool {
	return v.CanInt() && v.Int() != 0 && fmt.Sprint(withText(typ, fmt.Sprint(v))) == fmt.Sprint(withText(typ, tag))
}

// TestDocs asks for a comment on every property; the schema shows it.
func TestDocs(t *testing.T) {
	docs := fieldDocs()
	for _, typ := range []reflect.Type{
		reflect.TypeFor[Config](), reflect.TypeFor[Server](), reflect.TypeFor[Listen](), reflect.TypeFor[Cache](),
		reflect.TypeFor[Memory](), reflect.TypeFor[CachePolicy](), reflect.TypeFor[KeyParameters](), reflect.TypeFor[HeadersConfig](),
		reflect.TypeFor[OriginRequestPolicy](), reflect.TypeFor[ResponseHeadersPolicy](), reflect.TypeFor[CORSConfig](),
		reflect.TypeFor[SecurityHeadersConfig](), reflect.TypeFor[Distribution](), reflect.TypeFor[CacheBehavior](),
		reflect.TypeFor[Origin](), reflect.TypeFor[CustomOriginConfig](), reflect.TypeFor[CustomErrorResponse](), reflect.TypeFor[Logging](),
		reflect.TypeFor[WebACL](), reflect.TypeFor[WebACLRule](), reflect.TypeFor[RuleGroup](), reflect.TypeFor[RegexPatternSet](), reflect.TypeFor[Statement](),
		reflect.TypeFor[FieldToMatch](), reflect.TypeFor[ByteMatchStatement](), reflect.TypeFor[ManagedRuleGroupStatement](), reflect.TypeFor[CRSConfig](),
		reflect.TypeFor[RateBasedStatement](), reflect.TypeFor[RateCustomKey](), reflect.TypeFor[WAFLogging](), reflect.TypeFor[DataProtection](),
	} {
		for i := range typ.NumField() {
			f := typ.Field(i)
			if doc := docs[typ.Name()+"."+f.Name]; f.IsExported() && !strings.HasSuffix(doc, ".") {
				t.Errorf("%s.%s: got doc comment %q, want a sentence", typ.Name(), f.Name, doc)
			}
		}
	}
}

// TestEnums holds every constant of an enum against the words that are read.
func TestEnums(t *testing.T) {
	for _, test := range []struct {
		words     enum
		constants []string
	}{
		{Mode(""), asStrings([]Mode{ModeDev, ModeFaithful, ModeProduction})},
		{Engine(""), asStrings([]Engine{EngineAuto, EngineGoroutine, EngineEventLoop})},
		{Protocol(""), asStrings([]Protocol{ProtocolH1, ProtocolH2, ProtocolH2C, ProtocolH3})},
		{AWSAPI(""), asStrings([]AWSAPI{AWSAPIOff})},
		{Eviction(""), asStrings([]Eviction{EvictionTinyLFU, EvictionS3FIFO})},
		{Semantics(""), asStrings([]Semantics{SemanticsCloudFront, SemanticsRFC9111})},
		{LogFormat(""), asStrings([]LogFormat{LogFormatW3C})},
		{HTTPVersion(""), asStrings([]HTTPVersion{HTTPVersion11, HTTPVersion2, HTTPVersion3, HTTPVersion2And3})},
		{MethodSet(""), asStrings([]MethodSet{MethodSetRead, MethodSetReadOptions, MethodSetAll})},
		{Selection(""), asStrings([]Selection{
			SelectionNone, SelectionWhitelist, SelectionAllExcept, SelectionAll,
			SelectionAllViewer, SelectionAllViewerAndWhitelistCloudFront,
		})},
		{ViewerProtocolPolicy(""), asStrings([]ViewerProtocolPolicy{
			ViewerProtocolPolicyAllowAll, ViewerProtocolPolicyRedirectToHTTPS, ViewerProtocolPolicyHTTPSOnly,
		})},
		{OriginProtocolPolicy(""), asStrings([]OriginProtocolPolicy{
			OriginProtocolPolicyHTTPOnly, OriginProtocolPolicyHTTPSOnly, OriginProtocolPolicyMatchViewer,
		})},
		{OriginSSLProtocol(""), asStrings([]OriginSSLProtocol{
			OriginSSLProtocolSSLv3, OriginSSLProtocolTLSv1, OriginSSLProtocolTLSv11, OriginSSLProtocolTLSv12,
		})},
		{ProxyProtocol(""), asStrings([]ProxyProtocol{ProxyProtocolOff, ProxyProtocolV1, ProxyProtocolV2})},
		{ActionKind(""), asStrings([]ActionKind{ActionAllow, ActionBlock, ActionCount, ActionCaptcha, ActionChallenge})},
		{OverrideAction(""), asStrings([]OverrideAction{OverrideActionNone, OverrideActionCount})},
		{FirewallFail(""), asStrings([]FirewallFail{FirewallFailClosed, FirewallFailOpen})},
		{SizeInspectionLimit(""), asStrings([]SizeInspectionLimit{SizeInspectionLimit16, SizeInspectionLimit32, SizeInspectionLimit48, SizeInspectionLimit64})},
		{PositionalConstraint(""), asStrings([]PositionalConstraint{
			PositionalConstraintExactly, PositionalConstraintStartsWith, PositionalConstraintEndsWith, PositionalConstraintContains, PositionalConstraintContainsWord,
		})},
		{ComparisonOperator(""), asStrings([]ComparisonOperator{
			ComparisonOperatorEQ, ComparisonOperatorNE, ComparisonOperatorLE, ComparisonOperatorLT, ComparisonOperatorGE, ComparisonOperatorGT,
		})},
		{SensitivityLevel(""), asStrings([]SensitivityLevel{SensitivityLevelLow, SensitivityLevelHigh})},
		{MatchScope(""), asStrings([]MatchScope{MatchScopeAll, MatchScopeKey, MatchScopeValue})},
		{OversizeHandling(""), asStrings([]OversizeHandling{OversizeHandlingContinue, OversizeHandlingMatch, OversizeHandlingNoMatch})},
		{InvalidFallbackBehavior(""), asStrings([]InvalidFallbackBehavior{
			InvalidFallbackBehaviorMatch, InvalidFallbackBehaviorNoMatch, InvalidFallbackBehaviorEvaluateAsString,
		})},
		{LabelMatchScope(""), asStrings([]LabelMatchScope{LabelMatchScopeLabel, LabelMatchScopeNamespace})},
		{ManagedVendor(""), asStrings([]ManagedVendor{ManagedVendorAWS, ManagedVendorGroundfront})},
		{InspectionLevel(""), asStrings([]InspectionLevel{InspectionLevelCommon, InspectionLevelTargeted})},
		{CRSOn(""), asStrings([]CRSOn{CRSOnOrigin, CRSOnAll})},
		{AggregateKeyType(""), asStrings([]AggregateKeyType{AggregateKeyIP, AggregateKeyForwardedIP, AggregateKeyCustomKeys, AggregateKeyConstant})},
		{FilterBehavior(""), asStrings([]FilterBehavior{FilterBehaviorKeep, FilterBehaviorDrop})},
		{FilterRequirement(""), asStrings([]FilterRequirement{FilterRequirementMeetsAll, FilterRequirementMeetsAny})},
		{DataProtectionAction(""), asStrings([]DataProtectionAction{DataProtectionActionSubstitution, DataProtectionActionHash})},
		{ProtectedField(""), asStrings([]ProtectedField{
			ProtectedFieldSingleHeader, ProtectedFieldSingleCookie, ProtectedFieldSingleQueryArgument, ProtectedFieldQueryString, ProtectedFieldBody,
		})},
		{IPAddressType(""), asStrings([]IPAddressType{IPAddressTypeIPv4, IPAddressTypeIPv6, IPAddressTypeDualStack})},
	} {
		if diff := cmp.Diff(test.words.values(), test.constants); diff != "" {
			t.Errorf("%T: words and constants differ (-words +constants)\n%s", test.words, diff)
		}
	}
	for k := kindNull; k <= kindMap; k++ {
		if k.String() == "" {
			t.Errorf("node kind %d has no name", k)
		}
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"MinTTL": "min_ttl", "PathPattern": "path_pattern", "OriginAccessControlId": "origin_access_control_id",
		"S3OriginConfig": "s3_origin_config", "HTTPSPort": "https_port", "CORSConfig": "cors_config", "Id": "id", "": "",
	} {
		if got := snake(in); got != want {
			t.Errorf("snake(%q): got %q, want %q", in, got, want)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	for _, test := range []struct{ word, want string }{
		{"path_patern", "path_pattern"}, {"cahce", "cache"}, {"cach", "cache"}, {"zzz", ""}, {strings.Repeat("c", 100), ""},
	} {
		want := test.want
		if want != "" {
			want = fmt.Sprintf("did you mean %q?", want)
		}
		if got := didYouMean(test.word, []string{"cache", "path_pattern"}); got != want {
			t.Errorf("didYouMean(%q): got %q, want %q", test.word, got, want)
		}
	}
}

// TestPrintedStrings prints texts that YAML would take for something else.
func TestPrintedStrings(t *testing.T) {
	for _, s := range []string{
		"null", "~", "yes", "off", "true", "0x1f", "1e3", ".5", "1_000", "2001-01-01", "<<", "=", "*a", "&a", "!t", "|", ">", "%", "`", "-", "- a", "a: b",
		"#", "a #b", " a", "a ", "\t", "a\nb", "\n", "a\r\nb", "\x00", "\u0085", "\u2028", "\ufeff", "é", "😀", "'", `"`, `\`, "{", "[a]", "@", "?", "? a", ":",
	} {
		c := parse(t, document("", ""))
		c.Distributions[0].Comment = s
		c.Server.Listen[0].Address = "localhost:80"
		printsBack(t, c)
		if isToken(s) {
			c.Distributions[0].Origins[0].CustomHeaders = []OriginHeader{{Name: s, Value: HeaderValue{Text: "v"}}, {Name: "x-empty"}}
			printsBack(t, c)
		}
	}
}

func FuzzPrintedString(f *testing.F) {
	f.Add("a: b")
	f.Add(" \u0085\n")
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) || len(s) > 128 {
			return // no document can hold it
		}
		c := parse(t, document("", ""))
		c.Distributions[0].Comment = s
		printsBack(t, c)
	})
}
