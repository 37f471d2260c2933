package byterange

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cachekey/field"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		name, in string
		length   int64
		want     []Range
		sel      Selection
	}{
		{"first bytes", "bytes=0-9", 100, []Range{{0, 10}}, SelectionPartial},
		{"one byte", "bytes=5-5", 100, []Range{{5, 6}}, SelectionPartial},
		{"open", "bytes=90-", 100, []Range{{90, 100}}, SelectionPartial},
		{"past the end", "bytes=90-200", 100, []Range{{90, 100}}, SelectionPartial},
		{"everything", "bytes=0-", 100, []Range{{0, 100}}, SelectionPartial},
		{"unit in capitals", "BYTES=0-9", 100, []Range{{0, 10}}, SelectionPartial},
		{"CF-RNG-06", "bytes=0-1,4-5 , 90-", 100, []Range{{0, 2}, {4, 6}, {90, 100}}, SelectionPartial},
		{"CF-RNG-06 adjacent", "bytes=0-1,2-3", 100, []Range{{0, 2}, {2, 4}}, SelectionPartial},
		{"CF-RNG-06 empty members", "bytes=,0-1,,4-5,", 100, []Range{{0, 2}, {4, 6}}, SelectionPartial},
		{"CF-RNG-06 one beyond the end", "bytes=0-1,100-200", 100, []Range{{0, 2}}, SelectionPartial},
		{"CF-RNG-08 suffix", "bytes=-10", 100, []Range{{90, 100}}, SelectionPartial},
		{"CF-RNG-08 long suffix", "bytes=-1000", 100, []Range{{0, 100}}, SelectionPartial},
		{"CF-RNG-08 after a range", "bytes=0-9,-10", 100, []Range{{0, 10}, {90, 100}}, SelectionPartial},
		{"CF-RNG-08 suffix overlaps", "bytes=0-95,-10", 100, nil, SelectionFull},
		{"CF-RNG-05 descending", "bytes=50-60,0-9", 100, nil, SelectionFull},
		{"CF-RNG-05 overlapping", "bytes=0-10,10-20", 100, nil, SelectionFull},
		{"CF-RNG-05 same twice", "bytes=0-9,0-9", 100, nil, SelectionFull},
		{"CF-RNG-05 descending beyond the end", "bytes=200-300,0-9", 100, nil, SelectionFull},
		{"CF-RNG-05 after an open range", "bytes=0-,90-99", 100, nil, SelectionFull},
		{"CF-RNG-05 last before first", "bytes=9-5", 100, nil, SelectionFull},
		{"CF-RNG-05 negative", "bytes=-5-9", 100, nil, SelectionFull},
		{"CF-RNG-05 one bad of two", "bytes=0-1,x-9", 100, nil, SelectionFull},
		{"CF-RNG-05 no dash", "bytes=5", 100, nil, SelectionFull},
		{"CF-RNG-05 only a dash", "bytes=-", 100, nil, SelectionFull},
		{"CF-RNG-05 sign", "bytes=+0-9", 100, nil, SelectionFull},
		{"CF-RNG-05 space inside", "bytes=0 -9", 100, nil, SelectionFull},
		{"CF-RNG-05 nothing", "bytes=", 100, nil, SelectionFull},
		{"CF-RNG-05 only commas", "bytes=,,", 100, nil, SelectionFull},
		{"CF-RNG-05 no unit", "0-9", 100, nil, SelectionFull},
		{"CF-RNG-05 other unit", "pages=0-9", 100, nil, SelectionFull},
		{"CF-RNG-05 space before =", "bytes =0-9", 100, nil, SelectionFull},
		{"CF-RNG-07", "bytes=100-", 100, nil, SelectionUnsatisfiable},
		{"CF-RNG-07 several", "bytes=100-101,200-", 100, nil, SelectionUnsatisfiable},
		{"CF-RNG-07 suffix of nothing", "bytes=-0", 100, nil, SelectionUnsatisfiable},
		{"CF-RNG-07 empty response", "bytes=0-", 0, nil, SelectionUnsatisfiable},
		{"CF-RNG-07 suffix of an empty response", "bytes=-5", 0, nil, SelectionUnsatisfiable},
		{"numbers beyond 64 bits", "bytes=99999999999999999999-99999999999999999999999", 100, nil, SelectionUnsatisfiable},
		{"last beyond 64 bits", "bytes=0-99999999999999999999999", 100, []Range{{0, 100}}, SelectionPartial},
		{"suffix beyond 64 bits", "bytes=-99999999999999999999999", 100, []Range{{0, 100}}, SelectionPartial},
		{"last at the greatest number", fmt.Sprintf("bytes=1-%d", int64(math.MaxInt64)), 100, []Range{{1, 100}}, SelectionPartial},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, sel := Resolve(nil, c.in, c.length)
			if sel != c.sel || !slices.Equal(got, c.want) {
				t.Errorf("Resolve(%q, %d): got %v %v, want %v %v", c.in, c.length, sel, got, c.sel, c.want)
			}
		})
	}
}

