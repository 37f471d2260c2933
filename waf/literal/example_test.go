package literal_test

import (
	"fmt"

	"github.com/groundfront/groundfront/waf/literal"
)

func Example() {
	const fold = true
	patterns := []string{"sqlmap", "nikto", "map/"}
	s := literal.New(patterns, fold)

	text := "SQLMap/1.7.2 (https://sqlmap.org)"
	found := make([]uint64, s.Words())
	s.Find(text, found)
	fmt.Printf("%03b\n", found[0])

	pattern, from, to := s.First(text)
	fmt.Println(patterns[pattern], text[from:to])
	// Output:
	// 101
	// sqlmap SQLMap
}
