package accesslog

import (
	"strings"
	"testing"
)

func TestHideSignatures(t *testing.T) {
	const query = "size=1&Expires=9&Signature=ab~c_&Key-Pair-Id=K1&Policy=xyz&Signature=&Policyx=1&x-Policy=2"
	r := Record{
		Query: query, Referer: "https://shop.test/a?" + query + "#Policy=x", Cookie: "CloudFront-Policy=xyz; a=b; CloudFront-Signature=ab~c_; CloudFront-Key-Pair-Id=K1",
	}
	const hiddenQuery = "size=1&Expires=9&Signature=hidden&Key-Pair-Id=K1&Policy=hidden&Signature=&Policyx=1&x-Policy=2"
	for _, test := range []struct {
		hide bool
		want [3]string
	}{
		{true, [3]string{"https://shop.test/a?" + hiddenQuery + "%23Policy=hidden", hiddenQuery, "CloudFront-Policy=hidden;%20a=b;%20CloudFront-Signature=hidden;%20CloudFront-Key-Pair-Id=K1"}},
		{false, [3]string{string(AppendEscaped(nil, r.Referer)), string(AppendEscaped(nil, r.Query)), string(AppendEscaped(nil, r.Cookie))}},
	} {
		r.HideSignatures = test.hide
		for range 2 { // the second time from what is remembered
			if got := HideSignatures(query); got != hiddenQuery {
				t.Errorf("HideSignatures: got %q, want %q", got, hiddenQuery)
			}
			fields := strings.Split(string(Append(nil, &r)), "\t")
			if got := [3]string{fields[9], fields[11], fields[12]}; got != test.want {
				t.Errorf("hidden %v: got %q, want %q", test.hide, got, test.want)
			}
		}
	}
}

// TestHideNested: a signed URL that is the value of a parameter is one, too.
func TestHideNested(t *testing.T) {
	for in, want := range map[string]string{
		"a=1&next=https%3A%2F%2Fshop.test%2Fa%3FPolicy%3Dxyz%26Signature%3Dab&b=2": "a=1&next=hidden&b=2",
		"/in?next=%2Fa%3fSignature%3dab#x=1":                                       "/in?next=hidden#x=1",
		"/in?next=/a?Signature%3Dab":                                               "/in?next=/a?Signature%3Dab", // the name of an empty parameter
		"next=%2Fa%3FSignature&x=Policy%3Fb":                                       "next=%2Fa%3FSignature&x=Policy%3Fb",
		"x=MySignature%3D1":                                                        "x=hidden", // rather too much
	} {
		if got := HideSignatures(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// FuzzHidden: nothing else than values goes, and none of a signature stays.
func FuzzHidden(f *testing.F) {
	f.Add("a=1&Signature=secret&b")
	f.Add("CloudFront-Policy=secret; x=Signature=secret")
	f.Add("?Signature=Signature=secret")
	f.Fuzz(func(t *testing.T, s string) {
		got := string(hide(nil, s, true))
		if !mentionsSigning(s) && got != string(AppendEscaped(nil, s)) {
			t.Errorf("%q: got %q, want it as it is", s, got)
		}
		for part := range strings.FieldsFuncSeq(s, func(c rune) bool { return strings.ContainsRune("?&; #", c) }) {
			name, value, _ := strings.Cut(part, "=")
			if isSigning(name) && len(value) > 8 && strings.Contains(got, string(AppendEscaped(nil, name+"="+value))) && strings.Count(s, part) == 1 {
				t.Errorf("%q: got %q, which has %q", s, got, part)
			}
		}
	})
}
