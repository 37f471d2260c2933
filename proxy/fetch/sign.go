package fetch

import (
	"errors"
	"io"

	"github.com/groundfront/groundfront/origin"
)

// sign has the finished request signed if its origin wants that (CF-PIPE-13).
// It returns nil to go on.
func (ft *Fetch) sign() state {
	signer := ft.member.Origin.Signer
	if signer == nil {
		return nil
	}
	if ft.asked.Body != nil {
		ft.asked.ContentHash = ft.req.Fields.Get("X-Amz-Content-Sha256") // whatever the policies forward (CF-OAC-03)
	}
	var err error
	ft.signed, err = signer.Sign(ft.ctx, ft.asked)
	var refusal *origin.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		ft.logger.Info("request refused", "origin", ft.member.Origin.ID, "status", refusal.Status, "reason", refusal.Reason,
			"method", ft.req.Method, "path", ft.req.Path, "request_id", ft.req.ID)
		return func(ft *Fetch) state {
			ft.publish(refused(refusal.Status))
			return nil
		}
	}
	ft.sent, ft.received = ft.now(), ft.now() // as if the origin had failed at once
	ft.err = asOriginError(err)
	return fail
}

// contentSent gives back what signing holds of the request's content: at once
// if there is no answer, else when that is closed, for until then the rest may
// be on its way.
func (ft *Fetch) contentSent() {
	switch done := ft.signed; {
	case done == nil:
	case ft.answered == nil:
		done()
	default:
		ft.answered.Body = &closing{ReadCloser: ft.answered.Body, then: done}
	}
	ft.signed = nil
}

// A closing content calls a function once it is closed.
type closing struct {
	io.ReadCloser
	then func() // nil when it was called
}

// Close closes the content.
func (c *closing) Close() error {
	err := c.ReadCloser.Close()
	if c.then != nil {
		c.then()
		c.then = nil
	}
	return err
}
