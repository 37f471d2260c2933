package fetch

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/group"
	"github.com/groundfront/groundfront/origin/health"
)

// Hedging says when a request that takes long is made a second time: of the
// next member of the group, or of the same origin if there is none that may be
// asked. Whose answer comes first is taken, unless it is a failure, and the
// other is given up. Only GET and HEAD without content are.
type Hedging struct {
	// Delay is how long an origin has for its answer to begin. 0 means the time
	// within which 95 of 100 of its answers have begun lately.
	Delay time.Duration
	// Budget bounds the second requests to a share of the first.
	Budget *origin.Budget
}

// A hedge is the second request. It begins in a goroutine of its own when the
// first takes long, and ends with its answer or when it is given up. Until then
// it has a place in the crew. It may outlive its Fetch, whose memory is another's
// then: so it has nothing of it.
type hedge struct {
	*Fetcher
	group   *Group
	turn    int // of who is asked, in the group
	budget  *origin.Budget
	request *origin.Request
	ctx     context.Context
	cancel  context.CancelFunc
	// overtake gives up the first request.
	overtake context.CancelCauseFunc
	done     chan struct{} // closed when it has ended, or did not begin

	mu       sync.Mutex // guards what follows
	begun    bool
	lost     bool // nobody wants the answer any more
	answered *origin.Response
	err      *origin.Error
}

var errOvertaken = errors.New("another origin has answered first")

// ask makes the round trip, and a second one if the first takes long.
func (ft *Fetch) ask() (*origin.Response, error) {
	delay := ft.hedgeDelay()
	if delay == 0 {
		return ft.roundTrip(ft.ctx, ft.member.Origin, ft.asked)
	}
	first, overtake := context.WithCancelCause(ft.ctx)
	h := ft.newHedge(overtake)
	timer := time.AfterFunc(delay, h.run)
	response, err := ft.roundTrip(first, ft.member.Origin, ft.asked)
	if timer.Stop() { // it will not begin
		close(h.done)
	}
	answered, failure := ft.settle(h, response, asOriginError(err))
	if failure != nil {
		h.end()
		return nil, failure
	}
	answered.Body = &closing{answered.Body, h.end}
	return answered, nil
}

// hedgeDelay returns how long the member has before another is asked as well,
// 0 if none is.
func (ft *Fetch) hedgeDelay() time.Duration {
	h := ft.member.Hedging
	if h == nil || !ft.repeatable() {
		return 0
	}
	h.Budget.Deposit()
	if h.Delay > 0 {
		return h.Delay
	}
	return ft.member.State.Usual()
}

func (ft *Fetch) newHedge(overtake context.CancelCauseFunc) *hedge {
	h := &hedge{
		Fetcher: ft.Fetcher, group: ft.group, turn: ft.turn, budget: ft.member.Hedging.Budget,
		overtake: overtake, done: make(chan struct{}),
	}
	if next := ft.turn + 1; next < len(ft.group.Members) && ft.group.Members[next].State.Availability() == health.Available {
		h.turn = next
	}
	h.request = ft.copyFor(h.member().Origin)
	h.ctx, h.cancel = context.WithCancel(ft.ctx)
	return h
}

// member is who is asked.
func (h *hedge) member() Member { return h.group.Members[h.turn] }

// end frees what both round trips have. It is called when the content that was
// taken is closed.
func (h *hedge) end() {
	h.cancel()
	h.overtake(nil)
}

// run is the second request.
func (h *hedge) run() {
	defer close(h.done)
	if !h.begin() {
		return
	}
	defer h.crew.leave(dutyViewer, h.member().Origin)
	answered, err := h.sendCopy(h.ctx, h.member().Origin, h.request)
	failure := asOriginError(err)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answered, h.err = answered, failure
	switch {
	case h.lost:
		h.dropLocked()
	case failure == nil && health.OutcomeOf(answered.Status, nil) == health.OutcomeGood:
		h.overtake(errOvertaken)
	}
}

// begin reports whether there may be a second request.
func (h *hedge) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lost || !h.budget.Withdraw() || !h.crew.enter(dutyViewer) {
		return false
	}
	if !h.crew.ask(nil, h.member().Origin) {
		h.crew.leave(dutyViewer, nil)
		return false
	}
	h.begun = true
	h.group.chosen(h.turn, group.ChoiceHedge)
	return true
}

// settle takes one of two answers, given that of the first request, and gives
// the other up.
func (ft *Fetch) settle(h *hedge, response *origin.Response, err *origin.Error) (*origin.Response, *origin.Error) {
	leads := ft.leadsOn(response, err)
	if leads == group.FailoverNo && err == nil && health.OutcomeOf(response.Status, nil) == health.OutcomeGood {
		h.giveUp()
		return response, nil
	}
	<-h.done
	h.mu.Lock()
	defer h.mu.Unlock()
	better := h.answered != nil && health.OutcomeOf(h.answered.Status, nil) == health.OutcomeGood
	if !h.begun || !better && (leads == group.FailoverNo || h.turn == ft.turn) {
		h.dropLocked()
		return response, err
	}
	as := health.OutcomeNone
	if err != nil && errors.Is(err, errOvertaken) {
		as = health.OutcomeOvertaken
	}
	ft.report(ft.member, response, err, as, false)
	if err == nil {
		response.Body.Close()
	}
	ft.member, ft.turn, ft.asked = h.member(), h.turn, h.request
	return h.answered, h.err
}

// giveUp ends the second request, if it has begun; who runs it sees to the rest.
func (h *hedge) giveUp() {
	h.cancel()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dropLocked()
}

// dropLocked wants nothing of the second request any more.
func (h *hedge) dropLocked() {
	h.lost = true
	if h.answered == nil && h.err == nil {
		return
	}
	h.report(h.member(), h.answered, h.err, health.OutcomeNone, false)
	if h.answered != nil {
		h.answered.Body.Close()
	}
	h.answered, h.err = nil, nil
}
