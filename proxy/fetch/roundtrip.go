package fetch

import (
	"context"
	"errors"
	"io"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/group"
	"github.com/groundfront/groundfront/origin/health"
)

// roundTrip asks the origin; connection attempts and retries after timeouts
// are inside (CF-ORT).
func roundTrip(ft *Fetch) state {
	if next := ft.sign(); next != nil {
		return next
	}
	ft.sent = ft.now()
	response, err := ft.ask()
	ft.received = ft.now()
	if ft.answered, ft.err = response, asOriginError(err); err == nil {
		ft.explainRefusal()
	}
	ft.contentSent()
	ft.report(ft.member, ft.answered, ft.err, health.OutcomeNone, false)
	ft.noteAnswer()
	switch {
	case ft.err != nil:
		return fail
	case ft.conditional() && response.Status == 304:
		return revalidated
	case response.Status == 304 && !ft.direct && !ft.req.Conditional:
		return unaskedNotModified
	case ft.failsOver() != group.FailoverNo:
		return failover
	case ft.stale != nil && response.Status >= 500:
		return answerStale
	}
	return judge
}

// roundTrip makes one round trip, when the origin may have one more.
func (f *Fetcher) roundTrip(ctx context.Context, o *origin.Origin, r *origin.Request) (response *origin.Response, err error) {
	if o.Gate == nil {
		return f.send(ctx, o, r)
	}
	if err := o.Gate.Enter(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if response == nil { // or it has panicked
			o.Gate.Leave()
		}
	}()
	if response, err = f.send(ctx, o, r); err != nil {
		return nil, err
	}
	return o.Gate.Hold(response), nil
}

// send makes one round trip, by the origin's adapter if it has one.
func (f *Fetcher) send(ctx context.Context, o *origin.Origin, r *origin.Request) (*origin.Response, error) {
	if o.Adapter != nil {
		return o.Adapter.RoundTrip(ctx, f.origins, o, r)
	}
	return f.origins.RoundTrip(ctx, o, r)
}

// sendCopy makes the round trip of a request beside the one that is asked, which
// has no content: with its signature.
func (f *Fetcher) sendCopy(ctx context.Context, o *origin.Origin, r *origin.Request) (*origin.Response, error) {
	if o.Signer != nil {
		done, err := o.Signer.Sign(ctx, r)
		if err != nil {
			return nil, err
		}
		if done != nil {
			defer done()
		}
	}
	return f.roundTrip(ctx, o, r)
}

var errUnaskedNotModified = errors.New("304 to a request without a condition")

// unaskedNotModified refuses a 304 to a request that had no condition: it
// answers nothing, and its viewer may hold nothing that it could refer to
// (RFC 9110 section 15.4.5).
func unaskedNotModified(ft *Fetch) state {
	discard(ft.answered)
	ft.answered = nil
	ft.err = &origin.Error{Kind: origin.ErrorInvalidResponse, Op: "judge response", Err: errUnaskedNotModified}
	return fail
}

// errors returns the rules of error caching, some of which depend on who has
// answered (CF-ECT-11).
func (ft *Fetch) errors() freshness.ErrorPolicy {
	e := ft.rules.Errors
	if ft.group != nil {
		e.S3Origin = ft.member.Origin.S3
	}
	return e
}

// asOriginError returns nil if err is.
func asOriginError(err error) *origin.Error {
	if err == nil {
		return nil
	}
	var e *origin.Error
	if errors.As(err, &e) {
		return e
	}
	return &origin.Error{Kind: origin.ErrorUnknown, Op: "round trip", Err: err}
}

// anotherRepresentation reports whether a 304 speaks of another representation
// than the stored one: both have strong tags, and they differ (RFC 9111
// section 4.3.4).
func (ft *Fetch) anotherRepresentation() bool {
	stored, ok := conditional.ParseTag(ft.validators.ETag)
	current, tagged := conditional.ParseTag(ft.answered.Fields.Get("ETag"))
	return ok && tagged && !stored.Weak && !current.Weak && stored != current
}

