package managed

import (
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
)

// TestSQL shows which rule of the SQL database group finds what: the detector
// each value by itself, and so an attack that is deep in a body (WF-LI-02).
func TestSQL(t *testing.T) {
	a := build(t, Options{}, nil, "AWSManagedRulesSQLiRuleSet")
	json := field.Lines{{Name: "Content-Type", Value: "application/json"}}
	form := field.Lines{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}
	for _, test := range []struct {
		method, target string
		fields         field.Lines
		body           string
		want           string // the rule; none for a request that passes
	}{
		{method: "GET", target: "/?page=2&id=10+and+1%3D1", want: "SQLi_QUERYARGUMENTS"},
		{method: "GET", target: "/?q=select+*+from+users", want: "SQLiExtendedPatterns_QUERYARGUMENTS"},
		{method: "GET", target: "/a'%20or%201=1--", want: "SQLi_URIPATH"},
		{method: "GET", target: "/a/union%20all%20select/b", want: "SQLiExtendedPatterns_URIPATH"},
		{method: "GET", target: "/", fields: field.Lines{{Name: "Cookie", Value: "a=b; id=1' or '1'='1"}}, want: "SQLi_COOKIE"},
		{method: "GET", target: "/", fields: field.Lines{{Name: "X-Id", Value: "'; drop table users"}}, want: "SQLiExtendedPatterns_HEADER"},
		{method: "POST", target: "/", fields: json, body: `{"a":["b","c"],"d":{"e":"f","id":"-1 union select 1,2"}}`, want: "SQLi_BODY"},
		{method: "POST", target: "/", fields: form, body: "a=b&c=d&e=f&id=1%27+or+%271%27%3D%271", want: "SQLi_BODY"},
		{method: "POST", target: "/", fields: json, body: `{"a":"b","q":"x from information_schema.tables"}`, want: "SQLiExtendedPatterns_BODY"},

		{method: "GET", target: "/articles/select-from-the-best?sort=-created_at,name&q=salt+and+pepper&from=2026-11-27"},
		{method: "GET", target: "/", fields: field.Lines{
			{Name: "User-Agent", Value: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"},
			{Name: "Accept", Value: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
			{Name: "Sec-Ch-Ua", Value: `" Not A;Brand";v="99", "Chromium";v="96"`},
			{Name: "If-None-Match", Value: `W/"33a64df5", "67ab43"`},
			{Name: "Cookie", Value: "_ga=GA1.2.1.17; consent={\"a\":true}; theme=dark"},
		}},
		{method: "POST", target: "/", fields: json, body: `{"name":"O'Brien","note":"Meet me at 5 o'clock (or later); bring it.","n":[1,2,3]}`},
		{method: "POST", target: "/", fields: form, body: "name=O%27Brien&comment=Select+one+from+the+list,+and+update+me."},
	} {
		v := ask(a, test.method, test.target, test.fields, test.body)
		got := ""
		if v.Block != nil {
			got = v.Block.GroupRule
		}
		if got != test.want {
			t.Errorf("%s %s %v %q: got blocked by %q, want %q", test.method, test.target, test.fields, test.body, got, test.want)
		}
	}
}
