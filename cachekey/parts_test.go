package cachekey

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	p := Policy{
		EnableAcceptEncodingGzip: true,
		Headers:                  []string{"Origin", "Accept", "Host", "Via"},
		Cookies:                  everything,
		QueryStrings:             whitelist("x"),
	}
	b := build(t, p)
	base := Parts{
		Distribution: distribution,
		Fingerprint:  b.Fingerprint(),
		Path:         "/a",
		Headers: []Header{
			{Name: "accept"}, {Name: "host", Value: "www.example.com", Present: true}, {Name: "origin"}, {Name: "via"},
		},
	}
	tests := []struct {
		name   string
		in     Request
		change func(*Parts)
	}{
		{"least", get("/a"), func(*Parts) {}},
		{"query", get("/a?y=2&x=1"), func(p *Parts) { p.Query = "x=1" }},
		{"query of which nothing is selected", get("/a?y=2"), func(*Parts) {}},
		{"CF-KEY-03 method", get("/a").as("OPTIONS"), func(p *Parts) { p.Method = "OPTIONS" }},
		{"CF-KEY-13 present and empty", get("/a", "Origin:"), func(p *Parts) { p.Headers[2].Present = true }},
		{"CF-KEY-12 joined", get("/a", "Accept: x", "accept: y"), func(p *Parts) { p.Headers[0] = Header{"accept", "x, y", true} }},
		{"no Host", get("/a").to(""), func(p *Parts) { p.Headers[1] = Header{Name: "host"} }},
		{"cookies", get("/a", "Cookie: b=2; a=1"), func(p *Parts) { p.Cookies = "a=1; b=2" }},
		{"coding", get("/a", "Accept-Encoding: gzip"), func(p *Parts) { p.AcceptEncoding = AcceptEncodingGzip }},
		{"long value", get("/a", "Via: "+strings.Repeat("v", 300)), func(p *Parts) { p.Headers[3] = Header{"via", strings.Repeat("v", 300), true} }},
		{"empty path", get(""), func(p *Parts) { p.Path = "" }},
	}
	for _, test := range tests {
		want := base
		want.Headers = append([]Header(nil), base.Headers...)
		test.change(&want)
		key := b.Append(nil, &test.in)
		got, err := Parse(key)
		if err != nil {
			t.Errorf("%s: Parse(%q): %v", test.name, key, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: Parse(%q) (-want +got):\n%s", test.name, key, diff)
		}
	}
}

// CF-INV-05: invalidation compares "path" or "path?query" as in the key.
func TestTarget(t *testing.T) {
	tests := []struct {
		policy              Policy
		in                  string
		path, query, target string
	}{
		{Policy{}, "/a?x=1", "/a", "", "/a"},
		{Policy{QueryStrings: everything}, "/a?x=1&y=2", "/a", "x=1&y=2", "/a?x=1&y=2"},
		{Policy{QueryStrings: everything}, "/a?", "/a", "", "/a"},
		{Policy{QueryStrings: everything, Choices: Choices{EmptyQuery: EmptyQueryDistinct}}, "/a?", "/a", "", "/a?"},
		{Policy{QueryStrings: whitelist("y")}, "/a%20b?x=1&y=2", "/a%20b", "y=2", "/a%20b?y=2"},
	}
	for _, test := range tests {
		r := get(test.in)
		key := build(t, test.policy).Append(nil, &r)
		if got := string(Path(key)); got != test.path {
			t.Errorf("Path of %q: got %q, want %q", test.in, got, test.path)
		}
		if got := string(Query(key)); got != test.query {
			t.Errorf("Query of %q: got %q, want %q", test.in, got, test.query)
		}
		if got := string(Target(key)); got != test.target {
			t.Errorf("Target of %q: got %q, want %q", test.in, got, test.target)
		}
		if got := string(Distribution(key)); got != distribution {
			t.Errorf("Distribution of %q: got %q, want %q", test.in, got, distribution)
		}
	}
}

// Appending to what an accessor returned must not write into the key.
func TestAccessorsAreClipped(t *testing.T) {
	r := get("/a?x=1")
	key := build(t, Policy{QueryStrings: everything}).Append(nil, &r)
	before := bytes.Clone(key)
	for _, part := range [][]byte{Path(key), Query(key), Target(key), Distribution(key)} {
		_ = append(part, '!')
	}
	if !bytes.Equal(key, before) {
		t.Errorf("key after appending to its parts: got %q, want %q", key, before)
	}
}

