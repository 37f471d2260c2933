package endpoint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/origin/apigateway"
)

func TestParseName(t *testing.T) {
	for in, want := range map[string]Name{
		"assets.s3.us-east-1.amazonaws.com":                           {ServiceS3, "us-east-1"},
		"www.example.com.s3.eu-west-1.amazonaws.com:443":              {ServiceS3, "eu-west-1"},
		"Assets.S3.amazonaws.com":                                     {ServiceS3, "us-east-1"},
		"assets.s3-us-west-2.amazonaws.com":                           {ServiceS3, "us-west-2"},
		"assets.s3.dualstack.us-west-2.amazonaws.com":                 {ServiceS3, "us-west-2"},
		"mine-123456789012.s3-accesspoint.us-west-2.amazonaws.com":    {ServiceS3, "us-west-2"},
		"assets.s3.cn-north-1.amazonaws.com.cn":                       {ServiceS3, "cn-north-1"},
		"site.s3-website-us-east-1.amazonaws.com":                     {ServiceS3Website, "us-east-1"},
		"site.s3-website.eu-central-1.amazonaws.com":                  {ServiceS3Website, "eu-central-1"},
		"abcdefghijklmnop.lambda-url.eu-west-1.on.aws":                {ServiceLambdaURL, "eu-west-1"},
		"abc.data.mediastore.us-west-2.amazonaws.com":                 {ServiceMediaStore, "us-west-2"},
		"abc123.egress.d0e1f2.mediapackagev2.us-west-2.amazonaws.com": {ServiceMediaPackageV2, "us-west-2"},
		"shop-1234567890.us-east-1.elb.amazonaws.com":                 {ServiceLoadBalancer, "us-east-1"},
		"shop-1234567890.elb.us-east-1.amazonaws.com":                 {ServiceLoadBalancer, "us-east-1"},
		"a1b2c3d4e5.execute-api.us-east-1.amazonaws.com":              {},
		"s3.us-east-1.amazonaws.com":                                  {}, // no bucket: the service itself
		"s3.amazonaws.com":                                            {},
		"lambda-url.eu-west-1.on.aws":                                 {},
		"x.lambda-url.nowhere.on.aws":                                 {},
		"amazonaws.com":                                               {},
		".amazonaws.com":                                              {},
		"example.com":                                                 {},
		"":                                                            {},
	} {
		if got := ParseName(in); got != want {
			t.Errorf("ParseName(%q) = got %+v, want %+v", in, got, want)
		}
	}
}

func TestServiceNames(t *testing.T) {
	for s := ServiceOther; s <= ServiceLoadBalancer; s++ {
		if got := s.String(); strings.Contains(got, "(") {
			t.Errorf("got %q, want a name", got)
		}
	}
}

// A service that is recognized has a region, and no name is both one of API
// Gateway and of another service.
func FuzzParseName(f *testing.F) {
	f.Add("assets.s3.us-east-1.amazonaws.com")
	f.Add("abc.lambda-url.eu-west-1.on.aws")
	f.Add("shop-1.us-east-1.elb.amazonaws.com")
	f.Fuzz(func(t *testing.T, host string) {
		n := ParseName(host)
		if (n.Service == ServiceOther) != (n.Region == "") {
			t.Errorf("ParseName(%q) = %+v", host, n)
		}
		if api := apigateway.ParseName(host); api.Region != "" && n.Service != ServiceOther {
			t.Errorf("%q is %+v and %+v", host, n, api)
		}
	})
}

func ExampleParseName() {
	n := ParseName("assets.s3.eu-west-1.amazonaws.com")
	fmt.Println(n.Service, n.Region)
	// Output: s3 eu-west-1
}
