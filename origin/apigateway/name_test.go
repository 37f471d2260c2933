package apigateway

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseName(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Name
	}{
		// AG-HOST-01
		{"a1b2c3d4e5.execute-api.us-east-1.amazonaws.com", Name{FormDefault, "a1b2c3d4e5", "", "us-east-1"}},
		{"A1B2C3D4E5.Execute-Api.eu-west-1.amazonaws.com:443", Name{FormDefault, "a1b2c3d4e5", "", "eu-west-1"}},
		{"a1b2c3d4e5.execute-api.cn-north-1.amazonaws.com.cn", Name{FormDefault, "a1b2c3d4e5", "", "cn-north-1"}},
		{"a1b2c3d4e5.execute-api.us-gov-west-1.amazonaws.com", Name{FormDefault, "a1b2c3d4e5", "", "us-gov-west-1"}},
		// AG-HOST-04
		{"a1b2c3d4e5-vpce-0123456789abcdef0.execute-api.us-east-1.amazonaws.com", Name{FormAlias, "a1b2c3d4e5", "vpce-0123456789abcdef0", "us-east-1"}},
		{"vpce-0123456789abcdef0-abcdefgh.execute-api.us-east-1.vpce.amazonaws.com", Name{FormEndpoint, "", "vpce-0123456789abcdef0", "us-east-1"}},
		{"vpce-0123456789abcdef0-abcdefgh-us-east-1a.execute-api.us-east-1.vpce.amazonaws.com", Name{FormEndpoint, "", "vpce-0123456789abcdef0", "us-east-1"}},
		// AG-LS-01
		{"abc123.execute-api.localhost.localstack.cloud:4566", Name{FormEmulated, "abc123", "", ""}},
		{"abc123-vpce-0f00.execute-api.localhost", Name{FormEmulated, "abc123", "vpce-0f00", ""}},

		{"api.example.com", Name{}},
		{"", Name{}},
		{"execute-api.us-east-1.amazonaws.com", Name{}},
		{".execute-api.us-east-1.amazonaws.com", Name{}},
		{"a.b.execute-api.us-east-1.amazonaws.com", Name{}},
		{"a-b.execute-api.us-east-1.amazonaws.com", Name{}},
		{"a1b2c3d4e5.execute-api.us-east-1.vpce.amazonaws.com", Name{}}, // no endpoint
		{"a1b2c3d4e5-vpce-.execute-api.us-east-1.amazonaws.com", Name{}},
		{"a1b2c3d4e5-vpce-0f-x.execute-api.us-east-1.amazonaws.com", Name{}},
		{"vpce-.execute-api.us-east-1.vpce.amazonaws.com", Name{}},
	} {
		if got := ParseName(tt.in); got != tt.want {
			t.Errorf("ParseName(%q) = got %+v, want %+v", tt.in, got, tt.want)
		}
	}
}

func TestNeedsAPIID(t *testing.T) {
	for in, want := range map[string]bool{
		"vpce-0f00-abcd.execute-api.us-east-1.vpce.amazonaws.com": true,
		"abc-vpce-0f00.execute-api.us-east-1.amazonaws.com":       false,
		"abc.execute-api.us-east-1.amazonaws.com":                 false,
		"api.example.com": false,
	} {
		if got := ParseName(in).NeedsAPIID(); got != want {
			t.Errorf("AG-HOST-04: ParseName(%q).NeedsAPIID() = got %v, want %v", in, got, want)
		}
	}
}

func TestFormNames(t *testing.T) {
	for f := FormOther; f <= FormEmulated; f++ {
		if s := f.String(); strings.Contains(s, "(") {
			t.Errorf("got %q, want a name", s)
		}
	}
	if got := Form(99).String(); got != "Form(99)" {
		t.Errorf("got %q", got)
	}
}

func TestValidRegion(t *testing.T) {
	for in, want := range map[string]bool{
		"us-east-1": true, "us-gov-west-1": true, "ap-southeast-12": true,
		"": false, "us-east": false, "useast1": false, "us--1": false, "US-east-1": false, "us-east-1a": false, "us.east-1": false,
	} {
		if got := ValidRegion(in); got != want {
			t.Errorf("ValidRegion(%q) = got %v, want %v", in, got, want)
		}
	}
}

// What is recognized names an API or an endpoint, and the default form is the
// one that Host makes.
func FuzzParseName(f *testing.F) {
	f.Add("a1b2c3d4e5.execute-api.us-east-1.amazonaws.com")
	f.Add("a1b2c3d4e5-vpce-0123.execute-api.us-east-1.amazonaws.com:8443")
	f.Add("vpce-0123-abcd.execute-api.us-east-1.vpce.amazonaws.com")
	f.Add("x.execute-api.localhost")
	f.Fuzz(func(t *testing.T, host string) {
		n := ParseName(host)
		switch {
		case n.Form == FormOther && n != Name{}:
			t.Errorf("ParseName(%q) = %+v: something of nothing", host, n)
		case n.Form == FormEndpoint && n.VPCEndpoint == "", n.Form == FormAlias && n.VPCEndpoint == "":
			t.Errorf("ParseName(%q) = %+v: no endpoint", host, n)
		case n.Form != FormOther && n.Form != FormEndpoint && n.APIID == "":
			t.Errorf("ParseName(%q) = %+v: no API", host, n)
		case n.Form == FormDefault && ParseName(Host(n.APIID, n.Region)) != n:
			t.Errorf("ParseName(%q) = %+v, but Host of it is %+v", host, n, ParseName(Host(n.APIID, n.Region)))
		}
	})
}

func ExampleParseName() {
	n := ParseName("a1b2c3d4e5-vpce-0123456789abcdef0.execute-api.eu-west-1.amazonaws.com")
	fmt.Println(n.Form, n.APIID, n.VPCEndpoint, n.Region)
	// Output: alias a1b2c3d4e5 vpce-0123456789abcdef0 eu-west-1
}
