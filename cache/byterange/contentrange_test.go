package byterange

import (
	"testing"
)

func TestParseContentRange(t *testing.T) {
	for in, want := range map[string]struct {
		r      Range
		length int64
		ok     bool
	}{
		"bytes 0-4/10":                     {Range{0, 5}, 10, true},
		"Bytes 9-9/10":                     {Range{9, 10}, 10, true},
		"bytes 0-4/*":                      {},
		"bytes */10":                       {},
		"bytes 5-4/10":                     {},
		"bytes 0-10/10":                    {},
		"bytes 0-4":                        {},
		"bytes 0-/10":                      {},
		"bytes -4/10":                      {},
		"bytes  0-4/10":                    {},
		"bytes=0-4/10":                     {},
		"items 0-4/10":                     {},
		"bytes 0-4/10, bytes 5-9/10":       {},
		"":                                 {},
		"bytes 0-4/9999999999999999999999": {},
	} {
		r, length, ok := ParseContentRange(in)
		if ok != want.ok || r != want.r || length != want.length {
			t.Errorf("ParseContentRange(%q): got %v, %d, %v, want %v, %d, %v", in, r, length, ok, want.r, want.length, want.ok)
		}
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		part  Range
		value string
		want  bool
	}{
		{Range{2, 5}, "bytes=2-4", true},
		{Range{2, 4}, "bytes=2-4", true}, // less than was asked for
		{Range{2, 6}, "bytes=2-4", false},
		{Range{1, 5}, "bytes=2-4", false},
		{Range{3, 5}, "bytes=2-4", false},
		{Range{2, 10}, "bytes=2-", true},
		{Range{2, 10}, "bytes=2-99", true},
		{Range{8, 10}, "bytes=-2", true},
		{Range{7, 10}, "bytes=-2", false},
		{Range{2, 5}, "bytes=2-4,7-8", false},
		{Range{2, 5}, "bytes=2-4,20-30", false}, // two were asked for
		{Range{2, 5}, "bytes=x", false},
		{Range{2, 5}, "", false},
	} {
		if got := Answers(c.part, c.value, 10); got != c.want {
			t.Errorf("Answers(%v, %q, 10): got %v, want %v", c.part, c.value, got, c.want)
		}
	}
}

// FuzzParseContentRange: what is read prints as a value that is read the same,
// and answers the range that asks for it.
func FuzzParseContentRange(f *testing.F) {
	for _, s := range []string{"bytes 0-4/10", "bytes */10", "BYTES 00-04/010", "bytes 9223372036854775805-9223372036854775805/9223372036854775806"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, length, ok := ParseContentRange(s)
		if !ok {
			return
		}
		if r.From < 0 || r.Empty() || r.To > length {
			t.Fatalf("ParseContentRange(%q): got %v of %d", s, r, length)
		}
		printed := ContentRange(r, length)
		again, n, ok := ParseContentRange(printed)
		if !ok || again != r || n != length {
			t.Errorf("ParseContentRange(%q) printed as %q: got %v, %d, %v", s, printed, again, n, ok)
		}
		if asked := string(AppendValue(nil, r)); !Answers(r, asked, length) {
			t.Errorf("Answers(%v, %q, %d): got false", r, asked, length)
		}
	})
}
