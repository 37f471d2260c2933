package cachekey_test

import (
	"bytes"
	"fmt"

	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/cachekey/selection"
)

// A catalogue whose pages depend on the language and the page number. The
// session cookie and the campaign parameter do not split the cache.
var catalogue = cachekey.Policy{
	EnableAcceptEncodingGzip: true,
	Headers:                  []string{"Accept-Language"},
	QueryStrings:             selection.Selection{Behavior: selection.BehaviorWhitelist, Names: []string{"page"}},
}

func ExampleBuilder_Append() {
	builder, err := cachekey.New(catalogue, cachekey.Options{Distribution: "d111111abcdef8.cloudfront.net"})
	if err != nil {
		fmt.Println(err)
		return
	}
	first := cachekey.Request{
		Method: "GET", Host: "shop.example", Path: "/products", Query: "page=2&utm_source=mail",
		Fields: field.Lines{{Name: "Accept-Language", Value: "en"}, {Name: "Cookie", Value: "session=8f3a"}},
	}
	second := cachekey.Request{
		Method: "HEAD", Host: "www.shop.example", Path: "/products", Query: "page=2",
		Fields: field.Lines{{Name: "accept-language", Value: "en"}},
	}
	buffer := make([]byte, 0, 512) // one per connection is enough
	one := builder.Append(buffer, &first)
	two := builder.Append(nil, &second)
	fmt.Println("same entry:", bytes.Equal(one, two), cachekey.Sum(one) == cachekey.Sum(two))

	second.Query = "page=3"
	fmt.Println("same entry:", bytes.Equal(one, builder.Append(nil, &second)))
	// Output:
	// same entry: true true
	// same entry: false
}

func ExampleNew() {
	_, err := cachekey.New(
		cachekey.Policy{Headers: []string{"Origin", "Cookie"}},
		cachekey.Options{Distribution: "d111111abcdef8.cloudfront.net"},
	)
	fmt.Println(err)
	// Output: Cookie: header cannot be in a cache key
}

func ExampleParse() {
	builder, err := cachekey.New(catalogue, cachekey.Options{Distribution: "d111111abcdef8.cloudfront.net"})
	if err != nil {
		fmt.Println(err)
		return
	}
	key := builder.Append(nil, &cachekey.Request{
		Method: "GET", Path: "/products", Query: "utm_source=mail&page=2",
		Fields: field.Lines{{Name: "Accept-Encoding", Value: "br, gzip"}},
	})
	parts, err := cachekey.Parse(key)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(parts.Distribution, parts.Path, parts.Query)
	fmt.Println("accept-encoding:", parts.AcceptEncoding)
	for _, h := range parts.Headers {
		fmt.Printf("%s: present %v, %q\n", h.Name, h.Present, h.Value)
	}
	// Output:
	// d111111abcdef8.cloudfront.net /products page=2
	// accept-encoding: gzip
	// accept-language: present false, ""
}

func ExampleTarget() {
	builder, err := cachekey.New(catalogue, cachekey.Options{Distribution: "d111111abcdef8.cloudfront.net"})
	if err != nil {
		fmt.Println(err)
		return
	}
	key := builder.Append(nil, &cachekey.Request{Method: "GET", Path: "/products", Query: "a=1&page=2"})
	fmt.Printf("%s\n", cachekey.Target(key))
	// Output: /products?page=2
}
