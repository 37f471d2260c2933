package field_test

import (
	"fmt"

	"github.com/groundfront/groundfront/cachekey/field"
)

func ExampleLines() {
	lines := field.Lines{
		{Name: "Accept-Encoding", Value: "gzip, br;q=0.9"},
		{Name: "X-Tag", Value: "a"},
		{Name: "x-tag", Value: "b"},
	}
	fmt.Println(lines.Joined("X-Tag"))
	for coding := range field.Elements(lines.Get("accept-encoding")) {
		fmt.Println(coding)
	}
	// Output:
	// a, b
	// gzip
	// br;q=0.9
}
