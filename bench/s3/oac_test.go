package s3

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Every name of an object that S3 has is read through the edge, in whatever
// spelling a viewer writes it, by virtual-host and by path style.
func TestNames(t *testing.T) {
	for _, distribution := range []string{"always", "path", "no-override"} {
		for key, content := range objects {
			for _, target := range spellings(key) {
				r := request{distribution: distribution, target: target}
				a := right.send(t, r)
				if a.status != 200 || a.body != content {
					t.Errorf("%s: GET %s: got %s, want 200 %q\n%s", distribution, target, a, content, a.body)
				}
			}
		}
	}
}

// spellings returns paths that mean key.
func spellings(key string) []string {
	var everything strings.Builder // %2f for the slash, too
	for _, c := range []byte(key) {
		everything.WriteString("%" + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]))
	}
	return []string{
		"/" + strings.ReplaceAll(url.QueryEscape(key), "+", "%20"),
		"/" + (&url.URL{Path: key}).EscapedPath(),
		"/" + everything.String(),
	}
}

// The same requests by an edge whose secret is wrong, and by one that does not
// sign: the storage verifies.
func TestNotSigned(t *testing.T) {
	for distribution, want := range map[string]string{"always": "403 SignatureDoesNotMatch", "path": "403 SignatureDoesNotMatch"} {
		r := request{distribution: distribution, target: "/a.txt"}
		wrong.send(t, r).want(t, r, want)
	}
	r := request{distribution: "never", target: "/a.txt"}
	right.send(t, r).want(t, r, "403 AccessDenied")
}

// What S3 says of an error passes as it is, by XML.
func TestErrors(t *testing.T) {
	for _, test := range []struct {
		request
		want string
	}{
		{request{distribution: "always", target: "/missing.txt"}, "404 NoSuchKey"},
		{request{distribution: "always", target: "/folder%2Fmissing"}, "404 NoSuchKey"},
		{request{distribution: "always", method: "HEAD", target: "/missing.txt"}, `404 ""`},
		{request{distribution: "never", method: "HEAD", target: "/a.txt"}, `403 ""`},
		{request{distribution: "always", target: "/a.txt", fields: []string{"Range: bytes=100-"}}, "416 InvalidRange"},
		{request{distribution: "always", target: "/a.txt", fields: []string{`If-Match: "other"`}}, "412 PreconditionFailed"},
		{request{distribution: "always", target: "/a.txt?versionId=wrong"}, "400 InvalidArgument"},
	} {
		a := right.send(t, test.request)
		a.want(t, test.request, test.want)
		if got := a.fields.Get("Content-Type"); test.method != "HEAD" && got != "application/xml" {
			t.Errorf("GET %s: got Content-Type %q", test.target, got)
		}
	}
}

// Ranges and conditions go to S3 with a request that is not from the cache.
func TestConditions(t *testing.T) {
	for _, distribution := range []string{"always", "path"} {
		whole := right.send(t, request{distribution: distribution, target: "/a.txt"})
		tag := whole.fields.Get("ETag")
		for _, test := range []struct{ method, field, want string }{
			{"GET", "Range: bytes=2-4", `206 "234"`},
			{"GET", "Range: bytes=-3", `206 "789"`},
			{"HEAD", "Accept: */*", `200 ""`},
			{"GET", "If-None-Match: " + tag, `304 ""`},
			{"HEAD", "If-None-Match: " + tag, `304 ""`},
			{"GET", "If-Match: " + tag, `200 "0123456789"`},
			{"GET", "If-Modified-Since: " + whole.fields.Get("Last-Modified"), `304 ""`},
		} {
			r := request{distribution: distribution, method: test.method, target: "/a.txt", fields: []string{test.field}}
			right.send(t, r).want(t, r, test.want)
		}
	}
}

