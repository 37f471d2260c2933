package sigv4

import (
	"context"
	"strings"

	"github.com/groundfront/groundfront/origin"
)

// A Passer signs nothing, and lets signatures of viewers to an S3 origin be
// valid. It is an origin.Signer.
type Passer struct{}

var _ origin.Signer = Passer{}

// String returns "pass".
func (Passer) String() string { return "pass" }

// Sign implements origin.Signer.
func (Passer) Sign(_ context.Context, r *origin.Request) (done func(), err error) {
	_, query, _ := strings.Cut(r.Target, "?")
	if r.Fields.Has(fieldAuthorization) || strings.Contains(query, "X-Amz-Signature=") {
		passSignature(r)
	}
	return nil, nil
}

// passSignature removes what no viewer could sign: S3 refuses a signed request
// with any field of its own, x-amz-*, that is not part of the signature, and
// this one is the edge's (CF-HDR-53). At AWS such requests pass.
func passSignature(r *origin.Request) { r.Fields.Del("X-Amz-Cf-Id") }
