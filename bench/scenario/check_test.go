package scenario

import (
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/bench/edgetest"
	"github.com/groundfront/groundfront/cachekey/field"
)

// TestExpect: a check that cannot fail checks nothing.
func TestExpect(t *testing.T) {
	got := edgetest.Response{
		Status: 200, Body: "hello", Took: 2 * time.Second,
		Fields: field.Lines{{Name: "x-cache", Value: "Hit from cloudfront"}, {Name: "age", Value: "5"}},
	}
	early := got
	early.Interim = []edgetest.Interim{{Status: 102}, {Status: 103, Fields: field.Lines{{Name: "link", Value: "</a>"}}}}
	cut := got
	cut.Cut = true
	for _, c := range []struct {
		step string
		got  edgetest.Response
		want string // part of the error; "" for none
	}{
		{`expect 200 Hit Age=5 body "hello"`, got, ""},
		{`expect 200 Age !Via X-Cache~"^Hit" body ~ "l+"`, got, ""},
		{`expect 404`, got, "status: got 200, want 404"},
		{`expect 200 Miss`, got, `X-Cache: got "Hit from cloudfront", want "Miss from cloudfront"`},
		{`expect 200 Age=6`, got, `Age: got "5", want "6"`},
		{`expect 200 !Age`, got, `Age: got "5", want none`},
		{`expect 200 Via`, got, "Via: got none, want one"},
		{`expect 200 Age~"^6"`, got, `want a match of "^6"`},
		{`expect 200 body "hullo"`, got, `got "hello", want "hullo"`},
		{`expect 200 body empty`, got, "5 bytes, want 0"},
		{`expect 200 body ~ "z"`, got, "want a match"},
		{`expect 200 body gzip "hello"`, got, "want gzip"},
		{`expect 200 closed`, got, "got open, want closed"},
		{`expect 200 cut`, got, "cut: got false"},
		{`expect 200`, cut, "cut: got true"},
		{`expect 200 cut`, cut, ""},
		{`expect 200 after 2s`, got, ""},
		{`expect 200 after 3s`, got, "after: got 2s, want 3s"},
		{`expect 200 Age={n} body "hello"`, got, ""},
		{`expect 200 body "hello {n}"`, got, `want "hello 5"`},
		{`expect 200`, early, ""},
		{`expect 200 interim 102 interim 103 Link="</a>" body "hello"`, early, ""},
		{`expect 200 interim none`, got, ""},
		{`expect 200 interim none`, early, "want 0"},
		{`expect 200 interim 102`, early, "want 1"},
		{`expect 200 interim 103 interim 103`, early, "response 1: got status 102, want 103"},
		{`expect 200 interim 102 Link interim 103`, early, "response 1: Link: got none, want one"},
	} {
		step, err := parseStep(c.step)
		if err != nil {
			t.Errorf("%s: %v", c.step, err)
			continue
		}
		err = step.action.(expectStep).numbered(5).check(&File{}, c.got)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: got %v, want no error", c.step, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want %q", c.step, err, c.want)
		}
	}
}