// A stored object is revalidated by a signed request, and answers ranges and
// conditions without one.
func TestCached(t *testing.T) {
	put(t, "cached/kept.txt", "kept for long", "")
	put(t, "cached/stale.txt", "asked for each time", "max-age=0")
	first := right.send(t, request{distribution: "always", target: "/cached/kept.txt"})
	for _, test := range []struct{ target, field, want, xcache string }{
		{"/cached/kept.txt", "Range: bytes=0-3", `206 "kept"`, "Hit from cloudfront"},
		{"/cached/kept.txt", "If-None-Match: " + first.fields.Get("ETag"), `304 ""`, "Hit from cloudfront"},
		{"/cached/stale.txt", "Accept: */*", `200 "asked for each time"`, "Miss from cloudfront"},
		{"/cached/stale.txt", "Accept: */*", `200 "asked for each time"`, "RefreshHit from cloudfront"},
		{"/cached/missing.txt", "Accept: */*", "404 NoSuchKey", "Error from cloudfront"},
		{"/cached/missing.txt", "Accept: */*", "404 NoSuchKey", "Error from cloudfront"},
	} {
		r := request{distribution: "always", target: test.target, fields: []string{test.field}}
		a := right.send(t, r)
		a.want(t, r, test.want)
		if got := a.fields.Get("X-Cache"); got != test.xcache {
			t.Errorf("GET %s %s: got X-Cache %q, want %q", test.target, test.field, got, test.xcache)
		}
	}
}

// put writes an object through the edge, with its content unsigned.
func put(t *testing.T, key, content, cacheControl string) {
	t.Helper()
	r := request{distribution: "always", method: "PUT", target: spellings(key)[0], body: content}
	if cacheControl != "" {
		r.fields = []string{"Cache-Control: " + cacheControl}
	}
	right.send(t, r).want(t, r, `200 ""`)
}

// A query is signed in one spelling of many.
func TestQueries(t *testing.T) {
	put(t, "list/a b", "1", "")
	put(t, "list/a+b", "1", "")
	put(t, "list/ä", "1", "")
	for query, want := range map[string]string{
		"list-type=2&prefix=list/":                        "list/a b|list/a+b|list/ä",
		"prefix=list%2Fa&list-type=2":                     "list/a b|list/a+b",
		"list-type=2&prefix=list/a%20b":                   "list/a b",
		"list-type=2&prefix=list/a+b":                     "list/a b",
		"list-type=2&prefix=list/a%2Bb":                   "list/a+b",
		"list-type=2&prefix=list/a%2bb&&":                 "list/a+b",
		"list-type=2&prefix=list/%c3%a4":                  "list/ä",
		"list-type=2&prefix=list/&delimiter=":             "list/a b|list/a+b|list/ä",
		"list-type=2&prefix=list/&max-keys=1":             "list/a b",
		"list-type=2&&prefix=list/&x='(*)!'&y=~":          "list/a b|list/a+b|list/ä",
		"list-type=2&prefix=list/&start-after=list/a%2Bb": "list/ä",
		"prefix=list/a%2Bb":                               "list/a+b",
		"prefix=nothing&a":                                "",
	} {
		for _, distribution := range []string{"always", "path"} {
			r := request{distribution: distribution, target: "/?" + query}
			a := right.send(t, r)
			if got := keys(a.body); a.status != 200 || got != want {
				t.Errorf("%s: GET /?%s: got %d with keys %q, want 200 with %q\n%s", distribution, query, a.status, got, want, a.body)
			}
		}
	}
}

// keys returns those in a listing, joined by bars.
func keys(listing string) string {
	var out []string
	for _, part := range strings.Split(listing, "<Contents>")[1:] {
		_, rest, _ := strings.Cut(part, "<Key>")
		key, _, _ := strings.Cut(rest, "</Key>")
		out = append(out, key)
	}
	return strings.Join(out, "|")
}

// What viewers write goes to S3 with its content unsigned, over TLS.
func TestWrites(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 1<<18) // 4 MiB
	for _, distribution := range []string{"always", "path"} {
		at := "/written/" + distribution + " +%C3%A4%2B"
		at = strings.ReplaceAll(at, " ", "%20")
		for _, test := range []struct {
			request
			want string
		}{
			{request{method: "PUT", target: at, body: "hello", fields: []string{"Content-Type: text/x"}}, `200 ""`},
			{request{method: "GET", target: at}, `200 "hello"`},
			{request{method: "PUT", target: at, body: "good bye", fields: []string{`If-None-Match: *`}}, "412 PreconditionFailed"},
			{request{method: "PUT", target: at, body: "hello", fields: []string{"X-Amz-Content-Sha256: of the viewer"}}, `200 ""`},
			{request{method: "PUT", target: at, body: "hello", fields: []string{"X-Amz-Checksum-Crc32: NhCmhg=="}}, `200 ""`},
			{request{method: "PUT", target: at, body: "hellp", fields: []string{"X-Amz-Checksum-Crc32: NhCmhg=="}}, "400 BadDigest"},
			{request{method: "PUT", target: at, body: "chunked", chunked: true}, "411 MissingContentLength"},
			{request{method: "PUT", target: at, body: large}, `200 ""`},
			{request{method: "HEAD", target: at}, `200 ""`},
			{request{method: "DELETE", target: at}, `204 ""`},
			{request{method: "GET", target: at}, "404 NoSuchKey"},
		} {
			test.request.distribution = distribution
			a := right.send(t, test.request)
			a.want(t, test.request, test.want)
			if got := a.fields.Get("Content-Length"); test.method == "HEAD" && got != "4194304" {
				t.Errorf("HEAD %s: got Content-Length %s, want 4194304", at, got)
			}
		}
	}
}

