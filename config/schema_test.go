package config

import (
	"bytes"
	"os"
	"strconv"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compileSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("groundfront.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("groundfront.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance is what an editor hands to a schema: the document as JSON values.
func instance(n *node) any {
	switch n.kind {
	case kindMap:
		m := map[string]any{}
		for _, e := range n.entries {
			m[e.key] = instance(e.value)
		}
		return m
	case kindList:
		l := []any{}
		for _, item := range n.items {
			l = append(l, instance(item))
		}
		return l
	case kindBool:
		return n.text == "true"
	case kindInt:
		i, _ := strconv.Atoi(n.text)
		return i
	case kindFloat:
		f, _ := strconv.ParseFloat(n.text, 64)
		return f
	case kindNull:
		return nil
	default:
		return n.text
	}
}

// seenBySchema reports whether there is a problem that a schema can see.
func seenBySchema(ds Diagnostics) bool {
	for _, d := range ds {
		switch code(d.Code) {
		case wrongType, missingKey, unknownKey, unknownValue, awsSpelling, noValue, badName, keyNotBuilt, valueNotBuilt:
			return true
		}
	}
	return false
}

// TestSchemaAgrees holds schema and reader together: over the whole files, and
// over small documents with one mistake each.
func TestSchemaAgrees(t *testing.T) {
	schema := compileSchema(t)
	agree := func(name string, src []byte) {
		report := &collector{}
		report.source(name, src)
		root := parseYAML(name, src, report)
		if root == nil || report.brokenSyntax() {
			return
		}
		_, ds := Parse(name, src)
		err := schema.Validate(instance(root))
		if refused := seenBySchema(ds); refused != (err != nil) {
			t.Errorf("%s: the reader says %t, the schema %v\n%s\n%s", name, !refused, err, ds, src)
		}
	}
	for _, file := range testdata(t) {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		agree(file, src)
	}
	for _, line := range []string{
		"", "server: {}", "servers: {}", "server: []", "server: {mode: dev}", "server: {mode: prod}",
		"server: {drain_timeout: 30}", "server: {drain_timeout: 30s}", "server: {drain_timeout: {}}", "server: {drain_timeout: 1d2h}",
		"server: {listen: [{address: ':80', tls: local_ca}]}", "server: {listen: [{address: ':80', tls: acme}]}",
		"server: {listen: [{address: ':80', tls: {cert: a, key: b}}]}", "server: {listen: [{address: ':80', tls: {cert: a}}]}",
		"server: {listen: [{}]}", "server: {listen: [{address: ':80', protocols: [h1]}]}", "server: {listen: [{address: ':80', protocols: [h3]}]}",
		"cache: {memory: {max_size: 1GiB}}", "cache: {memory: {max_size: 1048576}}", "cache: {memory: {eviction: s3fifo}}", "cache: {memory: {eviction: lru}}", "cache: {edges: 1}",
		"choices: {}", "choices: {origin_age: subtracted}", "choices: {origin_age: removed}", "choices: {origin-age: ignored}", "choices: [origin_age]",
		"cache_policies: {a: {}}", "cache_policies: {'a b': {}}", "cache_policies: {a: {min_ttl: true}}", "cache_policies: [a]",
		"response_headers_policies: {a: {custom_headers_config: {X Y: {}}, remove_headers_config: 7}}",
		"response_headers_policies: {a: {cors_config: {}}}", "response_headers_policies: {a: {cors_config: {access_control_allow_origins: []}}}",
		"response_headers_policies: {a: {cors_config: {access_control_allow_origins: ['*'], access_control_max_age_sec: 1h}}}",
		"functions: {}", "    aliases: [a.test]", "    aliases: a.test", "    enabled: yes", "    enabled: true", "    Enabled: true",
		"    cache_behaviors: [{path_pattern: /a, target_origin_id: o, cache_policy_id: CachingDisabled, allowed_methods: all}]",
		"    cache_behaviors: [{path_pattern: /a, target_origin_id: o, cache_policy_id: CachingDisabled, allowed_methods: [HEAD, GET]}]",
		"    cache_behaviors: [{path_pattern: /a, target_origin_id: o, cache_policy_id: CachingDisabled, allowed_methods: some}]",
		"    cache_behaviors: [{target_origin_id: o, cache_policy_id: CachingDisabled}]",
		"    custom_error_responses: [{error_code: 404}]", "    custom_error_responses: [{error_code: '404'}]",
		"    logging:", "    logging: {path: stdout, format: json}", "    restrictions: {geo_restriction: {restriction_type: none}}",
	} {
		agree(line, []byte(document("", line+"\n")))
	}
}

func TestSchemaDescribes(t *testing.T) {
	for _, want := range []string{
		`"description": "default_ttl is used when the origin sets no lifetime (CF-TTL-06).`,
		`"default": "allow-all"`, `"maximum": 3`, `"$ref": "#/$defs/CacheBehavior"`,
	} {
		if !bytes.Contains(Schema(), []byte(want)) {
			t.Errorf("schema does not contain %s", want)
		}
	}
}
