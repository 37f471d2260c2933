package sigv4

import (
	"slices"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// A request that its viewer has signed goes without what the edge adds, which
// S3 would refuse, and is otherwise left as it is. One that nobody has signed
// keeps it (CF-HDR-53).
func TestViewerSignatures(t *testing.T) {
	noOverride := newSigner(t, Options{Service: ServiceS3, Behavior: BehaviorNoOverride}, testKeys)
	signature := field.Line{Name: "authorization", Value: "AWS4-HMAC-SHA256 Credential=viewer"}
	id := field.Line{Name: "X-Amz-Cf-Id", Value: "abc"}
	hash := field.Line{Name: "x-amz-content-sha256", Value: unsigned}
	for _, test := range []struct {
		signer       origin.Signer
		target       string
		fields, want field.Lines
	}{
		{noOverride, "/a%2fb", field.Lines{id, signature, hash}, field.Lines{signature, hash}},
		{Passer{}, "/a%2fb", field.Lines{hash, id, signature}, field.Lines{hash, signature}},
		{Passer{}, "/a%2fb?x=1&X-Amz-Signature=abc", field.Lines{id, hash}, field.Lines{hash}},
		{Passer{}, "/a%2fb?x=1", field.Lines{id, hash}, field.Lines{id, hash}},
		{Passer{}, "/X-Amz-Signature=", field.Lines{id}, field.Lines{id}},
	} {
		r := &origin.Request{Method: "GET", Scheme: "https", Host: "b.s3.us-east-1.amazonaws.com", Target: test.target, Fields: test.fields.Clone()}
		if done, err := test.signer.Sign(t.Context(), r); done != nil || err != nil {
			t.Errorf("%v: Sign: got %v", test.signer, err)
		}
		if !slices.Equal(r.Fields, test.want) || r.Target != test.target {
			t.Errorf("%v: %s %v: got %s %v, want fields %v", test.signer, test.target, test.fields, r.Target, r.Fields, test.want)
		}
	}
}
