package scenario

import "testing"

func TestNumbered(t *testing.T) {
	for _, c := range []struct {
		n    int
		want string
	}{
		{0, ""},
		{3, "000"},
		{8, "0000000\n"},
		{26, "0000000\n0000008\n0000016\n00"},
	} {
		if got := numbered(c.n); got != c.want {
			t.Errorf("numbered(%d): got %q, want %q", c.n, got, c.want)
		}
	}
	if long := numbered(10_000_100); long[9_999_992:10_000_000] != "9999992\n" {
		t.Errorf("numbered: got %q at 9999992, want %q", long[9_999_992:10_000_000], "9999992\n")
	}
}
