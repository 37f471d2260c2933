package cookie_test

import (
	"fmt"

	"github.com/groundfront/groundfront/cachekey/cookie"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/cachekey/selection"
)

func ExampleAppendSorted() {
	lines := field.Lines{
		{Name: "Cookie", Value: "theme=dark; session=8f3a"},
		{Name: "Cookie", Value: "lang=en; $Version=1"},
	}
	s := selection.Selection{Behavior: selection.BehaviorAllExcept, Names: []string{"session"}}
	fmt.Printf("%s\n", cookie.AppendSorted(nil, lines, &s))
	// Output: lang=en; theme=dark
}