func TestResolveMaxRanges(t *testing.T) {
	var b strings.Builder
	for i := range MaxRanges + 1 {
		if i == MaxRanges {
			if got, sel := Resolve(nil, "bytes="+b.String(), 1000); sel != SelectionPartial || len(got) != MaxRanges {
				t.Errorf("%d ranges: got %v, %d ranges", MaxRanges, sel, len(got))
			}
		}
		fmt.Fprintf(&b, "%d-%d,", 2*i, 2*i)
	}
	if got, sel := Resolve(nil, "bytes="+b.String(), 1000); sel != SelectionFull || len(got) != 0 {
		t.Errorf("%d ranges: got %v, %d ranges, want full", MaxRanges+1, sel, len(got))
	}
}

// TestAsked: a range that is invalid whatever the response is gets to no origin
// (CF-RNG-05).
func TestAsked(t *testing.T) {
	for _, tt := range []struct {
		in   []string
		want string
	}{
		{nil, ""},
		{[]string{"bytes=0-0"}, "bytes=0-0"},
		{[]string{"Bytes=0-"}, "Bytes=0-"},
		{[]string{"bytes=-5"}, "bytes=-5"},
		{[]string{"bytes=-0"}, "bytes=-0"}, // 416, as the origin will say
		{[]string{"bytes=0-1, 4-5,-2"}, "bytes=0-1, 4-5,-2"},
		{[]string{"bytes=99999999999999999999-"}, "bytes=99999999999999999999-"},
		{[]string{""}, ""},
		{[]string{"bytes"}, ""},
		{[]string{"bytes="}, ""},
		{[]string{"bytes=5"}, ""},
		{[]string{"bytes=5-1"}, ""},
		{[]string{"bytes=4-5,0-1"}, ""},
		{[]string{"bytes=0-5,5-6"}, ""},
		{[]string{"items=0-9"}, ""},
		{[]string{"0-9"}, ""},
		{[]string{"bytes=0-1", "bytes=0-1"}, ""},
		{[]string{"bytes=" + strings.Repeat("0-0,", MaxRanges+1)}, ""},
	} {
		var request field.Lines
		for _, v := range tt.in {
			request.Add("Range", v)
		}
		if got := Asked(request); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

const (
	changed = "Sun, 01 Mar 2026 11:00:00 GMT"
	later   = "Sun, 01 Mar 2026 11:30:00 GMT"
)

func TestSelect(t *testing.T) {
	stored := conditional.Stored{Status: 200, ETag: `"x"`, LastModified: changed, Date: later}
	weak, notFound, sameSecond := stored, stored, stored
	weak.ETag, notFound.Status, sameSecond.Date = `W/"x"`, 404, changed
	ranged := func(more ...string) field.Lines {
		ls := field.Lines{{Name: "range", Value: "bytes=0-9"}}
		for i := 0; i < len(more); i += 2 {
			ls.Add(more[i], more[i+1])
		}
		return ls
	}
	for _, c := range []struct {
		name, method string
		in           field.Lines
		s            conditional.Stored
		want         Selection
	}{
		{"CF-RNG-01", "GET", ranged(), stored, SelectionPartial},
		{"no Range", "GET", nil, stored, SelectionFull},
		{"CF-RNG-12", "HEAD", ranged(), stored, SelectionFull},
		{"not 200", "GET", ranged(), notFound, SelectionFull},
		{"CF-RNG-05 two Range lines", "GET", ranged("Range", "bytes=20-29"), stored, SelectionFull},
		{"CF-RNG-11 same tag", "GET", ranged("If-Range", `"x"`), stored, SelectionPartial},
		{"CF-RNG-11 other tag", "GET", ranged("If-Range", `"y"`), stored, SelectionFull},
		{"CF-RNG-11 weak tag", "GET", ranged("If-Range", `W/"x"`), weak, SelectionFull},
		{"CF-RNG-11 strong asks for weak", "GET", ranged("If-Range", `"x"`), weak, SelectionFull},
		{"CF-RNG-11 same date", "GET", ranged("If-Range", changed), stored, SelectionPartial},
		{"CF-RNG-11 later date", "GET", ranged("If-Range", later), stored, SelectionFull},
		{"CF-RNG-11 weak date", "GET", ranged("If-Range", changed), sameSecond, SelectionFull},
		{"CF-RNG-11 malformed", "GET", ranged("If-Range", "x"), stored, SelectionFull},
		{"CF-RNG-11 empty", "GET", ranged("If-Range", ""), stored, SelectionFull},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, got := Select(nil, c.method, c.in, c.s, 100, now); got != c.want {
				t.Errorf("Select(%s, %v, %+v): got %v, want %v", c.method, c.in, c.s, got, c.want)
			}
		})
	}
}

