package standin

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestCatalogue(t *testing.T) {
	s := newTest(t, Options{})
	w := send(s, "GET /prod/products/p05")
	wantAnswer(t, "p05", w, 200, `{"id":"p05","name":"Desk lamp","category":"office","price_cents":4800,"updated":"2026-03-05T09:00:00Z"}`)
	etag, modified := raw(w, "ETag"), raw(w, "Last-Modified")
	if modified != "Thu, 05 Mar 2026 09:00:00 GMT" || raw(w, "Cache-Control") != "public, max-age=300, s-maxage=60" {
		t.Errorf("p05: got Last-Modified %q, Cache-Control %q", modified, raw(w, "Cache-Control"))
	}
	for _, tt := range []struct {
		lines  []string
		status int
	}{
		{[]string{"If-None-Match: " + etag}, 304},
		{[]string{"If-None-Match: W/" + etag}, 304},
		{[]string{`If-None-Match: "other", ` + etag}, 304},
		{[]string{`If-None-Match: "other"`, "If-None-Match: " + etag}, 304},
		{[]string{"If-None-Match: *"}, 304},
		{[]string{`If-None-Match: "other"`}, 200},
		{[]string{`If-None-Match: "other"`, "If-Modified-Since: " + modified}, 200}, // RFC 9110 section 13.2.2
		{[]string{"If-Modified-Since: " + modified}, 304},
		{[]string{"If-Modified-Since: Wed, 04 Mar 2026 09:00:00 GMT"}, 200},
		{[]string{"If-Modified-Since: yesterday"}, 200},
	} {
		got := send(s, "GET /prod/products/p05", tt.lines...)
		if got.Code != tt.status {
			t.Errorf("%q: got %d, want %d", tt.lines, got.Code, tt.status)
		}
		if got.Code == 304 && (got.Body.Len() > 0 || raw(got, "ETag") != etag || raw(got, "Content-Length")+raw(got, "Content-Type") != "") {
			t.Errorf("%q: got a 304 with %v %q", tt.lines, got.Header(), got.Body)
		}
	}
}

func TestHead(t *testing.T) {
	s := newTest(t, Options{})
	get, head := send(s, "GET /prod/products"), send(s, "HEAD /prod/products")
	if head.Code != 200 || head.Body.Len() != 0 || raw(head, "Content-Length") != fmt.Sprint(get.Body.Len()) {
		t.Errorf("HEAD: got %d, %d bytes, Content-Length %q, want 200, none, %d", head.Code, head.Body.Len(), raw(head, "Content-Length"), get.Body.Len())
	}
}

func TestResources(t *testing.T) {
	s := newTest(t, Options{})
	for _, tt := range []struct {
		name, content, in string
		lines             []string
		status            int
		want              string
		cacheControl      string
	}{
		{"no product", "", "GET /prod/products/p99", nil, 404, `{"message":"no product \"p99\""}`, "max-age=10"},
		{"encoded id", "", "GET /prod/products/p%2F1", nil, 404, `{"message":"no product \"p/1\""}`, "max-age=10"},
		{"AG-ERR-08 no token", "", "GET /prod/me", nil, 401, `{"message":"Unauthorized"}`, ""},
		{"AG-AUT-01 no form of a token", "", "GET /prod/me", []string{"Authorization: Basic YTpi"}, 401, `{"message":"Unauthorized"}`, ""},
		{"AG-ERR-03 denied", "", "GET /prod/me", []string{"Authorization: Bearer mallory"}, 403, `{"Message":"User is not authorized to access this resource"}`, ""},
		{"order", `{"id":"o-1","items":["p01"]}`, "POST /prod/orders", nil, 201, `{"id":"o-1","items":["p01"]}`, ""},
		{"AG-ERR-12", `{"id":`, "POST /prod/orders", nil, 400, `{"message":"Invalid request body"}`, ""},
		{"put", `{"p01":2}`, "PUT /prod/cart/7", nil, 200, `{"cart":{"p01":2},"id":"7","method":"PUT"}`, ""},
		{"patch", `{"p01":3}`, "PATCH /prod/cart/7", nil, 200, `{"cart":{"p01":3},"id":"7","method":"PATCH"}`, ""},
		{"delete", "", "DELETE /prod/cart/7", nil, 204, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := sendContent(s, tt.content, tt.in, tt.lines...)
			wantAnswer(t, tt.in, w, tt.status, tt.want)
			if got := raw(w, "Cache-Control"); got != tt.cacheControl {
				t.Errorf("%s: got Cache-Control %q, want %q", tt.in, got, tt.cacheControl)
			}
		})
	}
}

func TestMe(t *testing.T) {
	w := send(newTest(t, Options{}), "GET /prod/me", "Authorization: Bearer alice")
	if got := decode[map[string]string](t, w)["user"]; got != "alice" || raw(w, "Cache-Control") != "private, no-store" {
		t.Errorf("got user %q, Cache-Control %q, want alice, private, no-store", got, raw(w, "Cache-Control"))
	}
}

