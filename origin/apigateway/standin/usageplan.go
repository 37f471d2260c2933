package standin

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A UsagePlan says who may call with an API key, and how often (AG-KEY-01,
// AG-KEY-03). Throttle and quota are those of each key. They are exact where
// the service's are best effort.
type UsagePlan struct {
	Keys     []string // values of x-api-key: 20 to 128 characters each
	Throttle Throttle // the zero value: none
	Quota    Quota    // the zero value: none
}

// A Quota bounds the calls in a period. Periods are those of UTC; a week
// begins on Monday.
type Quota struct {
	Limit  int // calls, at least 1
	Period QuotaPeriod
}

// A QuotaPeriod is how long a quota lasts.
type QuotaPeriod uint8

// The periods (AG-KEY-03).
const (
	QuotaDay QuotaPeriod = iota
	QuotaWeek
	QuotaMonth
)

// String returns "day", "week" or "month".
func (p QuotaPeriod) String() string {
	switch p {
	case QuotaDay:
		return "day"
	case QuotaWeek:
		return "week"
	case QuotaMonth:
		return "month"
	}
	return fmt.Sprintf("QuotaPeriod(%d)", uint8(p))
}

// begin returns when the period of t began.
func (p QuotaPeriod) begin(t time.Time) time.Time {
	year, month, day := t.UTC().Date()
	switch p {
	case QuotaWeek:
		day -= (int(t.UTC().Weekday()) + 6) % 7
	case QuotaMonth:
		day = 1
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// checkPlans reports what is wrong with usage plans.
func checkPlans(plans []UsagePlan, flavor Flavor) error {
	if len(plans) > 0 && flavor != FlavorREST {
		return errors.New("an HTTP API has no API keys (AG-THR-04)")
	}
	seen := map[string]bool{}
	for _, p := range plans {
		if len(p.Keys) == 0 {
			return errors.New("a plan has no keys")
		}
		for _, key := range p.Keys {
			if len(key) < 20 || len(key) > 128 || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
				return fmt.Errorf("an API key has %d characters: want 20 to 128 printable ones (AG-KEY-02)", len(key))
			}
			if seen[key] {
				return errors.New("an API key is in two plans, or twice in one")
			}
			seen[key] = true
		}
		if err := p.Throttle.check(); err != nil {
			return fmt.Errorf("throttle: %w", err)
		}
		if p.Quota.Limit < 0 || p.Quota.Period > QuotaMonth {
			return fmt.Errorf("quota of %d in a %v: want 1 or more in a day, week or month", p.Quota.Limit, p.Quota.Period)
		}
	}
	return nil
}

// A keyHolder is an API key with what is left of its plan.
type keyHolder struct {
	throttle *rate.Limiter
	quota    Quota

	mu    sync.Mutex
	begun time.Time // guarded by mu; the period
	used  int       // guarded by mu; calls in it
}

func newKeyHolders(plans []UsagePlan) map[string]*keyHolder {
	holders := map[string]*keyHolder{}
	for _, p := range plans {
		for _, key := range p.Keys {
			holders[key] = &keyHolder{throttle: p.Throttle.limiter(), quota: p.Quota}
		}
	}
	return holders
}

// charge counts c against the plan of its API key, which every method asks
// for if there are plans. The plan comes before the stage's throttle, and its
// throttle before its quota (AG-THR-01). Keys are not compared in constant
// time: they do not authenticate anybody.
func (s *Standin) charge(c *call) error {
	if len(s.holders) == 0 {
		return nil
	}
	holder := s.holders[c.r.Header.Get("x-api-key")]
	switch {
	case holder == nil:
		return forbidden
	case !holder.throttle.AllowN(c.now, 1):
		return throttled
	case !holder.take(c.now):
		return quotaExceeded
	}
	return nil
}

// take takes one call from the quota.
func (h *keyHolder) take(now time.Time) bool {
	if h.quota.Limit == 0 {
		return true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if begun := h.quota.Period.begin(now); !begun.Equal(h.begun) {
		h.begun, h.used = begun, 0
	}
	if h.used >= h.quota.Limit {
		return false
	}
	h.used++
	return true
}
