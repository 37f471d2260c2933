package fetch

import (
	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/requestpolicy"
)

// buildRequest makes the origin request from the parsed form of the viewer's
// (never a copy of its bytes): what the policies select and the fields that
// every origin request has (CF-PIPE-13).
func buildRequest(ft *Fetch) state {
	ft.validators = ft.revalidators()
	asked, fields := ft.room(len(ft.req.Fields) + 12)
	ft.makeRequest(asked, fields, ft.member.Origin)
	ft.asked = asked
	return roundTrip
}

// copyFor returns the request as it goes to an origin beside the one that is
// asked. It has memory of its own, and outlives the fetch.
func (ft *Fetch) copyFor(o *origin.Origin) *origin.Request {
	r := new(origin.Request)
	ft.makeRequest(r, make(field.Lines, 0, len(ft.req.Fields)+12), o)
	r.Interim = nil // nobody waits for that, or the first request passes them on
	return r
}

// makeRequest makes the request as it goes to an origin, with its fields in the
// memory of these.
func (ft *Fetch) makeRequest(asked *origin.Request, fields field.Lines, o *origin.Origin) {
	req, policy := ft.req, ft.rules.RequestPolicy
	*asked = origin.Request{
		Method:        req.Method,
		Scheme:        o.Scheme(req.Scheme),
		Host:          policy.Host(o, req.Scheme, req.Host),
		Target:        policy.Target(o, req.Path, req.Query, req.HasQuery),
		Body:          req.Body,
		ContentLength: req.ContentLength,
		Upgrade:       req.Upgrade,
		Ends:          req.Ends,
	}
	if req.GRPC {
		asked.Version = origin.VersionHTTP2
	}
	if req.Interim != nil {
		asked.Interim = ft.passInterim
	}
	asked.Fields = policy.Fields(fields, requestpolicy.Input{
		Method:         req.Method,
		Fields:         req.Fields,
		Generated:      req.Generated,
		AcceptEncoding: req.AcceptEncoding,
		HTTP10:         req.HTTP10,
		HasBody:        req.Body != nil,
		GRPC:           req.GRPC,
		Proto:          req.Proto,
		Viewer:         req.Peer,
		EdgeHost:       req.EdgeHost,
		RequestID:      req.ID,
		CustomHeaders:  o.Headers(),
		WithoutSigning: ft.rules.Choices.SigningCookies == SigningCookiesRemoved,
	})
	ft.addConditions(&asked.Fields)
}

// addConditions settles If-* and Range. A fetch that may be stored asks for
// the whole response, or whether the stored one is still good: the viewer's
// own conditions are answered from it afterwards (CF-COND-05). Where nothing
// will be stored they pass through, and where nothing is stored by choice.
func (ft *Fetch) addConditions(fields *field.Lines) {
	switch {
	case ft.direct:
		return
	case ft.req.Conditional && ft.req.rest == nil:
		if ft.req.Range == "" {
			fields.Del("Range")
			fields.Del("If-Range")
		}
		return
	case ft.conditional():
		ft.validators.AddTo(fields)
	case ft.req.Range != "":
		conditional.Strip(fields)
		fields.Set("Range", ft.req.Range)
		if ft.req.IfRange != "" {
			fields.Add("If-Range", ft.req.IfRange)
		}
		return
	default:
		conditional.Strip(fields)
	}
	fields.Del("Range")
}

// conditional reports whether the origin is asked whether the stored response
// is still good. One without validators is fetched anew.
func (ft *Fetch) conditional() bool { return !ft.validators.IsZero() }

// revalidators returns the validators to ask with, if there are any and they
// may be used (CF-COND-06, CF-COND-07).
func (ft *Fetch) revalidators() conditional.Validators {
	if ft.stale == nil || ft.unconditional || ft.stale.Revalidation != freshness.RevalidationConditional {
		return conditional.Validators{}
	}
	return ft.stale.Validators()
}