// render writes a plan over a body.
func render(p Plan, body string) string {
	var b strings.Builder
	for _, s := range p.Segments {
		b.WriteString(s.Literal)
		b.WriteString(body[s.Body.From:s.Body.To])
	}
	return b.String()
}

func TestPlan(t *testing.T) {
	body := "0123456789"
	one := NewPlan([]Range{{2, 5}}, 10, "text/plain", "B")
	if got := render(one, body); got != "234" || one.Length != 3 || one.ContentRange != "bytes 2-4/10" || one.ContentType != "" {
		t.Errorf("one range: got %q, %+v", got, one)
	}
	two := NewPlan([]Range{{0, 2}, {8, 10}}, 10, "text/plain", "B")
	want := "--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01" +
		"\r\n--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\r\n89" +
		"\r\n--B--\r\n"
	if got := render(two, body); got != want || two.Length != int64(len(want)) {
		t.Errorf("CF-RNG-06: got %q of length %d, want %q of %d", got, two.Length, want, len(want))
	}
	if two.ContentType != "multipart/byteranges; boundary=B" || two.ContentRange != "" {
		t.Errorf("CF-RNG-06: got type %q, range %q", two.ContentType, two.ContentRange)
	}
	untyped := render(NewPlan([]Range{{0, 2}, {8, 10}}, 10, "", "B"), body)
	if strings.Contains(untyped, "Content-Type") {
		t.Errorf("without a type: got %q", untyped)
	}
	if got := UnsatisfiedRange(10); got != "bytes */10" {
		t.Errorf("CF-RNG-07: got %q, want bytes */10", got)
	}
}

var oneRange = regexp.MustCompile(`^[bB][yY][tT][eE][sS]=([0-9]*)-([0-9]*)$`)

// obviously resolves one range, with numbers of any size.
func obviously(s string, length int64) (ranges []Range, sel Selection, known bool) {
	m := oneRange.FindStringSubmatch(s)
	if m == nil {
		return nil, 0, false
	}
	number := func(digits string) *big.Int { n, _ := new(big.Int).SetString("0"+digits, 10); return n }
	from, to, end := number(m[1]), number(m[2]), big.NewInt(length)
	switch {
	case m[1] == "" && m[2] == "":
		return nil, SelectionFull, true
	case m[1] == "" && to.Cmp(end) >= 0:
		from, to = big.NewInt(0), end
	case m[1] == "":
		from, to = new(big.Int).Sub(end, to), end
	case m[2] == "":
		to = end
	case to.Cmp(from) < 0:
		return nil, SelectionFull, true
	default:
		to.Add(to, big.NewInt(1))
	}
	if from.Cmp(end) >= 0 {
		return nil, SelectionUnsatisfiable, true
	}
	if to.Cmp(end) > 0 {
		to = end
	}
	return []Range{{from.Int64(), to.Int64()}}, SelectionPartial, true
}