// TestParseMalformed damages a good key in each of its fields.
func TestParseMalformed(t *testing.T) {
	b := build(t, Policy{Headers: []string{"A", "B"}, QueryStrings: everything})
	r := get("/a?x=1", "A: 1")
	good := b.Append(nil, &r)
	rest := offsetTarget + len("/a?x=1")
	tests := []struct {
		name   string
		damage func(k []byte) []byte
	}{
		{"empty", func([]byte) []byte { return nil }},
		{"only a version", func(k []byte) []byte { return k[:1] }},
		{"version", func(k []byte) []byte { k[0]++; return k }},
		{"coding", func(k []byte) []byte { k[offsetCoding] = 4; return k }},
		{"path longer than target", func(k []byte) []byte { k[offsetPathLen+3] = 7; return k }},
		{"target longer than key", func(k []byte) []byte { k[offsetTargetLen] = 1; return k }},
		{"no question mark", func(k []byte) []byte { k[offsetTarget+2] = '!'; return k }},
		{"distribution too long", func(k []byte) []byte { k[rest] = 0x7f; return k }},
		{"no distribution", func(k []byte) []byte { return append(k[:rest], 0, 0, 0) }},
		{"number in two bytes instead of one", func(k []byte) []byte { return append(k[:rest], 0x81, 0x00, 'd', 0, 0) }},
		{"number without end", func(k []byte) []byte { return append(k[:rest], bytes.Repeat([]byte{0xff}, 12)...) }},
		{"method that is not keyed", func(k []byte) []byte { return append(k[:rest], 1, 'd', 3, 'G', 'E', 'T', 0) }},
		{"capital in a name", func(k []byte) []byte { return append(k[:rest], 1, 'd', 0, 1, 1, 'A', 0) }},
		{"names not ascending", func(k []byte) []byte { return append(k[:rest], 1, 'd', 0, 2, 1, 'b', 0, 1, 'a', 0) }},
		{"one name twice", func(k []byte) []byte { return append(k[:rest], 1, 'd', 0, 2, 1, 'a', 0, 1, 'a', 0) }},
		{"name without value", func(k []byte) []byte { return append(k[:rest], 1, 'd', 0, 1, 1, 'a') }},
		{"more headers than bytes", func(k []byte) []byte { return append(k[:rest], 1, 'd', 0, 0xff, 0xff, 0xff, 0x7f) }},
	}
	for _, test := range tests {
		k := test.damage(bytes.Clone(good))
		if got, err := Parse(k); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: Parse(%q): got %+v, %v, want ErrMalformed", test.name, k, got, err)
		}
	}
	for n := range rest + 1 {
		if got := Distribution(good[:n]); got != nil {
			t.Errorf("Distribution of the first %d bytes: got %q, want none", n, got)
		}
	}
	for n := range len(good) {
		if got, err := Parse(good[:n]); !errors.Is(err, ErrMalformed) {
			t.Errorf("Parse of the first %d bytes: got %+v, %v, want ErrMalformed", n, got, err)
		}
	}
	if Path(nil) != nil || Query(nil) != nil || Target([]byte("not a key, but long enough")) != nil {
		t.Error("accessors of bytes that are not a key: want nil")
	}
}

// FuzzParse: bytes that Parse accepts are exactly the canonical bytes of what
// it returned, so no two keys have the same Parts.
func FuzzParse(f *testing.F) {
	for _, p := range benchmarkPolicies() {
		r := browserRequest()
		f.Add(build(f, p).Append(nil, &r))
	}
	f.Fuzz(func(t *testing.T, k []byte) {
		p, err := Parse(k)
		if err != nil {
			return
		}
		if again := encode(p); !bytes.Equal(again, k) {
			t.Errorf("Parse(%q): got %+v, which encodes as %q", k, p, again)
		}
		if !bytes.Equal(Target(k), target(p)) {
			t.Errorf("Target(%q): got %q, want %q", k, Target(k), target(p))
		}
		if string(Distribution(k)) != p.Distribution {
			t.Errorf("Distribution(%q): got %q, want %q", k, Distribution(k), p.Distribution)
		}
	})
}

// encode writes the format of format.go from Parts, field by field.
func encode(p Parts) []byte {
	k := []byte{formatVersion, codingByte(p.AcceptEncoding)}
	k = binary.BigEndian.AppendUint64(k, p.Fingerprint)
	k = binary.BigEndian.AppendUint32(k, uint32(len(p.Path)))
	k = binary.BigEndian.AppendUint32(k, uint32(len(target(p))))
	k = append(k, target(p)...)
	k = appendText(appendText(k, p.Distribution), p.Method)
	k = binary.AppendUvarint(k, uint64(len(p.Headers)))
	for _, h := range p.Headers {
		k = appendText(k, h.Name)
		if !h.Present {
			k = append(k, 0)
			continue
		}
		k = binary.AppendUvarint(k, uint64(len(h.Value))+1)
		k = append(k, h.Value...)
	}
	return append(k, p.Cookies...)
}

func target(p Parts) []byte {
	if p.Query == "" && !p.EmptyQuery {
		return []byte(p.Path)
	}
	return []byte(p.Path + "?" + p.Query)
}

func BenchmarkParse(b *testing.B) {
	r := browserRequest()
	key := build(b, benchmarkPolicies()["whitelist"]).Append(nil, &r)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(key); err != nil {
			b.Fatal(err)
		}
	}
}
