package fetch

import (
	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/group"
)

// fail handles an origin that gave no usable response: one log line, then
// another member of the origin group if it leads there, the stale copy if there
// is one, or an error of our own.
func fail(ft *Fetch) state {
	if ft.err.Kind != origin.ErrorCanceled {
		ft.logger.Warn("origin gave no response", "origin", ft.member.id(), "reason", ft.err.Kind.String(),
			"error", ft.err.Error(), "method", ft.req.Method, "path", ft.req.Path, "request_id", ft.req.ID)
	}
	if ft.failsOver() != group.FailoverNo {
		return failover
	}
	if ft.stale != nil && ft.err.Kind != origin.ErrorCanceled {
		return answerStale
	}
	return failWithoutStale
}

// failWithoutStale answers 502 or 504, and remembers it like an error of the
// origin's (CF-ECT-15). The page itself is made for each viewer, because it
// carries the request's id.
func failWithoutStale(ft *Fetch) state {
	status := ft.failedStatus()
	result := &Result{Kind: KindFailed, Status: status, Err: ft.err}
	switch {
	case ft.direct, ft.err.Kind == origin.ErrorCanceled:
		ft.publish(result)
		return nil
	case ft.err.Kind == origin.ErrorLimit: // says nothing of the origin, and who waits would ask in vain too
		result.shared = true
		ft.publish(result)
		return nil
	}
	ft.verdict = freshness.Judge(ft.rules.Freshness, ft.errors(), ft.response(status, nil))
	ft.markShare()
	result.NoStore = ft.verdict.NoStore
	result.shared = ft.verdict.Share == freshness.ShareAllowed
	if ft.verdict.Storable() {
		meta := ft.meta(status, 0)
		meta.Failure = uint8(ft.err.Kind) + 1
		prefix := cache.AppendPrefix(nil, ft.req.Key, "", nil)
		ft.cache.Store(cache.NewEntry(meta, prefix, len(ft.req.Key), 0, len(prefix)))
	}
	ft.publish(result)
	return nil
}
