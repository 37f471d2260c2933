package origin

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"
)

// A Gate bounds the requests that an origin answers at the same time, from the
// moment at which it is asked until its content has come. Past that requests wait
// in the order of their arrival, a bounded number of them and each for a bounded
// time. A nil Gate has no bound.
type Gate struct {
	max, maxWaiting int
	maxWait         time.Duration

	mu      sync.Mutex // guards what follows
	running int
	waiting []chan struct{} // each with room for one: the right to run
}

// NewGate returns a Gate through which max requests go at a time, at least 1.
func NewGate(max, maxWaiting int, maxWait time.Duration) *Gate {
	return &Gate{max: max, maxWaiting: maxWaiting, maxWait: maxWait}
}

var (
	errGateQueue = errors.New("as many requests as the origin may have, and as many that wait")
	errGateWait  = errors.New("the origin has had as many requests as it may have for too long")
)

// Enter waits until the request may be sent. Without an error Leave must be
// called once. The error is of ErrorLimit, or of ErrorCanceled when ctx has ended.
func (g *Gate) Enter(ctx context.Context) *Error {
	if g == nil {
		return nil
	}
	turn, err := g.tryEnter()
	if turn == nil {
		return err
	}
	timer := time.NewTimer(g.maxWait)
	defer timer.Stop()
	err = &Error{Kind: ErrorLimit, Op: "wait for the origin", Err: errGateWait}
	select {
	case <-turn:
		return nil
	case <-timer.C:
	case <-ctx.Done():
		err = &Error{Kind: ErrorCanceled, Op: "wait for the origin", Err: context.Cause(ctx)}
	}
	if !g.giveUp(turn) {
		g.Leave() // the turn has come meanwhile
	}
	return err
}

// tryEnter returns nil and no error if the request may be sent, else its turn.
func (g *Gate) tryEnter() (turn chan struct{}, err *Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.running < g.max:
		g.running++
		return nil, nil
	case len(g.waiting) >= g.maxWaiting:
		return nil, &Error{Kind: ErrorLimit, Op: "wait for the origin", Err: errGateQueue}
	}
	turn = make(chan struct{}, 1)
	g.waiting = append(g.waiting, turn)
	return turn, nil
}

// giveUp takes a turn back, and reports false if it has come.
func (g *Gate) giveUp(turn chan struct{}) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, turn)
	if i < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, i, i+1)
	return true
}

// Leave lets the next request in.
func (g *Gate) Leave() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.running--
		return
	}
	g.waiting[0] <- struct{}{}
	g.waiting = slices.Delete(g.waiting, 0, 1)
}

// Load returns how many requests the origin has, and how many wait.
func (g *Gate) Load() (running, waiting int) {
	if g == nil {
		return 0, 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running, len(g.waiting)
}

// Hold returns a response that leaves g when its content has ended, or is closed,
// and its tunnel is closed, if it has one.
func (g *Gate) Hold(r *Response) *Response {
	if g == nil {
		return r
	}
	leave := sync.OnceFunc(g.Leave)
	if r.Tunnel != nil {
		r.Tunnel = &heldTunnel{r.Tunnel, leave}
	} else {
		r.Body = &heldBody{r.Body, leave}
	}
	return r
}

type heldBody struct {
	io.ReadCloser
	leave func()
}

func (b *heldBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.leave()
	}
	return n, err
}

func (b *heldBody) Close() error {
	defer b.leave()
	return b.ReadCloser.Close()
}

type heldTunnel struct {
	io.ReadWriteCloser
	leave func()
}

func (t *heldTunnel) Close() error {
	defer t.leave()
	return t.ReadWriteCloser.Close()
}
