package standin

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a search.
const (
	defaultPageSize = 5
	mostPageSize    = 50
	mostPages       = 1000
	longestTerm     = 100 // bytes of q
)

// A sortOrder is the order of search results; the words are those of the
// query parameter.
type sortOrder string

const (
	sortID        sortOrder = "id"
	sortName      sortOrder = "name"
	sortPrice     sortOrder = "price"
	sortPriceDesc sortOrder = "-price"
)

// A searchQuery is a valid set of search parameters with defaults filled in.
type searchQuery struct {
	term     string // part of the name, any case; "" matches all
	category string // "" matches all
	page     int    // from 1
	pageSize int
	sort     sortOrder
}

// parseSearch reads a raw query string. Parameters it does not know are
// ignored: they make different URLs of equal answers, which is what a cache
// policy is for. The error is a *parameterError.
func parseSearch(raw string) (searchQuery, error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return searchQuery{}, &parameterError{"query", raw, "a well-formed query string"}
	}
	q := searchQuery{term: lastValue(query, "q"), category: lastValue(query, "category")}
	if len(q.term) > longestTerm {
		return searchQuery{}, &parameterError{"q", q.term, "at most 100 bytes"}
	}
	if q.page, err = intParameter(query, "page", 1, 1, mostPages); err != nil {
		return searchQuery{}, err
	}
	if q.pageSize, err = intParameter(query, "page_size", defaultPageSize, 1, mostPageSize); err != nil {
		return searchQuery{}, err
	}
	if q.sort, err = parseSort(lastValue(query, "sort")); err != nil {
		return searchQuery{}, err
	}
	return q, nil
}

func parseSort(word string) (sortOrder, error) {
	switch order := sortOrder(word); order {
	case "":
		return sortID, nil
	case sortID, sortName, sortPrice, sortPriceDesc:
		return order, nil
	}
	return "", &parameterError{"sort", word, "id, name, price or -price"}
}

// encode writes q with every parameter, so that parseSearch reads it back.
func (q searchQuery) encode() string {
	return url.Values{
		"q": {q.term}, "category": {q.category}, "sort": {string(q.sort)},
		"page": {strconv.Itoa(q.page)}, "page_size": {strconv.Itoa(q.pageSize)},
	}.Encode()
}

// find returns the products of q's page and the number on all pages.
func (q searchQuery) find(all []product) (page []product, total int) {
	found := []product{}
	for _, p := range all {
		if (q.category == "" || p.Category == q.category) &&
			strings.Contains(strings.ToLower(p.Name), strings.ToLower(q.term)) {
			found = append(found, p)
		}
	}
	slices.SortStableFunc(found, q.sort.compare)
	first := min((q.page-1)*q.pageSize, len(found))
	return found[first:min(first+q.pageSize, len(found))], len(found)
}

func (o sortOrder) compare(a, b product) int {
	switch o {
	case sortName:
		return cmp.Compare(a.Name, b.Name)
	case sortPrice:
		return cmp.Compare(a.Cents, b.Cents)
	case sortPriceDesc:
		return cmp.Compare(b.Cents, a.Cents)
	}
	return cmp.Compare(a.ID, b.ID)
}

// search is GET /search.
func (s *Standin) search(_ context.Context, c *call) (*response, error) {
	q, err := parseSearch(c.r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	page, total := q.find(products)
	resp := newResponse(200, "max-age=60")
	resp.setJSON(map[string]any{
		"items": page, "page": q.page, "page_size": q.pageSize,
		"pages": (total + q.pageSize - 1) / q.pageSize, "total": total,
	})
	return resp, nil
}
