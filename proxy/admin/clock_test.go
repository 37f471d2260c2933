package admin

import (
	"fmt"
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	var got []ClockChange
	noon := time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
	state := ClockState{Now: noon, Frozen: true, Offset: "1h0m0s"}
	h := New(Options{
		Clock: func() ClockState { return state },
		ChangeClock: func(c ClockChange) (ClockState, error) {
			if c.Action == ClockResume {
				return state, fmt.Errorf("%w: production", ErrRefused)
			}
			got = append(got, c)
			return state, nil
		},
	})
	post := func(name, body string, code int, want string) call {
		return call{name: name, method: "POST", target: "/v1/clock", code: code, want: want, body: body,
			headers: map[string]string{"Content-Type": "application/json"}}
	}
	answer := `{"now":"2026-04-01T12:00:00Z","frozen":true,"offset":"1h0m0s"}`
	run(t, h, []call{
		{name: "read", method: "GET", target: "/v1/clock", code: 200, want: answer},
		post("advance", `{"action":"advance","by":"1h"}`, 200, answer),
		post("set", `{"action":"set","to":"2026-04-01T14:00:00+02:00"}`, 200, answer),
		post("freeze", `{"action":"freeze"}`, 200, answer),
		post("refused", `{"action":"resume"}`, 403, "refused: production"),
		post("no action", `{}`, 400, "is not advance, set, freeze or resume"),
		post("unknown action", `{"action":"rewind"}`, 400, `action \"rewind\"`),
		post("advance by nothing", `{"action":"advance"}`, 400, "goes with advance"),
		post("freeze by", `{"action":"freeze","by":"1h"}`, 400, "goes with advance"),
		post("set to nothing", `{"action":"set"}`, 400, "goes with set"),
		post("advance to", `{"action":"advance","by":"1h","to":"2026-04-01T12:00:00Z"}`, 400, "goes with set"),
		post("no time", `{"action":"set","to":"noon"}`, 400, "invalid request"),
		post("unknown key", `{"action":"freeze","for":"1h"}`, 400, "unknown field"),
		{name: "a form", method: "POST", target: "/v1/clock", code: 415, want: "application/json"},
		{name: "wrong method", method: "PUT", target: "/v1/clock", code: 405, want: "method_not_allowed"},
	})
	if len(got) != 3 || got[0].By != "1h" || !got[1].To.Equal(noon) || got[2].Action != ClockFreeze {
		t.Errorf("changes: got %+v, want advance, set and freeze", got)
	}
	run(t, New(Options{}), []call{{name: "left out", method: "GET", target: "/v1/clock", code: 404, want: "not_found"}})
}

func TestClockDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{"90s": 90 * time.Second, "1h30m": 90 * time.Minute, "-1s": -time.Second, "0": 0} {
		if got, err := (ClockChange{By: in}).Duration(); err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "1", "an hour", "300000h0m0s1"} {
		if got, err := (ClockChange{By: in}).Duration(); err == nil {
			t.Errorf("%q: got %v, want an error", in, got)
		}
	}
}
