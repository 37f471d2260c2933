package fetch

import (
	"context"
	"errors"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/group"
	"github.com/groundfront/groundfront/origin/health"
)

// A Group is who may be asked: the members of an origin group, of which the
// next is asked when the first has no good answer (CF-OG), or an origin of
// which more is known than CloudFront would.
type Group struct {
	// Name is that of the configuration.
	Name string
	// Members are one, or the primary and the secondary in this order
	// (CF-OG-01).
	Members []Member
	// Criteria say when a member's answer is not good.
	Criteria group.Criteria
	// Chosen, if set, is told which member is asked, and why.
	Chosen func(member int, why group.Choice)
}

// A Member is an origin of a Group.
type Member struct {
	Origin *origin.Origin
	// Observer, if set, is told how the origin does.
	Observer Observer
	// State, if set, knows how the origin does, and decides about it. Not at
	// AWS.
	State *health.State
	// Hedging, if set, lets another be asked while this one takes long. Not at
	// AWS.
	Hedging *Hedging
}

// id returns the origin's name, "" before one was chosen.
func (m Member) id() string {
	if m.Origin == nil {
		return ""
	}
	return m.Origin.ID
}

func (g *Group) chosen(member int, why group.Choice) {
	if g.Chosen != nil {
		g.Chosen(member, why)
	}
}

// chooseOrigin settles who is asked first: the only origin of the behavior, or
// of its origin group the primary, whatever became of earlier fetches
// (CF-OG-05). What is known of members that have a State can change that.
func chooseOrigin(ft *Fetch) state {
	if ft.group = ft.rules.Group; ft.rules.Route != nil {
		ft.group = ft.route()
	}
	g := ft.group
	if g == nil {
		ft.member = Member{Origin: ft.rules.Origin, Observer: ft.rules.Observer}
		return ft.askMember()
	}
	first, why := group.First(len(g.Members), func(i int) health.Availability { return g.Members[i].State.Availability() })
	for i := range first {
		ft.tryAgain(g, i)
	}
	return ft.choose(first, why)
}

// choose goes on with a member of the group.
func (ft *Fetch) choose(member int, why group.Choice) state {
	g := ft.group
	ft.member, ft.turn = g.Members[member], member
	g.chosen(member, why)
	return ft.askMember()
}

var errShare = errors.New("too many fetches wait for the origin")

// askMember goes on to ask the member, unless too many do. Direct fetches are
// as many as their viewers.
func (ft *Fetch) askMember() state {
	if ft.direct {
		return buildRequest
	}
	before := ft.counted
	ft.counted = nil
	if !ft.crew.ask(before, ft.member.Origin) {
		ft.sent, ft.received = ft.now(), ft.now() // as if there were no connection for it
		ft.err = &origin.Error{Kind: origin.ErrorLimit, Op: "ask " + ft.member.id(), Err: errShare}
		return fail
	}
	ft.counted = ft.member.Origin
	return buildRequest
}

// failsOver decides whether another member is asked instead of what this one
// has answered, or not answered. A stored response that could be served does
// not keep it from that (CF-OG-11). Members that were passed over are not
// asked after all.
func (ft *Fetch) failsOver() group.Failover {
	return ft.leadsOn(ft.answered, ft.err)
}

// leadsOn is failsOver for any answer of the member.
func (ft *Fetch) leadsOn(answered *origin.Response, err *origin.Error) group.Failover {
	g := ft.group
	if g == nil || ft.turn+1 >= len(g.Members) {
		return group.FailoverNo
	}
	request := group.Request{Method: ft.req.Method, OptionsCached: ft.rules.OptionsCached, Content: ft.req.Body != nil}
	if err != nil {
		return g.Criteria.OnError(request, err.Kind)
	}
	return g.Criteria.OnStatus(request, answered.Status)
}

// failover goes on with the next member: the same request, made anew with what
// belongs to that (CF-OG-06). The attempts and timeouts of this one are used
// up (CF-OG-12).
func failover(ft *Fetch) state {
	reason, status := ft.failsOver(), ft.failedStatus()
	from := ft.member.id()
	if ft.answered != nil {
		ft.answered.Body.Close() // which reads only what is there: somebody waits
	}
	ft.answered, ft.err = nil, nil
	next := ft.choose(ft.turn+1, reason.Choice())
	ft.logger.Info("origin group fails over", "group", ft.group.Name, "from", from,
		"to", ft.member.id(), "reason", reason.String(), "status", status,
		"method", ft.req.Method, "path", ft.req.Path, "request_id", ft.req.ID)
	return next
}

// repeatable reports whether the request may be sent to several origins at
// once: it is safe, and there is nothing behind its head.
func (ft *Fetch) repeatable() bool {
	r := ft.req
	return (r.Method == "GET" || r.Method == "HEAD") && r.Body == nil && r.Upgrade == "" && !r.GRPC && r.rest == nil
}

// tryAgain sends a copy of the request to an ejected member whose time is over,
// to see how it does: the viewer does not wait for that. Only one such copy is
// under way.
func (ft *Fetch) tryAgain(g *Group, member int) {
	m := g.Members[member]
	if m.State == nil || !ft.repeatable() || !m.State.TryAgain(ft.measure()) {
		return
	}
	if !ft.crew.enter(dutyBackground) {
		m.State.Report(health.Report{Tried: true}, ft.measure())
		return
	}
	g.chosen(member, group.ChoiceTry)
	request := ft.copyFor(m.Origin)
	f := ft.Fetcher
	go func() {
		defer f.crew.leave(dutyBackground, nil)
		ctx, cancel := context.WithCancel(f.base)
		defer cancel()
		response, err := f.sendCopy(ctx, m.Origin, request)
		f.report(m, response, asOriginError(err), health.OutcomeNone, true)
		if err == nil {
			response.Body.Close()
		}
	}()
}

// report tells who wants to know how a round trip went. as is its outcome, if
// that does not follow from the answer.
func (f *Fetcher) report(m Member, answered *origin.Response, err *origin.Error, as health.Outcome, tried bool) {
	status, timing := 0, origin.Timing{}
	if err == nil {
		status, timing = answered.Status, answered.Timing
	}
	if m.Observer != nil {
		m.Observer.RoundTrip(status, timing)
	}
	if m.State == nil {
		return
	}
	if as == health.OutcomeNone {
		as = health.OutcomeOf(status, err)
	}
	switch m.State.Report(health.Report{Outcome: as, Timing: timing, Tried: tried}, f.measure()) {
	case health.ChangeEjected:
		f.logger.Warn("origin is ejected: it has failed requests in a row", "origin", m.id())
	case health.ChangeReturned:
		f.logger.Info("origin is back", "origin", m.id())
	}
}
