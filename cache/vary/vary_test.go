package vary

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
)

// lines makes fields of "Name: value" texts.
func lines(texts ...string) field.Lines {
	var ls field.Lines
	for _, t := range texts {
		name, value, _ := strings.Cut(t, ":")
		ls.Add(name, strings.Trim(value, " "))
	}
	return ls
}

func TestOf(t *testing.T) {
	many := make([]string, maxNames)
	for i := range many {
		many[i] = fmt.Sprintf("x-%02d", i)
	}
	for _, c := range []struct {
		in   []string
		want Names
		ok   bool
	}{
		{nil, "", true},
		{[]string{"Vary:"}, "", true},
		{[]string{"Vary: Foo, accept", "vary: ACCEPT,,bar"}, "accept,bar,foo", true},
		{[]string{"Vary: *"}, "", false},
		{[]string{"Vary: Foo", "Vary: Bar, *, Baz"}, "", false},
		{[]string{"Vary: a b"}, "", false},
		{[]string{"Vary: " + strings.Join(many, ",")}, Names(strings.Join(many, ",")), true},
		{[]string{"Vary: y, " + strings.Join(many, ",")}, "", false},
	} {
		if got, ok := Of(lines(c.in...)); got != c.want || ok != c.ok {
			t.Errorf("Of(%q): got %q %v, want %q %v", c.in, got, ok, c.want, c.ok)
		}
	}
}

func TestUnionAndCovers(t *testing.T) {
	for _, c := range []struct {
		n, m, want Names
		covers     bool
	}{
		{"", "", "", true},
		{"a", "", "a", true},
		{"", "a", "a", false},
		{"a,c", "b,c", "a,b,c", false},
		{"a,b,c", "a,c", "a,b,c", true},
	} {
		if got, ok := c.n.Union(c.m); got != c.want || !ok {
			t.Errorf("union of %q and %q: got %q %v, want %q", c.n, c.m, got, ok, c.want)
		}
		if got := c.n.Covers(c.m); got != c.covers {
			t.Errorf("%q covers %q: got %v, want %v", c.n, c.m, got, c.covers)
		}
	}
}

func TestWithout(t *testing.T) {
	for in, want := range map[Names]Names{"": "", "b": "", "a,b,c": "a,c", "a,bb": "a,bb"} {
		if got := in.Without("b"); got != want {
			t.Errorf("%q without b: got %q, want %q", in, got, want)
		}
	}
}

// TestAppend: RFC 9111 section 4.1.
func TestAppend(t *testing.T) {
	for _, c := range []struct {
		name  string
		names Names
		a, b  []string
		equal bool
	}{
		{"nothing nominated", "", []string{"Foo: 1"}, []string{"Foo: 2"}, true},
		{"equal", "foo", []string{"Foo: 1", "Bar: 1"}, []string{"foo: 1", "Bar: 2"}, true},
		{"different", "foo", []string{"Foo: 1"}, []string{"Foo: 2"}, false},
		{"missing and empty", "foo", nil, []string{"Foo:"}, false},
		{"missing twice", "foo", nil, nil, true},
		{"one of two", "bar,foo", []string{"Foo: 1", "Bar: 1"}, []string{"Foo: 1"}, false},
		{"value in the other field", "bar,foo", []string{"Foo: 1"}, []string{"Bar: 1"}, false},
		{"white space", "foo", []string{"Foo: 1,  2"}, []string{"Foo: 1,2"}, true},
		{"two lines", "foo", []string{"Foo: 1, 2"}, []string{"Foo: 1", "Foo: 2"}, true},
		{"order", "foo", []string{"Foo: 1, 2"}, []string{"Foo: 2, 1"}, false},
		{"case", "foo", []string{"Foo: a"}, []string{"Foo: A"}, false},
		{"comma in quotes", "foo", []string{`Foo: "1, 2"`}, []string{`Foo: "1,2"`}, false},
		{"language order", "accept-language", []string{"Accept-Language: en, de;q=0.5"}, []string{"accept-language: de; q=0.5,en"}, true},
		{"language case", "accept-language", []string{"Accept-Language: en-US"}, []string{"Accept-Language: EN-us"}, true},
		{"language weight", "accept-language", []string{"Accept-Language: en"}, []string{"Accept-Language: en;q=0.5"}, false},
		{"language with white space inside", "accept-language", []string{"Accept-Language: en"}, []string{"Accept-Language: e n"}, false},
		{"language without a name", "accept-language", []string{"Accept-Language: ;a"}, []string{"Accept-Language: a"}, false},
		{"language bytes", "accept-language", []string{"Accept-Language: \xff"}, []string{"Accept-Language: \xfe"}, false},
		{"credentials", "cookie", []string{"Cookie: a=1,b"}, []string{"Cookie: a=1, b"}, false},
	} {
		a, b := c.names.Append([]byte("key"), lines(c.a...)), c.names.Append([]byte("key"), lines(c.b...))
		if got := bytes.Equal(a, b); got != c.equal {
			t.Errorf("%s: %q and %q for %q: got equal %v, want %v", c.name, c.a, c.b, c.names, got, c.equal)
		}
		if !bytes.HasPrefix(a, []byte("key\x00")) {
			t.Errorf("%s: got %q, want it to follow the key", c.name, a)
		}
	}
}

