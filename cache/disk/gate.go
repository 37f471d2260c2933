package disk

import (
	"log/slog"
	"sync"
	"time"
)

// State says whether the disk is written.
type State uint8

// The states.
const (
	StateReady     State = iota // records are written
	StateSuspended              // it failed: nothing is written until it is tried again
	stateCount
)

var stateNames = [stateCount]string{"ready", "suspended"}

// String returns the state in lower case.
func (s State) String() string {
	if s < stateCount {
		return stateNames[s]
	}
	return "State(?)"
}

// A disk that failed is left alone for a while, twice as long after each
// further failure.
const (
	minPause = time.Second
	maxPause = time.Minute
)

// A gate keeps writes from a disk that is full or failing. Each change of its
// state is one line of the log, however many writes fail.
type gate struct {
	logger *slog.Logger

	mu struct {
		sync.Mutex
		state State
		until time.Time
		pause time.Duration
	}
}

// open reports whether a write may be tried at now.
func (g *gate) open(now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.mu.state == StateReady || !now.Before(g.mu.until)
}

func (g *gate) state() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.mu.state
}

// result notes how a write or a removal has gone.
func (g *gate) result(err error, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.mu.state
	if err == nil {
		g.mu.state, g.mu.pause = StateReady, 0
		if was != StateReady {
			g.logger.Info("the disk tier is written again")
		}
		return
	}
	if was != StateReady && now.Before(g.mu.until) {
		return // begun before, or a removal: nothing new
	}
	g.mu.pause = min(max(2*g.mu.pause, minPause), maxPause)
	g.mu.state, g.mu.until = StateSuspended, now.Add(g.mu.pause)
	if was != StateSuspended {
		g.logger.Warn("the disk tier fails: responses are kept in memory only until it works again", "error", err)
	}
}
