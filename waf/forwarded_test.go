package waf

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
)

// TestFind: which addresses of a field count (WF-IP-02, WF-IP-03, WF-IP-05).
func TestFind(t *testing.T) {
	for _, test := range []struct {
		position Position
		fields   []string
		want     string
	}{
		{PositionFirst, nil, "absent []"},
		{PositionFirst, []string{"Y: 1.1.1.1"}, "absent []"},
		{PositionFirst, []string{"X: 1.1.1.1, x"}, "found [1.1.1.1]"},
		{PositionFirst, []string{"X: x, 1.1.1.1"}, "malformed []"},
		{PositionFirst, []string{"x: 1.1.1.1", "X: 2.2.2.2"}, "found [1.1.1.1]"},
		{PositionFirst, []string{"X: "}, "malformed []"},
		{PositionFirst, []string{"X: 1.1.1.1:80"}, "malformed []"},
		{PositionFirst, []string{"X: [2001:db8::1]"}, "malformed []"},
		{PositionFirst, []string{"X: fe80::1%eth0"}, "malformed []"},
		{PositionFirst, []string{"X: ::ffff:1.1.1.1"}, "found [1.1.1.1]"},
		{PositionFirst, []string{"X: 1.1.1.1 2.2.2.2"}, "malformed []"},
		{PositionLast, []string{"X: 1.1.1.1, 2.2.2.2"}, "found [2.2.2.2]"},
		{PositionLast, []string{"X: 1.1.1.1", "Y: 3.3.3.3", "X: 2.2.2.2"}, "found [2.2.2.2]"},
		{PositionLast, []string{"X: 1.1.1.1,"}, "malformed []"},
		{PositionAny, []string{"X: 1.1.1.1,2.2.2.2", "X: 3.3.3.3"}, "found [3.3.3.3 2.2.2.2 1.1.1.1]"},
		{PositionAny, []string{"X: x,1.1.1.1"}, "malformed [1.1.1.1]"},
		{PositionAny, []string{"X: x," + strings.Repeat("1.1.1.1,", 9) + "1.1.1.2"}, "found [1.1.1.2" + strings.Repeat(" 1.1.1.1", 9) + "]"},
	} {
		f := Forwarded{Field: "X", Position: test.position}
		var found addresses
		result := f.find(lines(test.fields...), &found)
		if got := fmt.Sprint(result, found.list[:found.n]); got != test.want {
			t.Errorf("%v of %q: got %s, want %s", test.position, test.fields, got, test.want)
		}
	}
}

// FuzzFind compares with splitting the joined lines.
func FuzzFind(f *testing.F) {
	f.Add("1.1.1.1, 2.2.2.2", "::1", uint8(2))
	f.Add("", ",", uint8(1))
	f.Fuzz(func(t *testing.T, one, two string, position uint8) {
		fields := field.Lines{{Name: "X", Value: one}, {Name: "x", Value: two}}
		setting := Forwarded{Field: "X", Position: Position(position % 3)}
		var found addresses
		result := setting.find(fields, &found)

		list := strings.Split(one+","+two, ",")
		switch setting.Position {
		case PositionFirst:
			list = list[:1]
		case PositionLast:
			list = list[len(list)-1:]
		case PositionAny:
			list = list[max(0, len(list)-maxAddresses):]
		}
		var want []netip.Addr
		for _, text := range slices.Backward(list) {
			a, err := netip.ParseAddr(strings.Trim(text, " \t"))
			if err != nil || a.Zone() != "" {
				if result != forwardedMalformed {
					t.Fatalf("%v of %q and %q: got %v, want malformed", setting.Position, one, two, result)
				}
				return
			}
			want = append(want, a.Unmap())
		}
		if result != forwardedFound || !slices.Equal(found.list[:found.n], want) {
			t.Fatalf("%v of %q and %q: got %v %v, want %v", setting.Position, one, two, result, found.list[:found.n], want)
		}
	})
}