// FuzzAppend: normalising is idempotent, the position of a value matters, and
// what is missing never equals what is there.
func FuzzAppend(f *testing.F) {
	f.Add("en, de;q=0.5", "a")
	f.Add(`"x, y" , z`, "")
	f.Add("", ",")
	f.Add("0,\f", "") // found: a form feed is no optional white space
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, name := range []string{"foo", "accept-language", "cookie"} {
			once := normalise(name, a)
			if twice := normalise(name, once); twice != once && !strings.Contains(a, `"`) {
				t.Errorf("normalise(%s, %q): got %q and then %q", name, a, once, twice)
			}
			n := Names(name)
			if bytes.Equal(n.Append(nil, nil), n.Append(nil, field.Lines{{Name: name, Value: a}})) {
				t.Errorf("%s: missing equals %q", name, a)
			}
		}
		two := Names("x,y")
		ab := two.Append(nil, field.Lines{{Name: "x", Value: a}, {Name: "y", Value: b}})
		ba := two.Append(nil, field.Lines{{Name: "x", Value: b}, {Name: "y", Value: a}})
		if bytes.Equal(ab, ba) != (normalise("x", a) == normalise("x", b)) {
			t.Errorf("%q and %q: got equal %v for exchanged values", a, b, bytes.Equal(ab, ba))
		}
	})
}

// FuzzNames: names are a set, whatever lines, order and case they come in.
func FuzzNames(f *testing.F) {
	f.Add("Foo, accept", "bar")
	f.Add("*", "a")
	f.Add("a,,b", "B")
	f.Add("a b", "")
	f.Fuzz(func(t *testing.T, a, b string) {
		of := func(values ...string) (Names, bool) {
			var response field.Lines
			for _, v := range values {
				response.Add("Vary", v)
			}
			return Of(response)
		}
		both, ok := of(a, b)
		for _, other := range [][]string{{b, a}, {a + "," + b}, {strings.ToUpper(a), b, a}} {
			if !strings.EqualFold(strings.ToUpper(a), a) {
				break // no letters of field names
			}
			if got, okToo := of(other...); got != both || okToo != ok {
				t.Errorf("Of(%q): got %q, %v, want %q, %v as of %q and %q", other, got, okToo, both, ok, a, b)
			}
		}
		if !ok {
			return
		}
		first, _ := of(a)
		second, _ := of(b)
		union, ok := first.Union(second)
		if !ok || union != both || !union.Covers(first) || !union.Covers(second) {
			t.Errorf("%q and %q: got the union %q, %v, want %q", first, second, union, ok, both)
		}
		if first.Covers(second) != (union == first) {
			t.Errorf("%q covers %q: got %v", first, second, first.Covers(second))
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	request := lines("Accept: text/html", "Accept-Language: en-US,en;q=0.5", "Cookie: a=b")
	key := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		Names("accept-language").Append(key, request)
	}
}

func ExampleNames_Append() {
	names, _ := Of(field.Lines{{Name: "Vary", Value: "Accept-Language"}})
	a := names.Append([]byte("/page"), field.Lines{{Name: "Accept-Language", Value: "en, de"}})
	b := names.Append([]byte("/page"), field.Lines{{Name: "accept-language", Value: "DE,en"}})
	c := names.Append([]byte("/page"), nil)
	fmt.Println(bytes.Equal(a, b), bytes.Equal(a, c))
	// Output: true false
}
