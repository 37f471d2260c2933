package invalidation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestAppendTags(t *testing.T) {
	many := make([]string, MaxTags+1)
	for i := range many {
		many[i] = fmt.Sprint("tag", i)
	}
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"none", "", nil},
		{"CF-TAG-02", "a,b", []string{"a", "b"}},
		{"CF-TAG-02 spaces", " a ,\tb\t, ,,c", []string{"a", "b", "c"}},
		{"CF-TAG-03 letter case", "Red", []string{"rED"}},
		{"CF-TAG-03 only letters fold", "@[`{", []string{"@[`{"}},
		{"CF-TAG-03 printable", "!~#\"*", []string{"!~#\"*"}},
		{"CF-TAG-03 space inside", "a b,c", []string{"c"}},
		{"CF-TAG-03 control", "a\x01,c", []string{"c"}},
		{"CF-TAG-03 not ASCII", "\u00e4,c", []string{"c"}},
		{"CF-TAG-03 longest", strings.Repeat("x", MaxTagLen), []string{strings.Repeat("x", MaxTagLen)}},
		{"CF-TAG-03 too long", strings.Repeat("x", MaxTagLen+1) + ",c", []string{"c"}},
		{"CF-TAG-03 surplus", strings.Join(many, ","), many[:MaxTags]},
		{"CF-TAG-03 what is no tag does not count", strings.Repeat("a b,", 60) + "c", []string{"c"}},
		{"twice", "a,A,b", []string{"a", "b"}},
	} {
		got := AppendTags(nil, c.in)
		var want Tags
		for _, w := range c.want {
			want = AppendTags(want, w)
		}
		if !slices.Equal(got, want) || got.Len() != len(c.want) || len(got) != TagBytes(len(c.want)) {
			t.Errorf("%s: AppendTags(%.80q): got %d tags, want %.80q", c.name, c.in, got.Len(), c.want)
		}
	}
	if slices.Equal(AppendTags(nil, "@[`{"), AppendTags(nil, "`{@[")) || slices.Equal(AppendTags(nil, "["), AppendTags(nil, "{")) {
		t.Error("characters that are no letters are folded")
	}
}

// FuzzAppendTags: every tag is found by its name in any letter case, its
// spaces do not matter, and the bounds hold.
func FuzzAppendTags(f *testing.F) {
	f.Add("red, blue")
	f.Add(",,a b, ~\t,Red")
	f.Add("\u0131") // no ASCII letter, but I in upper case
	f.Fuzz(func(t *testing.T, value string) {
		tags := AppendTags(nil, value)
		if tags.Len() > MaxTags || len(tags)%tagSize != 0 {
			t.Fatalf("AppendTags(%q): got %d bytes", value, len(tags))
		}
		if !slices.Equal(tags, AppendTags(nil, strings.ReplaceAll(value, ",", " ,\t"))) {
			t.Errorf("AppendTags(%q): spaces matter", value)
		}
		for name := range strings.SplitSeq(value, ",") {
			name = strings.Trim(name, " \t")
			i, err := compileItem("#"+strings.ToUpper(name), true)
			if isTag(name) && err == nil && tags.Len() < MaxTags && !tags.has(i.tag) {
				t.Errorf("AppendTags(%q): %q is not among the tags", value, name)
			}
		}
	})
}

func addTags(t testing.TB, l *Log, items ...string) {
	t.Helper()
	if _, err := l.Add(Batch{Distribution: "d", Paths: items, AcceptsTags: true}, now); err != nil {
		t.Fatalf("Add(%.80q): got %v", items, err)
	}
}

