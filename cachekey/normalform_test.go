package cachekey

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/groundfront/groundfront/cachekey/query"
	"github.com/groundfront/groundfront/cachekey/selection"
)

// A normalForm is what a key stands for, made the obvious way: with maps,
// splitting and sorting, and nothing of the Builder. Recipe is in the place
// of the fingerprint.
type normalForm struct {
	Recipe string
	Parts  Parts
}

func normalFormOf(p Policy, r Request) normalForm {
	names := map[string]bool{}
	for _, h := range p.Headers {
		names[strings.ToLower(h)] = true
	}
	n := normalForm{Recipe: fmt.Sprintf("%v %v %v %v %q %q %q %v",
		p.EnableAcceptEncodingGzip && !names["accept-encoding"],
		p.EnableAcceptEncodingBrotli && !names["accept-encoding"],
		p.SortQuery, p.DropTracking, slices.Sorted(maps.Keys(names)),
		slowRecipe(p.Cookies), slowRecipe(p.QueryStrings), p.Choices)}
	n.Parts = Parts{
		Distribution:   distribution,
		Path:           r.Path,
		Query:          slowQuery(p, r.Query),
		EmptyQuery:     p.Choices.EmptyQuery == EmptyQueryDistinct && r.HasQuery && r.Query == "" && slowRaw(p),
		AcceptEncoding: slowEncoding(p, r, names["accept-encoding"]),
		Cookies:        slowCookies(p, r),
	}
	if r.Method != "GET" && r.Method != "HEAD" {
		n.Parts.Method = r.Method
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		n.Parts.Headers = append(n.Parts.Headers, slowHeader(p.Choices, r, name))
	}
	return n
}

func slowRecipe(s selection.Selection) string {
	names := map[string]bool{}
	for _, n := range s.Names {
		names[n] = true
	}
	return fmt.Sprintf("%v %q", s.Behavior, slices.Sorted(maps.Keys(names)))
}

func slowHeader(c Choices, r Request, name string) Header {
	var values []string
	for _, l := range r.Fields {
		if asciiLower(l.Name) == name {
			values = append(values, l.Value)
		}
	}
	if name == "host" {
		if values = nil; r.Host != "" {
			values = []string{r.Host}
		}
	}
	if name == "accept-encoding" && r.HTTP10 {
		values = nil
	}
	switch {
	case values == nil, name == "host":
	case c.RepeatedHeader == RepeatedHeaderFirst:
		values = values[:1]
	case c.RepeatedHeader == RepeatedHeaderLast:
		values = values[len(values)-1:]
	}
	if c.EmptyHeader == EmptyHeaderMissing && slices.Equal(values, []string{""}) {
		values = nil
	}
	return Header{Name: name, Value: strings.Join(values, ", "), Present: values != nil}
}

func slowEncoding(p Policy, r Request, listed bool) AcceptEncoding {
	value := slowHeader(Choices{}, r, "accept-encoding").Value
	gzip := p.EnableAcceptEncodingGzip && !listed && slowChosen(p.Choices, value, "gzip")
	brotli := p.EnableAcceptEncodingBrotli && !listed && slowChosen(p.Choices, value, "br")
	return map[[2]bool]AcceptEncoding{
		{true, false}: AcceptEncodingGzip,
		{false, true}: AcceptEncodingBrotli,
		{true, true}:  AcceptEncodingBrotliGzip,
	}[[2]bool{gzip, brotli}]
}

func slowSelects(s selection.Selection, name string) bool {
	listed := slices.Contains(s.Names, name)
	return s.Behavior == selection.BehaviorAll ||
		s.Behavior == selection.BehaviorWhitelist && listed ||
		s.Behavior == selection.BehaviorAllExcept && !listed
}

func slowRaw(p Policy) bool {
	return p.QueryStrings.Behavior == selection.BehaviorAll && !p.SortQuery && !p.DropTracking
}

// slowOnce drops the pairs of names that are in the query before, or behind.
func slowOnce(c Choices, pairs []string) (kept []string) {
	for i, pair := range pairs {
		others := pairs[:i]
		if c.RepeatedQuery == query.RepeatedLast {
			others = pairs[i+1:]
		}
		name := strings.SplitN(pair, "=", 2)[0]
		again := slices.ContainsFunc(others, func(other string) bool { return other != "" && strings.SplitN(other, "=", 2)[0] == name })
		if c.RepeatedQuery == query.RepeatedAll || pair == "" || !again {
			kept = append(kept, pair)
		}
	}
	return kept
}

