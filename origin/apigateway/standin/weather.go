package standin

import (
	"context"
	"fmt"
	"time"
)

// Weather is how all integrations are off (AG-EMU-05): slow, by a time that is
// drawn anew for each request, and failing. The zero value is fine weather.
type Weather struct {
	// Latency is what each answer takes, and Jitter what it takes more at most.
	Latency, Jitter time.Duration
	// ErrorRate is the share of requests that fail with a 500, 0 to 1.
	ErrorRate float64
}

func (w Weather) check() error {
	switch {
	case w.Latency < 0 || w.Jitter < 0:
		return fmt.Errorf("latency %v and jitter %v: want 0 or more", w.Latency, w.Jitter)
	case !(w.ErrorRate >= 0 && w.ErrorRate <= 1):
		return fmt.Errorf("error rate %v: want 0 to 1", w.ErrorRate)
	}
	return nil
}

// strike makes c wait, or fail. The integration timeout counts as for any
// other reason to be slow.
func (w Weather) strike(ctx context.Context, c *call) error {
	if d := w.Latency + time.Duration(c.ids.latency*float64(w.Jitter)); d > 0 {
		if err := wait(ctx, d); err != nil {
			return err
		}
	}
	if c.ids.luck < w.ErrorRate {
		return apiConfigurationError
	}
	return nil
}