// FuzzResolve checks that ranges are ascending and inside the response, that
// they mean the same when printed, that a plan is as long as it says, and that
// a slow and obvious reading of one range agrees.
func FuzzResolve(f *testing.F) {
	for _, s := range []string{"bytes=0-9", "bytes=-5", "bytes=0-1,4-5,90-", "bytes=100-", "bytes=,", "bytes=0-99999999999999999999"} {
		f.Add(s, int64(100))
	}
	f.Add("bytes=-1", int64(0))
	f.Fuzz(func(t *testing.T, s string, length int64) {
		if length < 0 {
			return
		}
		ranges, sel := Resolve(nil, s, length)
		if want, wantSel, known := obviously(s, length); known && (sel != wantSel || !slices.Equal(ranges, want)) {
			t.Errorf("Resolve(%q, %d): got %v, %v, want %v, %v", s, length, ranges, sel, want, wantSel)
		}
		if (sel == SelectionPartial) != (len(ranges) > 0) || len(ranges) > MaxRanges {
			t.Fatalf("Resolve(%q, %d): got %v with %d ranges", s, length, sel, len(ranges))
		}
		last, printed := int64(0), make([]string, len(ranges))
		for i, r := range ranges {
			if r.From < last || r.To <= r.From || r.To > length {
				t.Fatalf("Resolve(%q, %d): got %v", s, length, ranges)
			}
			last, printed[i] = r.To, fmt.Sprintf("%d-%d", r.From, r.To-1)
		}
		if len(ranges) == 0 {
			return
		}
		again, _ := Resolve(nil, "bytes="+strings.Join(printed, ","), length)
		if !reflect.DeepEqual(again, ranges) {
			t.Errorf("Resolve(%q, %d) printed as %q: got %v, want %v", s, length, printed, again, ranges)
		}
		plan, sum := NewPlan(ranges, length, "text/plain", "BOUNDARY"), int64(0)
		for _, seg := range plan.Segments {
			sum += seg.Len()
		}
		if sum != plan.Length {
			t.Errorf("plan of %v: got length %d, want %d", ranges, plan.Length, sum)
		}
	})
}

func TestSelectionNames(t *testing.T) {
	for i, want := range []string{"full", "partial", "unsatisfiable", "unknown"} {
		if got := Selection(i).String(); got != want {
			t.Errorf("Selection(%d): got %q, want %q", i, got, want)
		}
	}
}

func TestSelectAllocates(t *testing.T) {
	in := field.Lines{{Name: "Range", Value: "bytes=0-9,20-29"}, {Name: "If-Range", Value: `"x"`}}
	s, buf := conditional.Stored{Status: 200, ETag: `"x"`}, make([]Range, 0, 4)
	if n := testing.AllocsPerRun(100, func() { Select(buf, "GET", in, s, 100, now) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func BenchmarkSelect(b *testing.B) {
	in := field.Lines{{Name: "Host", Value: "a"}, {Name: "Range", Value: "bytes=1000-1999"}}
	s, buf := conditional.Stored{Status: 200, ETag: `"x"`}, make([]Range, 0, 4)
	b.ReportAllocs()
	for b.Loop() {
		Select(buf, "GET", in, s, 100_000, now)
	}
}

func ExampleResolve() {
	ranges, selection := Resolve(nil, "bytes=0-99,-50", 1000)
	fmt.Println(selection, ranges, ContentRange(ranges[1], 1000))
	// Output: partial [{0 100} {950 1000}] bytes 950-999/1000
}

func ExampleNewPlan() {
	plan := NewPlan([]Range{{0, 2}, {8, 10}}, 10, "text/plain", "QpWm")
	fmt.Println(plan.ContentType, plan.Length)
	// Output: multipart/byteranges; boundary=QpWm 148
}
