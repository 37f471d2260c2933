package cache

import (
	"fmt"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
)

// build makes an Entry as a fetch does.
func build(m Meta, key, originETag string, fields field.Lines, content string) *Entry {
	block := AppendPrefix(nil, []byte(key), originETag, fields)
	prefix := len(block)
	return NewEntry(m, append(block, content...), len(key), len(originETag), prefix)
}

func TestEntryParts(t *testing.T) {
	for name, c := range map[string]struct {
		key, tag string
		fields   field.Lines
		content  string
	}{
		"everything":        {"the key", `"tag"`, field.Lines{{Name: "A", Value: "1"}, {Name: "b", Value: "x: y"}}, "content"},
		"no tag":            {"k", "", field.Lines{{Name: "A", Value: "1"}}, "content"},
		"no content":        {"k", `"t"`, field.Lines{{Name: "A", Value: "1"}}, ""},
		"no fields":         {"k", "", nil, "content"},
		"key alone":         {"k", "", nil, ""},
		"an empty value":    {"k", "", field.Lines{{Name: "A", Value: ""}, {Name: "A", Value: ""}}, "\r\n: "},
		"bytes like fields": {"k: v\r\n", `"\r\n"`, field.Lines{{Name: "A", Value: ":"}}, "B: 2\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			e := build(Meta{}, c.key, c.tag, c.fields, c.content)
			if got := string(e.Key()); got != c.key {
				t.Errorf("Key: got %q, want %q", got, c.key)
			}
			if got := e.originETag(); got != c.tag {
				t.Errorf("originETag: got %q, want %q", got, c.tag)
			}
			if got := e.Fields(nil); !slices.Equal(got, c.fields) {
				t.Errorf("Fields: got %q, want %q", got, c.fields)
			}
			if got := string(e.Content()); got != c.content {
				t.Errorf("Content: got %q, want %q", got, c.content)
			}
			if got, want := PrefixSize([]byte(c.key), c.tag, c.fields), len(e.block)-len(c.content); got != want {
				t.Errorf("PrefixSize: got %d, want %d", got, want)
			}
			if got, want := e.Cost(), int64(allocated(len(e.block))+entryOverhead); got != want {
				t.Errorf("Cost: got %d, want %d", got, want)
			}
			if cap(e.Content()) != len(c.content) {
				t.Error("appending to Content would write into the block")
			}
		})
	}
}

// Whatever fields a response can have, they come back as they were.
func FuzzEntryFields(f *testing.F) {
	f.Add("Content-Type", "text/html; charset=utf-8", "X", "")
	f.Add("A", " : ", "a", "\xff\x80\t")
	f.Fuzz(func(t *testing.T, n1, v1, n2, v2 string) {
		for _, n := range []string{n1, n2} {
			if !field.ValidName(n) {
				return
			}
		}
		for _, v := range []string{v1, v2} {
			if !field.ValidValue(v) {
				return
			}
		}
		fields := field.Lines{{Name: n1, Value: v1}, {Name: n2, Value: v2}}
		e := build(Meta{}, "key", `"tag"`, fields, "content")
		if got := e.Fields(nil); !slices.Equal(got, fields) {
			t.Errorf("got %q, want %q", got, fields)
		}
		if got := string(e.Content()); got != "content" {
			t.Errorf("Content: got %q", got)
		}
	})
}

func TestFreshened(t *testing.T) {
	m := Meta{Hash: cachekey.Hash{Lo: 1}, Status: 200, Length: 7, Compressed: true, Order: 1}
	old := build(m, "key", `"origin"`, field.Lines{{Name: "ETag", Value: `W/"origin"`}, {Name: "A", Value: "1"}}, "content")
	fields := field.Lines{{Name: "ETag", Value: `W/"origin"`}, {Name: "A", Value: "2"}}
	e := old.Freshened(Meta{Hash: m.Hash, Status: 304, HeadOnly: true, Order: 2}, "", fields, nil)

	if &e.Content()[0] != &old.Content()[0] {
		t.Error("the content was copied")
	}
	if string(e.Key()) != "key" || !slices.Equal(e.Fields(nil), fields) {
		t.Errorf("got key %q and fields %q, want those of the key and the 304", e.Key(), e.Fields(nil))
	}
	if e.Status != 200 || e.Length != 7 || e.HeadOnly || !e.Compressed || e.Order != 2 {
		t.Errorf("got %+v, want what describes the content from the old one, the rest from the new", e.Meta)
	}
	if got, want := e.Validators(), (conditional.Validators{ETag: `"origin"`}); got != want {
		t.Errorf("Validators: got %+v, want %+v (CF-CMP-22)", got, want)
	}
	// It keeps its own block and the block its content lies in, however often
	// it is freshened.
	for range 3 {
		if got, want := e.Cost(), int64(allocated(len(e.block))+allocated(len(old.block))+elsewhereStruct+entryOverhead); got != want {
			t.Errorf("Cost: got %d, want %d", got, want)
		}
		e = e.Freshened(e.Meta, "", fields, nil)
	}
	if got := string(e.Content()); got != "content" {
		t.Errorf("Content: got %q", got)
	}
}