func slowQuery(p Policy, raw string) string {
	if slowRaw(p) {
		return strings.Join(slowOnce(p.Choices, strings.Split(raw, "&")), "&")
	}
	var kept []string
	for _, pair := range slowOnce(p.Choices, strings.Split(raw, "&")) {
		name := strings.SplitN(pair, "=", 2)[0]
		tracking := p.DropTracking && p.QueryStrings.Behavior != selection.BehaviorWhitelist && query.Tracking(name)
		if pair != "" && !tracking && slowSelects(p.QueryStrings, name) {
			kept = append(kept, pair)
		}
	}
	if p.SortQuery {
		sort.SliceStable(kept, func(i, j int) bool {
			return strings.SplitN(kept[i], "=", 2)[0] < strings.SplitN(kept[j], "=", 2)[0]
		})
	}
	return strings.Join(kept, "&")
}

func slowCookies(p Policy, r Request) string {
	var values []string
	for _, l := range r.Fields {
		if asciiLower(l.Name) == "cookie" {
			values = append(values, l.Value)
		}
	}
	var kept [][2]string
	for _, part := range strings.Split(strings.Join(values, "; "), ";") {
		if part = strings.Trim(part, " \t"); part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		if !ok || name == "" {
			return ""
		}
		signing := strings.Contains(" CloudFront-Policy CloudFront-Expires CloudFront-Signature"+
			" CloudFront-Key-Pair-Id CloudFront-Hash-Algorithm ", " "+name+" ")
		if name[0] != '$' && !signing && slowSelects(p.Cookies, name) {
			kept = append(kept, [2]string{name, value})
		}
	}
	sort.SliceStable(kept, func(i, j int) bool { return kept[i][0] < kept[j][0] })
	var texts []string
	for _, c := range kept {
		texts = append(texts, c[0]+"="+c[1])
	}
	return strings.Join(texts, "; ")
}

// checkKeys checks the two properties of Append on a pair of requests, each
// under its own policy: keys are equal exactly when the normal forms are, and
// a key parses back to its normal form; and that Value is what the key has. It
// reports whether the keys were equal.
func checkKeys(t *testing.T, p1, p2 Policy, r1, r2 Request) bool {
	t.Helper()
	b1, b2 := build(t, p1), build(t, p2)
	k1, k2 := b1.Append(nil, &r1), b2.Append(nil, &r2)
	n1, n2 := normalFormOf(p1, r1), normalFormOf(p2, r2)
	same := cmp.Equal(n1, n2, cmpopts.EquateEmpty())
	if bytes.Equal(k1, k2) != same {
		t.Errorf("equal keys: got %v, want %v\npolicies %+v\n         %+v\nrequests %+v\n         %+v", !same, same, p1, p2, r1, r2)
	}
	n1.Parts.Fingerprint = b1.Fingerprint()
	got, err := Parse(k1)
	if err != nil {
		t.Errorf("Parse(%q): %v", k1, err)
	}
	if diff := cmp.Diff(n1.Parts, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("Parse(%q) (-want +got):\n%s", k1, diff)
	}
	for _, h := range n1.Parts.Headers {
		if h.Name == "host" || h.Name == "accept-encoding" {
			continue
		}
		if got := p1.Choices.Value(r1.Fields, h.Name); got != h.Value {
			t.Errorf("Value(%v, %q) with %+v: got %q, want what is in the key, %q", r1.Fields, h.Name, p1.Choices, got, h.Value)
		}
	}
	return same
}

// TestNormalForms draws requests and policies from small alphabets, so that
// equal pairs, and pairs that differ in one place, both come up often.
func TestNormalForms(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	equal, unequal := 0, 0
	for range 4000 {
		p1, r1 := randomPolicy(rng), randomRequest(rng)
		p2, r2 := p1, r1
		switch rng.IntN(4) {
		case 0:
			p2 = randomPolicy(rng)
		case 1:
			r2 = randomRequest(rng)
		case 2:
			r2.Query, r2.Host = randomRequest(rng).Query, pick(rng, "", "h")
		case 3:
			r2.Fields = randomRequest(rng).Fields
		}
		if checkKeys(t, p1, p2, r1, r2) {
			equal++
		} else {
			unequal++
		}
		if t.Failed() {
			return
		}
	}
	if equal < 300 || unequal < 300 {
		t.Errorf("pairs: got %d equal and %d unequal, want at least 300 of each", equal, unequal)
	}
}