// All fields of S3's own that a viewer sends are signed, whatever blanks are in
// them.
func TestFields(t *testing.T) {
	r := request{distribution: "always", method: "PUT", target: "/fields", body: "x", fields: []string{
		"x-amz-meta-lower: a", "X-AMZ-META-UPPER: b", "X-Amz-Meta-Blanks: c  \"d   e\"  f", "X-Amz-Meta-Empty: ",
		"X-Amz-Meta-Tabs: a\tb \t c", "X-Amz-Meta-Bytes: gr\u00fcn", "X-Amz-Meta-Twice: b", "X-Amz-Meta-Twice: a", "X-Amz-Storage-Class: STANDARD", "Expect: 100-continue",
	}}
	right.send(t, r).want(t, r, `200 ""`)
	a := right.send(t, request{distribution: "always", method: "HEAD", target: "/fields"})
	for name, want := range map[string]string{"X-Amz-Meta-Lower": "a", "X-Amz-Meta-Upper": "b"} {
		if got := a.fields.Get(name); got != want {
			t.Errorf("got %s %q, want %q: %v", name, got, want, a.fields)
		}
	}
}

// An upload in parts: names without values, POST with and without content.
func TestParts(t *testing.T) {
	r := request{distribution: "always", method: "POST", target: "/parts?uploads"}
	begun := right.send(t, r)
	_, rest, _ := strings.Cut(begun.body, "<UploadId>")
	id, _, found := strings.Cut(rest, "</UploadId>")
	if !found {
		t.Fatalf("POST %s: got %s", r.target, begun.body)
	}
	part := request{distribution: "always", method: "PUT", target: "/parts?partNumber=1&uploadId=" + url.QueryEscape(id), body: "in parts"}
	tag := right.send(t, part).fields.Get("ETag")
	end := request{
		distribution: "always", method: "POST", target: "/parts?uploadId=" + url.QueryEscape(id),
		body: "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + tag + "</ETag></Part></CompleteMultipartUpload>",
	}
	if a := right.send(t, end); a.status != 200 {
		t.Errorf("POST %s: got %s\n%s", end.target, a, a.body)
	}
	r = request{distribution: "always", target: "/parts"}
	right.send(t, r).want(t, r, `200 "in parts"`)
}

// A viewer signs itself, for the bucket's own name: with no-override that
// passes, and always replaces it (CF-OAC-02).
func TestViewerSigns(t *testing.T) {
	const at = "https://" + private + "." + restDomain + "/with%20space.txt"
	good, bad := sign(t, viewer, at), sign(t, account{viewer.id, "not the secret", ""}, at)
	for _, test := range []struct {
		distribution string
		fields       []string
		want         string
	}{
		{"no-override", good, `200 "space"`},
		{"no-override", bad, "403 SignatureDoesNotMatch"},
		{"never", good, `200 "space"`},
		{"never", bad, "403 SignatureDoesNotMatch"},
		{"always", good, `200 "space"`},
		{"always", bad, `200 "space"`},
		{"path", bad, `200 "space"`},
	} {
		r := request{distribution: test.distribution, target: "/with%20space.txt", fields: test.fields}
		right.send(t, r).want(t, r, test.want)
	}
}

// A presigned URL has its signature in the query, which an edge that does not
// sign passes on as it is.
func TestPresigned(t *testing.T) {
	for _, key := range []string{"a.txt", "with space.txt", "plus+plus.txt", "grün-日本-🦉.txt"} {
		r := request{distribution: "never", target: presign(t, viewer, private, key)}
		right.send(t, r).want(t, r, `200 "`+objects[key]+`"`)
		r.target = strings.Replace(r.target, "X-Amz-Signature=", "X-Amz-Signature=0", 1)
		if a := right.send(t, r); a.status != http.StatusForbidden {
			t.Errorf("GET %s: got %s, want 403", r.target, a)
		}
	}
}