func TestFreshenedWithoutContent(t *testing.T) {
	old := build(Meta{Status: 200}, "key", "", field.Lines{{Name: "A", Value: "1"}}, "")
	e := old.Freshened(old.Meta, "", nil, nil)
	if got, want := e.Cost(), int64(allocated(len("key"))+entryOverhead); got != want {
		t.Errorf("Cost: got %d, want %d: nothing of the old block is needed", got, want)
	}
	if len(e.Content()) != 0 {
		t.Errorf("Content: got %q, want none", e.Content())
	}
}

func TestValidators(t *testing.T) {
	fields := field.Lines{{Name: "etag", Value: `W/"x"`}, {Name: "Last-Modified", Value: "Sat, 01 Jan 2000 00:00:00 GMT"}}
	for name, c := range map[string]struct {
		compressed bool
		tag        string // the origin's, in the entry
		update     string // in a 304
		want       string
	}{
		"as received":                   {false, "", "-", `W/"x"`},
		"compressed here (CF-CMP-22)":   {true, `"x"`, "-", `"x"`},
		"compressed, 304 without a tag": {true, `"x"`, "", `"x"`},
		"compressed, 304 with a tag":    {true, `"x"`, `"y"`, `"y"`},
		"not compressed, 304 with one":  {false, "", `"y"`, `W/"x"`}, // its fields are merged by the caller
	} {
		t.Run(name, func(t *testing.T) {
			e := build(Meta{Compressed: c.compressed}, "key", c.tag, fields, "content")
			if c.update != "-" {
				e = e.Freshened(e.Meta, c.update, fields, nil)
			}
			got := e.Validators()
			if got.ETag != c.want || got.LastModified != fields[1].Value {
				t.Errorf("got %+v, want ETag %s", got, c.want)
			}
		})
	}
}

func TestRetryPause(t *testing.T) {
	now := time.Unix(1000, 0)
	c, e := newCache(t, Options{}), build(Meta{}, "k", "", nil, "")
	if e.retryDelayed(now) {
		t.Error("a new entry delays retries")
	}
	c.DelayRetry(e, now.Add(10*time.Second))
	for d, want := range map[time.Duration]bool{0: true, 9 * time.Second: true, 10 * time.Second: false} {
		if got := e.retryDelayed(now.Add(d)); got != want {
			t.Errorf("%v after a failure: delayed %v, want %v (CF-STALE-01)", d, got, want)
		}
	}
}

func ExampleNewEntry() {
	key := []byte("key")
	fields := field.Lines{{Name: "Content-Type", Value: "text/plain"}}
	block := AppendPrefix(nil, key, "", fields)
	prefix := len(block)
	block = append(block, "hello"...)

	e := NewEntry(Meta{Status: 200, Length: 5}, block, len(key), 0, prefix)
	fmt.Println(e.Status, e.Fields(nil), string(e.Content()))
	// Output: 200 [{Content-Type text/plain}] hello
}

func BenchmarkEntryFields(b *testing.B) {
	e := build(Meta{}, "key", "", field.Lines{
		{Name: "Content-Type", Value: "application/json"}, {Name: "Cache-Control", Value: "max-age=60"},
		{Name: "ETag", Value: `"5d8c72a5edda8d6a"`}, {Name: "Date", Value: "Sat, 01 Jan 2000 00:00:00 GMT"},
		{Name: "x-amzn-RequestId", Value: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"}, {Name: "Vary", Value: "Accept-Encoding"},
	}, "content")
	lines := make(field.Lines, 0, 24)
	b.ReportAllocs()
	for b.Loop() {
		lines = e.Fields(lines[:0])
	}
}

func TestFieldsDoesNotAllocate(t *testing.T) {
	e := build(Meta{}, "key", "", field.Lines{{Name: "A", Value: "1"}, {Name: "B", Value: "2"}}, "content")
	lines := make(field.Lines, 0, 4)
	if n := testing.AllocsPerRun(100, func() { lines = e.Fields(lines[:0]) }); n != 0 {
		t.Errorf("Fields into a reused slice: got %v allocations, want 0", n)
	}
}

// The struct fits a size of the runtime's objects, one for a million entries.
func TestEntrySize(t *testing.T) {
	if got := unsafe.Sizeof(Entry{}); got > 144 {
		t.Errorf("got %d bytes; a rare part is better behind the pointer of another", got)
	}
}
