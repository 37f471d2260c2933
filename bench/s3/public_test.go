package s3

import (
	"strings"
	"testing"
)

// A public bucket is read without a signature.
func TestPublicBucket(t *testing.T) {
	for key, content := range objects {
		r := request{distribution: "open", target: spellings(key)[0]}
		if a := right.send(t, r); a.status != 200 || a.body != content {
			t.Errorf("GET %s: got %s, want 200 %q", r.target, a, content)
		}
	}
	for _, test := range []struct {
		request
		want string
	}{
		{request{distribution: "open", method: "HEAD", target: "/a.txt"}, `200 ""`},
		{request{distribution: "open", target: "/a.txt", fields: []string{"Range: bytes=0-0"}}, `206 "0"`},
		{request{distribution: "open", target: "/"}, "403 AccessDenied"}, // which is to list it
		{request{distribution: "open", method: "PUT", target: "/a.txt", body: "x"}, "403 AccessDenied"},
		{request{distribution: "open", method: "DELETE", target: "/a.txt"}, "403 AccessDenied"},
	} {
		right.send(t, test.request).want(t, test.request, test.want)
	}
}

// A website endpoint is a custom origin: index documents, redirects of
// objects, and its own error document, in HTML.
func TestWebsite(t *testing.T) {
	for _, test := range []struct{ target, want, location string }{
		{"/", `200 "<p>home</p>"`, ""},
		{"/folder/", `200 "<p>folder</p>"`, ""},
		{"/moved.txt", `301 ""`, "/a.txt"},
		{"/with%20space.txt", `200 "space"`, ""},
		{"/missing", `404 "<p>nothing here</p>"`, ""},
	} {
		r := request{distribution: "website", target: test.target}
		a := right.send(t, r)
		a.want(t, r, test.want)
		if got := a.fields.Get("Location"); !strings.HasSuffix(got, test.location) || (got == "") != (test.location == "") {
			t.Errorf("GET %s: got Location %q, want %q", test.target, got, test.location)
		}
	}
}
