package standin

import (
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

var (
	suiteCaller = Caller{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	suite       = SignatureCheck{Service: "service", Region: "us-east-1", Callers: []Caller{suiteCaller}}
	suiteNow    = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	bucket      = SignatureCheck{Service: "s3", Region: "us-east-1", Callers: []Caller{{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}}}
	bucketNow   = time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
)

const emptySum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// The cases of AWS's published test suite whose request needs no more than
// host and date, and the examples of the S3 reference.
func TestPublishedSignatures(t *testing.T) {
	for _, tt := range []struct {
		name      string
		check     SignatureCheck
		now       time.Time
		method    string
		target    string
		lines     field.Lines
		content   string
		names     string
		signature string
	}{
		{"get-vanilla", suite, suiteNow, "GET", "/", nil, "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"post-vanilla", suite, suiteNow, "POST", "/", nil, "", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{"get-vanilla-query-order-key-case", suite, suiteNow, "GET", "/?Param2=value2&Param1=value1", nil, "", "host;x-amz-date", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		{
			"S3 GET object", bucket, bucketNow, "GET", "/test.txt", field.Lines{{Name: "Range", Value: "bytes=0-9"}, {Name: "x-amz-content-sha256", Value: emptySum}}, "",
			"host;range;x-amz-content-sha256;x-amz-date", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
		},
		{
			"S3 PUT object", bucket, bucketNow, "PUT", "/test%24file.text", field.Lines{
				{Name: "Date", Value: "Fri, 24 May 2013 00:00:00 GMT"}, {Name: "x-amz-storage-class", Value: "REDUCED_REDUNDANCY"},
				{Name: "x-amz-content-sha256", Value: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"},
			}, "Welcome to Amazon S3.",
			"date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
		},
		{
			"S3 GET bucket", bucket, bucketNow, "GET", "/?max-keys=2&prefix=J", field.Lines{{Name: "x-amz-content-sha256", Value: emptySum}}, "",
			"host;x-amz-content-sha256;x-amz-date", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
		},
	} {
		host := "example.amazonaws.com"
		if tt.check.Service == "s3" {
			host = "examplebucket.s3.amazonaws.com"
		}
		stamp := tt.now.Format("20060102T150405Z")
		lines := append(tt.lines, field.Line{Name: "X-Amz-Date", Value: stamp}, field.Line{Name: "Authorization", Value: "AWS4-HMAC-SHA256 Credential=" +
			tt.check.Callers[0].AccessKeyID + "/" + stamp[:8] + "/us-east-1/" + tt.check.Service + "/aws4_request, SignedHeaders=" + tt.names + ", Signature=" + tt.signature})
		r := Signed{Method: tt.method, Target: tt.target, Host: host, Lines: lines, Content: []byte(tt.content)}
		if err := tt.check.Verify(r, tt.now); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		r.Method = "DELETE"
		if err := tt.check.Verify(r, tt.now); err == nil {
			t.Errorf("%s: another method: got a good signature", tt.name)
		}
	}
}

// What is wrong with a request is told apart (AG-ERR-01, AG-ERR-05 to -07).
func TestSignatureRefused(t *testing.T) {
	const good = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
	for _, tt := range []struct {
		authorization, date string
		more                field.Lines
		after               time.Duration
		want                string
	}{
		{good, "20150830T123600Z", nil, 5 * time.Minute, ""},
		{good, "20150830T123600Z", nil, 5*time.Minute + 1, "signature expired"},
		{good, "20150830T123600Z", nil, -5*time.Minute - 1, "signature expired"},
		{good, "30 August", nil, 0, "x-amz-date"},
		{"", "20150830T123600Z", nil, 0, "not signed"},
		{"Bearer x", "20150830T123600Z", nil, 0, "not signed"},
		{"AWS4-HMAC-SHA256 Credential=x", "20150830T123600Z", nil, 0, "malformed"},
		{strings.Replace(good, "AKIDEXAMPLE", "AKIDOTHER", 1), "20150830T123600Z", nil, 0, "not known"},
		{good, "20150830T123600Z", field.Lines{{Name: "X-Amz-Security-Token", Value: "t"}}, 0, "not known"},
		{strings.Replace(good, "us-east-1", "us-east-2", 1), "20150830T123600Z", nil, 0, "credential scope"},
		{strings.Replace(good, "host;", "", 1), "20150830T123600Z", nil, 0, "not signed"},
		{strings.Replace(good, "host;", "accept;host;", 1), "20150830T123600Z", nil, 0, "accept is signed and not there"},
		{strings.Replace(good, "bf31", "bf32", 1), "20150830T123600Z", nil, 0, "signature: got"},
	} {
		lines := append(field.Lines{{Name: "Authorization", Value: tt.authorization}, {Name: "X-Amz-Date", Value: tt.date}}, tt.more...)
		got := ""
		if err := suite.Verify(
			Signed{Method: "GET", Target: "/", Host: "example.amazonaws.com", Lines: lines}, suiteNow.Add(tt.after)); err != nil {
			got = err.Error()
		}
		if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s, %s, %v: got %q, want %q", tt.authorization, tt.date, tt.more, got, tt.want)
		}
	}
}

// An API with callers answers a request without a signature as if there were
// no route (AG-ERR-01), and tells the other cases apart.
func TestSignedAPI(t *testing.T) {
	s := newTest(t, Options{Callers: []Caller{suiteCaller}, Now: func() time.Time { return suiteNow }})
	const scope = "/20150830/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=00"
	for _, tt := range []struct{ authorization, want string }{
		{"Bearer ann", "MissingAuthenticationTokenException"},
		{"AWS4-HMAC-SHA256 Credential=AKIDOTHER" + scope, "UnrecognizedClientException"},
		{"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE" + scope, "InvalidSignatureException"},
	} {
		w := send(s, "GET /prod/products", "X-Amz-Date: 20150830T123600Z", "Authorization: "+tt.authorization)
		if got := raw(w, "x-amzn-ErrorType"); w.Code != 403 || got != tt.want {
			t.Errorf("%q: got %d %s, want 403 %s", tt.authorization, w.Code, got, tt.want)
		}
	}
}
