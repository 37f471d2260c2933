package origin

import (
	"context"
	"fmt"
)

// A Signer puts into requests what proves to an origin who sends them.
// origin/sigv4 has one.
type Signer interface {
	// Sign is called when nothing of r will change any more but by it. It may
	// read r.Body and put another in its place: done, unless nil, must then be
	// called when that is not read any more. The error is an *Error, or a
	// *Refusal of a request that cannot be signed.
	Sign(ctx context.Context, r *Request) (done func(), err error)
}

// A Refusal is a request that is not sent to its origin because of what it is.
type Refusal struct {
	// Status is what the viewer gets: 400, 413, or 503 past a bound of ours.
	Status int
	// Reason says what is wrong with the request.
	Reason string
}

// Error returns "origin: refused with STATUS: REASON".
func (r *Refusal) Error() string {
	return fmt.Sprintf("origin: refused with %d: %s", r.Status, r.Reason)
}