// FuzzKeys lets the fuzzer write the texts of two requests of one policy.
func FuzzKeys(f *testing.F) {
	f.Add(uint16(0), "/a", "x=1&y=2", "y=2&x=1", "a=1; b=2", "b=2; a=1", "gzip", "gzip, br")
	f.Add(uint16(0xffff), "/a?b", "&&gclid=1", "x", "$v=1", "CloudFront-Policy=p", "", "br;q=0")
	f.Add(uint16(0x0f1a), "", "a;b=1", "", "junk", "a=1;", "*", "identity")
	f.Fuzz(func(t *testing.T, seed uint16, path, query1, query2, cookie1, cookie2, value1, value2 string) {
		if strings.Contains(value1+value2, `"`) {
			return // the obvious reader of Accept-Encoding does not know quoted strings
		}
		p := randomPolicy(rand.New(rand.NewPCG(uint64(seed), 0)))
		r1 := Request{Method: "GET", Host: value2, Path: path, Query: query1, HasQuery: seed%2 == 0}
		r2 := Request{Method: "HEAD", Host: value2, Path: path, Query: query2}
		for _, name := range []string{"Accept-Encoding", "A"} {
			r1.Fields.Add(name, value1)
			r2.Fields.Add(name, value2)
		}
		r1.Fields.Add("Cookie", cookie1)
		r2.Fields.Add("cookie", cookie2)
		checkKeys(t, p, p, r1, r2)
		checkKeys(t, p, p, r1, r1)
	})
}

func pick(rng *rand.Rand, choices ...string) string { return choices[rng.IntN(len(choices))] }

func some(rng *rand.Rand, choices ...string) (out []string) {
	for _, c := range choices {
		if rng.IntN(2) == 0 {
			out = append(out, c)
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func randomPolicy(rng *rand.Rand) Policy {
	return Policy{
		EnableAcceptEncodingGzip:   rng.IntN(2) == 0,
		EnableAcceptEncodingBrotli: rng.IntN(2) == 0,
		Headers:                    some(rng, "A", "a", "B", "Host", "Accept-Encoding"),
		Cookies:                    randomSelection(rng, "a", "b", "CloudFront-Policy"),
		QueryStrings:               randomSelection(rng, "a", "b", "gclid"),
		SortQuery:                  rng.IntN(3) == 0,
		DropTracking:               rng.IntN(3) == 0,
		Choices:                    randomChoices(rng),
	}
}

// randomChoices are the default ones half of the time.
func randomChoices(rng *rand.Rand) Choices {
	if rng.IntN(2) == 0 {
		return Choices{}
	}
	return Choices{
		ZeroWeight: ZeroWeight(rng.IntN(2)), Wildcard: Wildcard(rng.IntN(2)),
		RepeatedHeader: RepeatedHeader(rng.IntN(3)), EmptyHeader: EmptyHeader(rng.IntN(2)),
		RepeatedQuery: query.Repeated(rng.IntN(3)), EmptyQuery: EmptyQuery(rng.IntN(2)),
	}
}

func randomSelection(rng *rand.Rand, names ...string) selection.Selection {
	s := selection.Selection{Behavior: selection.Behavior(rng.IntN(4))}
	if s.Behavior == selection.BehaviorWhitelist || s.Behavior == selection.BehaviorAllExcept {
		s.Names = append(some(rng, names...), pick(rng, names...))
	}
	return s
}

func randomRequest(rng *rand.Rand) Request {
	r := Request{
		Method: pick(rng, "GET", "GET", "HEAD", "OPTIONS"),
		Host:   pick(rng, "", "h"),
		Path:   pick(rng, "/", "/a", "/a?"),
		Query:  strings.Join(some(rng, "a=1", "b=2", "a", "gclid=1", "a=3", ""), "&"),
		HTTP10: rng.IntN(8) == 0,
	}
	r.HasQuery = r.Query != "" || rng.IntN(2) == 0
	for _, name := range some(rng, "A", "a", "B", "Host", "C") {
		r.Fields.Add(name, pick(rng, "", "1", "1, 1", "12"))
	}
	for _, value := range some(rng, "gzip", "br;q=0, gzip", "br", "*", "*;q=0", "") {
		r.Fields.Add(pick(rng, "Accept-Encoding", "accept-encoding"), value)
	}
	for _, value := range some(rng, "a=1", "b=2; a=1", "a=2;b=2;", "$a=1", "CloudFront-Policy=x") {
		r.Fields.Add(pick(rng, "Cookie", "cookie"), value)
	}
	if rng.IntN(8) == 0 {
		r.Fields.Add("Cookie", "junk")
	}
	return r
}