func TestInvalidatedByTag(t *testing.T) {
	l := New()
	before := l.Epoch()
	addTags(t, l, "#red", "/a", "#re*")
	after := l.Epoch()
	for _, c := range []struct {
		name, distribution, path, tags string
		since                          uint64
		want                           bool
	}{
		{"CF-TAG-04", "d", "/x", "blue, Red", before, true},
		{"CF-TAG-04 other tag", "d", "/x", "blue, redder", before, false},
		{"CF-TAG-04 no wildcard", "d", "/x", "re1", before, false},
		{"CF-TAG-04 beside a path", "d", "/a", "blue", before, true},
		{"CF-TAG-01 other distribution", "e", "/x", "red", before, false},
		{"no tags", "d", "/x", "", before, false},
		{"CF-INV-23 fetched afterwards", "d", "/x", "red", after, false},
	} {
		if got := l.Invalidated(c.distribution, c.path, AppendTags(nil, c.tags), c.since); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	if !l.InvalidatedUntold("d", "/x", before) || l.InvalidatedUntold("d", "/x", after) || l.InvalidatedUntold("e", "/x", before) {
		t.Error("InvalidatedUntold: want every tag of the distribution to count, and nothing else")
	}
	mustAdd(t, l, "/b")
	if l.InvalidatedUntold("d", "/x", after) || !l.InvalidatedUntold("d", "/b", after) {
		t.Error("InvalidatedUntold after a path: want only that path to count")
	}
	mustAdd(t, l, "/*")
	if !l.InvalidatedUntold("d", "/x", after) || !l.Invalidated("d", "/x", nil, after) {
		t.Error("after /*: want everything to count")
	}
}

func TestTagItems(t *testing.T) {
	for in, want := range map[string]Kind{
		"#": KindTagMalformed, "#a b": KindTagMalformed, "#a,b": KindTagMalformed,
		"#" + strings.Repeat("x", MaxTagLen+1): KindTagMalformed, "#a": KindNone, "##": KindNone, "#/a~": KindNone,
	} {
		_, err := New().Add(Batch{Distribution: "d", Paths: []string{in}, AcceptsTags: true}, now)
		if got := kindOf(err); got != want {
			t.Errorf("CF-TAG-03 %.40q: got %v, want %v", in, err, want)
		}
		_, err = New().Add(Batch{Distribution: "d", Paths: []string{in}}, now)
		if got := kindOf(err); got != KindTag {
			t.Errorf("CF-TAG-04 %.40q without tags: got %v, want %v", in, err, KindTag)
		}
	}
	tooMany := make([]string, MaxPaths+1)
	for i := range tooMany {
		tooMany[i] = fmt.Sprint("#", i)
	}
	if _, err := New().Add(Batch{Distribution: "d", Paths: tooMany, AcceptsTags: true}, now); kindOf(err) != KindTooManyPaths {
		t.Errorf("CF-INV-12: got %v, want tags counted as paths", err)
	}
}

// TestForgetTags: beyond the bound old tagged responses are dead, whatever
// their tags, and those without tags are not.
func TestForgetTags(t *testing.T) {
	l := New()
	addTags(t, l, "#first")
	first := l.Epoch()
	items := make([]string, 0, MaxPaths)
	for i := range rememberedMarks {
		if items = append(items, fmt.Sprint("#", i)); len(items) == cap(items) {
			addTags(t, l, items...)
			items = items[:0]
		}
	}
	if m := l.distributions["d"]; len(m.tags.last) > rememberedMarks || len(m.tags.order) > rememberedMarks {
		t.Errorf("got %d tags and %d marks, want at most %d", len(m.tags.last), len(m.tags.order), rememberedMarks)
	}
	tags := AppendTags(nil, "never")
	if !l.Invalidated("d", "/x", tags, first-1) || l.Invalidated("d", "/x", tags, first) {
		t.Error("tagged: got another floor, want one at the forgotten tag")
	}
	if l.Invalidated("d", "/x", nil, first-1) {
		t.Error("untagged: got dead, want it to live")
	}
}

func TestTagsAllocate(t *testing.T) {
	l := New()
	addTags(t, l, "#a", "/b/*")
	tags := AppendTags(nil, "red, green, blue")
	if n := testing.AllocsPerRun(100, func() { l.Invalidated("d", "/products/%31?page=2", tags, 0) }); n != 0 {
		t.Errorf("Invalidated: got %v allocations, want 0", n)
	}
	if n := testing.AllocsPerRun(100, func() { tags = AppendTags(tags[:0], "red, green, blue") }); n != 0 {
		t.Errorf("AppendTags with room: got %v allocations, want 0", n)
	}
}

func BenchmarkInvalidatedTags(b *testing.B) {
	l := New()
	for i := range 1000 {
		addTags(b, l, fmt.Sprint("#", i))
	}
	for _, n := range []int{0, 5, MaxTags} {
		tags := AppendTags(nil, strings.Join(slices.Repeat([]string{"x"}, n), ","))
		for i := range n {
			tags = AppendTags(tags, fmt.Sprint("tag", i))
		}
		b.Run(fmt.Sprintf("%d tags", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Invalidated("d", "/products/17?page=2", tags, 0)
			}
		})
	}
}