// refetch asks again, for the whole response and without a condition. It
// cannot loop: a 304 to that is no answer.
func refetch(ft *Fetch) state {
	discard(ft.answered)
	ft.answered, ft.unconditional = nil, true
	return buildRequest
}

// revalidated turns a 304 into a fresh stored response (CF-COND-02).
func revalidated(ft *Fetch) state {
	if ft.anotherRepresentation() {
		return refetch
	}
	discard(ft.answered)
	entry := ft.freshened()
	ft.markShare()
	if ft.verdict.Storable() {
		ft.cache.StoreFreshened(entry, ft.stale)
	}
	ft.publish(&Result{
		Kind: KindRevalidated, Status: int(entry.Status), Entry: entry, NoStore: ft.verdict.NoStore,
		Timing: ft.answered.Timing, shared: ft.verdict.Share == freshness.ShareAllowed,
	})
	return nil
}

// freshened returns what the answer's fields make of the stored response, and
// judges that.
func (ft *Fetch) freshened() *cache.Entry {
	stored := ft.stale.Fields(nil)
	update := ft.answered.Fields.Clone()
	ft.cleanResponse(&update)
	ft.dateUpdate(&stored, &update)
	merged := conditional.Freshen(stored, update, ft.stale.Compressed)
	ft.verdict = freshness.Judge(ft.rules.Freshness, ft.errors(), ft.response(int(ft.stale.Status), merged))
	ft.keepInPlace(merged)
	tags := ft.stale.Tags()
	if ft.rules.CacheTagHeader != "" && merged.Has(ft.rules.CacheTagHeader) {
		tags = ft.cacheTags(merged)
	}
	merged.DeleteFunc(func(l field.Line) bool { return ft.verdict.Drops(l.Name) })
	return ft.stale.Freshened(ft.meta(int(ft.stale.Status), ft.stale.Length), ft.answered.Fields.Get("ETag"), merged, tags)
}

// answerStale handles a 5xx or no answer on revalidation: the stored response
// is served while it may be, and the origin gets a pause (CF-STALE-01,
// CF-SIE-01).
func answerStale(ft *Fetch) state {
	switch {
	case ft.mayServeStale():
	case ft.err != nil:
		return failWithoutStale
	default:
		return judge
	}
	ft.cache.DelayRetry(ft.stale, ft.received.Add(ft.errors().MinTTL(ft.failedStatus())))
	shared := ft.stale.Times.OnError != freshness.StaleOnErrorOutage // else who waits asks too
	ft.publish(&Result{Kind: KindStaleOnError, Status: int(ft.stale.Status), Entry: ft.stale, Err: ft.err, shared: shared})
	if ft.answered != nil {
		discard(ft.answered) // nobody waits for it any more
	}
	return nil
}

// mayServeStale reports whether the stored response may stand in for the
// origin's. One that was invalidated meanwhile may not (CF-INV-24).
func (ft *Fetch) mayServeStale() bool {
	times := ft.stale.Times
	may := times.MayServeStaleOnError(ft.received) ||
		ft.err != nil && ft.err.Kind.Unreachable() && times.MayServeInOutage(ft.received)
	return may && !ft.req.Validated && ft.cache.Usable(ft.stale)
}

// failedStatus returns the origin's error status, or the one that stands for
// no answer.
func (ft *Fetch) failedStatus() int {
	if ft.err != nil {
		return ft.err.Kind.Status()
	}
	return ft.answered.Status
}

// discardLimit is how much of an unwanted response is read so that its
// connection can be used again.
const discardLimit = 64 << 10

// discard gets rid of a response that nobody wants.
func discard(r *origin.Response) {
	_, _ = io.CopyN(io.Discard, r.Body, discardLimit)
	r.Body.Close()
}

// cleanResponse removes and filters the fields that do not pass (CF-RESP). What
// concerns a proxy alone a strict cache does not keep either (RFC 9111 section
// 3.1).
func (ft *Fetch) cleanResponse(fields *field.Lines) {
	if ft.strict() {
		fields.DeleteFunc(func(l field.Line) bool { return concernsProxy(l.Name) })
	}
	origin.CleanResponse(fields, ft.rules.RequestPolicy.ResponseRules(ft.rules.Freshness.MinTTL > 0))
}
