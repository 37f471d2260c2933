package fetch

import (
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/group"
)

// A Group is an origin group: when the first of its members has no good
// answer, the next is asked (CF-OG).
type Group struct {
	// Name is that of the configuration.
	Name string
	// Members are the primary and the secondary, in this order (CF-OG-01).
	Members []Member
	// Criteria say when a member's answer is not good.
	Criteria group.Criteria
}

// A Member is an origin of a Group.
type Member struct {
	Origin *origin.Origin
	// Observer, if set, is told how the origin does.
	Observer Observer
}

// id returns the origin's name, "" before one was chosen.
func (m Member) id() string {
	if m.Origin == nil {
		return ""
	}
	return m.Origin.ID
}

// chooseOrigin settles who is asked: the only origin of the behavior, or the
// next member of its origin group. Every fetch begins with the primary,
// whatever became of earlier ones (CF-OG-05).
func chooseOrigin(ft *Fetch) state {
	if g := ft.rules.Group; g != nil {
		ft.member = g.Members[ft.failovers]
	} else {
		ft.member = Member{ft.rules.Origin, ft.rules.Observer}
	}
	return buildRequest
}

// failsOver decides whether another member is asked instead of what this one
// has answered, or not answered. A stored response that could be served does
// not keep it from that (CF-OG-11).
func (ft *Fetch) failsOver() group.Failover {
	g := ft.rules.Group
	if g == nil || ft.failovers+1 >= len(g.Members) {
		return group.FailoverNo
	}
	request := group.Request{Method: ft.req.Method, OptionsCached: ft.rules.OptionsCached, Content: ft.req.Body != nil}
	if ft.err != nil {
		return g.Criteria.OnError(request, ft.err.Kind)
	}
	return g.Criteria.OnStatus(request, ft.answered.Status)
}

// failover goes on with the next member: the same request, made anew with what
// belongs to that (CF-OG-06). The attempts and timeouts of this one are used
// up (CF-OG-12).
func failover(ft *Fetch) state {
	reason, status := ft.failsOver(), ft.failedStatus()
	from := ft.member.Origin.ID
	if ft.answered != nil {
		ft.answered.Body.Close() // which reads only what is there: somebody waits
	}
	ft.answered, ft.err = nil, nil
	ft.failovers++
	ft.logger.Info("origin group fails over", "group", ft.rules.Group.Name, "from", from,
		"to", ft.rules.Group.Members[ft.failovers].Origin.ID, "reason", reason.String(), "status", status,
		"method", ft.req.Method, "path", ft.req.Path, "request_id", ft.req.ID)
	return chooseOrigin
}
