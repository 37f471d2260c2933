// Stands in until the package is there: remove this file then.
package jsonbody

type Element struct {
	Text string
	Key  bool
}
type Filter struct{}

func NewFilter(paths []string, keys, values bool) (*Filter, error) { return nil, nil }

type Parser struct{}

func (p *Parser) Elements(body string, f *Filter, dst []Element) ([]Element, bool) {
	return append(dst, Element{Text: body}), true
}
