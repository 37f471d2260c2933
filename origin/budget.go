package origin

import "sync"

// A Budget bounds how many additional requests an origin gets: a share of the
// ordinary ones. It is a bucket of tokens, full at first: each request adds a
// share of one, each additional request takes a whole one. So an origin that
// fails for all gets that share more and not a multiple, and the additional
// requests of calm times are at hand when they are needed, up to the burst.
//
// It has no clock: without requests there is nothing to bound. A nil Budget
// has no bound.
type Budget struct {
	share, burst float64

	mu     sync.Mutex // guards tokens
	tokens float64
}

// NewBudget returns a full Budget: share is that of the additional requests in
// all ordinary ones, 0 to 1, and burst how many there may be at once, at least 1.
func NewBudget(share float64, burst int) *Budget {
	b := &Budget{share: share, burst: float64(max(burst, 1))}
	b.tokens = b.burst
	return b
}

// Deposit notes an ordinary request.
func (b *Budget) Deposit() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(b.tokens+b.share, b.burst)
}

// Withdraw reports whether an additional request may be made, and notes it.
func (b *Budget) Withdraw() bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
