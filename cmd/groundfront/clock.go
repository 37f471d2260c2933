package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/proxy/admin"
)

func newClock(c console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "clock",
		Short: "See or move the time that a running edge goes by",
		Long: `See or move the time that a running edge goes by: what an hour does to a cache
is seen in a moment. Freshness, error caching, stale windows, Age, Date and the
dates of the access log follow it; timeouts and durations do not. Origins have
their own time: an Expires of theirs is judged by the edge's.

  groundfront clock advance 1h

An edge with server.mode production has the machine's time and no other.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownVerb(cmd, args[0])
		},
	}
	cmd.AddCommand(
		newClockVerb(c, "now", "Print what time it is for the edge", 0, nil),
		newClockVerb(c, "advance DURATION", "Move the clock forward, for example by 90s or 1h30m", 1, advanceBy),
		newClockVerb(c, "set TIME", "Move the clock to a time such as 2030-01-31T12:00:00Z, forward or back", 1, setTo),
		newClockVerb(c, "freeze", "Stop the clock; advance and set still move it", 0, actionAlone(admin.ClockFreeze)),
		newClockVerb(c, "resume", "Let a frozen clock run again from where it stands", 0, actionAlone(admin.ClockResume)),
	)
	return cmd
}

// A clockChange makes a change of the arguments of its verb.
type clockChange func(args []string) (admin.ClockChange, error)

func advanceBy(args []string) (admin.ClockChange, error) {
	change := admin.ClockChange{Action: admin.ClockAdvance, By: args[0]}
	if _, err := change.Duration(); err != nil {
		return change, usagef("%q is not a duration such as 90s or 1h30m", args[0])
	}
	return change, nil
}

func setTo(args []string) (admin.ClockChange, error) {
	t, err := time.Parse(time.RFC3339, args[0])
	if err != nil {
		return admin.ClockChange{}, usagef("%q is not a time such as 2030-01-31T12:00:00Z", args[0])
	}
	return admin.ClockChange{Action: admin.ClockSet, To: &t}, nil
}

func actionAlone(a admin.ClockAction) clockChange {
	return func([]string) (admin.ClockChange, error) { return admin.ClockChange{Action: a}, nil }
}

// newClockVerb returns a verb with so many arguments that makes a change,
// none if change is nil, and prints the clock.
func newClockVerb(c console, use, short string, args int, change clockChange) *cobra.Command {
	var target adminTarget
	cmd := &cobra.Command{Use: use, Short: short, Args: arguments(cobra.ExactArgs(args))}
	target.register(cmd)
	output := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		method, body, err := clockRequest(change, args)
		if err != nil {
			return err
		}
		client, err := target.client(c)
		if err != nil {
			return err
		}
		defer client.close()
		var state admin.ClockState
		if err := client.do(cmd.Context(), method, "/v1/clock", body, &state); err != nil {
			return err
		}
		if output.value == "json" {
			return json.NewEncoder(c.stdout).Encode(state)
		}
		return printClock(c.stdout, state)
	}
	return cmd
}

// clockRequest returns the method and the body, nil for none.
func clockRequest(change clockChange, args []string) (method string, body any, err error) {
	if change == nil {
		return http.MethodGet, nil, nil
	}
	body, err = change(args)
	return http.MethodPost, body, err
}

func printClock(w io.Writer, s admin.ClockState) error {
	text := s.Now.Format("2006-01-02T15:04:05.000Z07:00")
	if s.Frozen {
		text += ", frozen"
	}
	if s.Offset != "0s" {
		text += ", " + s.Offset + " ahead of the machine's"
	}
	_, err := fmt.Fprintln(w, text)
	return err
}
