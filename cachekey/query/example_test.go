package query_test

import (
	"fmt"

	"github.com/groundfront/groundfront/cachekey/query"
	"github.com/groundfront/groundfront/cachekey/selection"
)

func ExampleFilter_Append() {
	f := query.Filter{
		Selection: selection.Selection{Behavior: selection.BehaviorWhitelist, Names: []string{"page", "lang"}},
	}
	fmt.Printf("%s\n", f.Append(nil, "lang=en&session=8f3a&page=2"))
	// Output: lang=en&page=2
}

func ExamplePairs() {
	for p := range query.Pairs("color=red;size=large&lang=en") {
		fmt.Println(p.Name(), p.Value())
	}
	// Output:
	// color red;size=large
	// lang en
}