func TestOrderID(t *testing.T) {
	w := sendContent(newTest(t, Options{}), "{}", "POST /prod/orders")
	id := raw(w, "x-amzn-RequestId")
	wantAnswer(t, "order without id", w, 201, `{"id":"`+id+`"}`)
	if got := raw(w, "Location"); got != "/orders/"+id {
		t.Errorf("Location: got %q, want /orders/%s", got, id)
	}
}

func TestVersion(t *testing.T) {
	s := newTest(t, Options{})
	for want := range 3 {
		w := send(s, "GET /prod/version?a=1")
		wantAnswer(t, "/version", w, 200, fmt.Sprintf(`{"query":"a=1","version":%d}`, want+1))
	}
}

func TestCookies(t *testing.T) {
	w := send(newTest(t, Options{}), "GET /prod/cookies", "Cookie: theme=dark; n=1")
	wantAnswer(t, "/cookies", w, 200, `{"received":{"n":"1","theme":"dark"}}`)
	got := w.Header()["Set-Cookie"]
	want := []string{"session=" + raw(w, "x-amzn-RequestId") + "; Path=/; HttpOnly; Secure", "theme=light; Path=/"}
	if !slices.Equal(got, want) {
		t.Errorf("Set-Cookie: got %q, want %q", got, want)
	}
}

func TestEcho(t *testing.T) {
	w := sendContent(newTest(t, Options{}), "hello", "POST /prod/echo/a%20b/?x=1&x=2", "X-One: 1", "X-One: 2", "Te: trailers")
	got := decode[struct {
		Method, Path, Query, Content string
		Headers                      map[string][]string
	}](t, w)
	if got.Method != "POST" || got.Path != "/prod/echo/a%20b/" || got.Query != "x=1&x=2" || got.Content != "hello" ||
		!slices.Equal(got.Headers["X-One"], []string{"1", "2"}) || got.Headers["Host"][0] != testHost || got.Headers["Te"] == nil {
		t.Errorf("/echo: got %+v", got)
	}
}

func TestSearch(t *testing.T) {
	s := newTest(t, Options{})
	for _, tt := range []struct {
		in    string
		ids   string
		pages int
		total int
	}{
		{"", "p01 p02 p03 p04 p05", 3, 12},
		{"?page=3", "p11 p12", 3, 12},
		{"?page=4", "", 3, 12},
		{"?q=lamp", "p05 p12", 1, 2},
		{"?q=LAMP&category=outdoor", "p12", 1, 1},
		{"?category=office&sort=price", "p06 p07 p05 p08", 1, 4},
		{"?category=office&sort=-price&page_size=2", "p08 p05", 2, 4},
		{"?category=kitchen&sort=name&page_size=2&page=2", "p01 p02", 2, 4},
		{"?q=anvil", "", 0, 0},
		{"?q=pen&q=mug&utm_source=x", "p01", 1, 1},
	} {
		w := send(s, "GET /prod/search"+tt.in)
		got := decode[struct {
			Items        []product
			Pages, Total int
		}](t, w)
		var ids []string
		for _, p := range got.Items {
			ids = append(ids, p.ID)
		}
		if strings.Join(ids, " ") != tt.ids || got.Pages != tt.pages || got.Total != tt.total || raw(w, "Cache-Control") != "max-age=60" {
			t.Errorf("/search%s: got %v, %d pages, %d, want %s, %d, %d", tt.in, ids, got.Pages, got.Total, tt.ids, tt.pages, tt.total)
		}
	}
	for in, want := range map[string]string{
		"?page=0":       `{"message":"page: got \"0\", want 1 to 1000"}`,
		"?page_size=51": `{"message":"page_size: got \"51\", want 1 to 50"}`,
		"?sort=colour":  `{"message":"sort: got \"colour\", want id, name, price or -price"}`,
		"?q=%zz":        `{"message":"query: got \"q=%zz\", want a well-formed query string"}`,
		"?a=1;b=2":      `{"message":"query: got \"a=1;b=2\", want a well-formed query string"}`,
	} {
		wantAnswer(t, "/search"+in, send(s, "GET /prod/search"+in), 400, want)
	}
}

// A query that is accepted is within bounds and reads back the same.
func FuzzParseSearch(f *testing.F) {
	for _, raw := range []string{"", "q=lamp&page=2", "page_size=50&sort=-price", "q=%zz", "page=-1", "q=a&q=b", "category=%C3%A4;"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := parseSearch(raw)
		if err != nil {
			return
		}
		if _, err := url.ParseQuery(raw); err != nil {
			t.Errorf("parseSearch(%q): accepted what is no query string", raw)
		}
		if q.page < 1 || q.page > mostPages || q.pageSize < 1 || q.pageSize > mostPageSize || len(q.term) > longestTerm {
			t.Errorf("parseSearch(%q) = got %+v, out of bounds", raw, q)
		}
		if again, err := parseSearch(q.encode()); err != nil || again != q {
			t.Errorf("parseSearch(%q) = got %+v, read back %+v, %v", raw, q, again, err)
		}
		if page, total := q.find(products); len(page) > q.pageSize || len(page) > total {
			t.Errorf("find(%q): got %d of %d items with page size %d", raw, len(page), total, q.pageSize)
		}
	})
}
