package admin

import (
	"fmt"
	"net/http"
	"time"
)

// A ClockState is what GET and POST /v1/clock answer.
type ClockState struct {
	Now    time.Time `json:"now"`
	Frozen bool      `json:"frozen"`
	// Offset is how far the clock is ahead of the machine's, as
	// time.Duration writes it.
	Offset string `json:"offset"`
}

// A ClockAction says how the clock is changed.
type ClockAction string

// The actions.
const (
	ClockAdvance ClockAction = "advance"
	ClockSet     ClockAction = "set"
	ClockFreeze  ClockAction = "freeze"
	ClockResume  ClockAction = "resume"
)

// A ClockChange is the body of POST /v1/clock.
type ClockChange struct {
	Action ClockAction `json:"action"`
	By     string      `json:"by,omitempty"` // of advance: a duration, "1h30m"
	To     *time.Time  `json:"to,omitempty"` // of set, with date and zone (RFC 3339)
}

// check reports, wrapping ErrInvalid, what the action lacks or cannot use.
func (c ClockChange) check() error {
	switch c.Action {
	case ClockAdvance, ClockSet, ClockFreeze, ClockResume:
	default:
		return fmt.Errorf("%w: action %q is not advance, set, freeze or resume", ErrInvalid, c.Action)
	}
	if (c.By != "") != (c.Action == ClockAdvance) {
		return fmt.Errorf(`%w: "by" goes with advance, and with nothing else`, ErrInvalid)
	}
	if (c.To != nil) != (c.Action == ClockSet) {
		return fmt.Errorf(`%w: "to" goes with set, and with nothing else`, ErrInvalid)
	}
	return nil
}

// Duration returns By. The error wraps ErrInvalid.
func (c ClockChange) Duration() (time.Duration, error) {
	d, err := time.ParseDuration(c.By)
	if err != nil {
		return 0, fmt.Errorf("%w: %q is not a duration such as 90s or 1h30m", ErrInvalid, c.By)
	}
	return d, nil
}

func changeClock(change func(ClockChange) (ClockState, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var c ClockChange
		if !readJSON(w, r, &c) {
			return
		}
		if err := c.check(); err != nil {
			writeFailure(w, err)
			return
		}
		state, err := change(c)
		if err != nil {
			writeFailure(w, err)
			return
		}
		writeJSON(w, http.StatusOK, state)
	}
}
