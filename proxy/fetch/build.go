package fetch

import (
	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/requestpolicy"
)

// buildRequest makes the origin request from the parsed form of the viewer's
// (never a copy of its bytes): what the policies select and the fields that
// every origin request has (CF-PIPE-13).
func buildRequest(ft *Fetch) state {
	o, req, policy := ft.member.Origin, ft.req, ft.rules.RequestPolicy
	asked, fields := ft.room(len(req.Fields) + 12)
	ft.asked = asked
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
		ft.asked.Version = origin.VersionHTTP2
	}
	if req.Interim != nil {
		ft.asked.Interim = ft.passInterim
	}
	ft.asked.Fields = policy.Fields(fields, requestpolicy.Input{
		Method:         req.Method,
		Fields:         req.Fields,
		Generated:      req.Generated,
		AcceptEncoding: req.AcceptEncoding,
		HTTP10:         req.HTTP10,
		HasBody:        req.Body != nil,
		GRPC:           req.GRPC,
		Proto:          req.Proto,
		Viewer:         req.Viewer,
		EdgeHost:       req.EdgeHost,
		RequestID:      req.ID,
		CustomHeaders:  o.Headers(),
	})
	ft.validators = ft.revalidators()
	ft.addConditions()
	return roundTrip
}

// addConditions settles If-* and Range. A fetch that may be stored asks for
// the whole response, or whether the stored one is still good: the viewer's
// own conditions are answered from it afterwards (CF-COND-05). Where nothing
// will be stored they pass through, and where nothing is stored by choice.
func (ft *Fetch) addConditions() {
	fields := &ft.asked.Fields
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
