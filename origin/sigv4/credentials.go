package sigv4

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Keys are credentials of AWS.
type Keys struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string // of temporary ones
	// Expires is when they are not valid any more; zero if they do not say.
	Expires time.Time
}

// A Provider gets keys from where they are kept.
type Provider interface {
	Retrieve(ctx context.Context) (Keys, error)
}

// Static is a Provider of keys that do not change.
type Static Keys

// Retrieve implements Provider.
func (s Static) Retrieve(context.Context) (Keys, error) { return Keys(s), nil }

// The times of Credentials; the numbers are ours.
const (
	// renewBefore is how long before they expire keys are renewed.
	renewBefore = 5 * time.Minute
	// renewAfter is how long keys that do not say when they expire are used
	// until they are looked for again: a file may have others by then.
	renewAfter = 5 * time.Minute
	// retryAfter is how long nothing is tried after a failure.
	retryAfter = 5 * time.Second
	// retrieveTimeout bounds one look, and with it the wait of a request.
	retrieveTimeout = 10 * time.Second
	// waitAgain bounds the wait of a request when the look before has failed:
	// a source that is out of order must not hold everybody.
	waitAgain = time.Second
)

// Credentials keep the keys of a Provider. While there are valid ones nobody
// waits: they are renewed by a goroutine of their own, one at a time. Its
// methods may be called from any goroutine.
type Credentials struct {
	provider Provider
	now      func() time.Time
	logger   *slog.Logger
	base     context.Context // of all looks; ends with Close
	cancel   context.CancelFunc
	looks    sync.WaitGroup

	mu      sync.Mutex // guards what follows
	keys    Keys
	renewAt time.Time     // zero without keys
	looking chan struct{} // closed when the look that is under way ends; nil without one
	err     error         // of the last look, if it failed
	retryAt time.Time     // after a failure
	closed  bool
}

// NewCredentials returns Credentials that have not looked for keys yet. now
// nil means time.Now. Close must be called.
func NewCredentials(p Provider, now func() time.Time, logger *slog.Logger) *Credentials {
	if now == nil {
		now = time.Now
	}
	c := &Credentials{provider: p, now: now, logger: logger}
	c.base, c.cancel = context.WithCancel(context.Background())
	return c
}

// Close ends a look that is under way and waits for its end. Keys fails from
// then on where it would need another.
func (c *Credentials) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.cancel()
	c.looks.Wait()
}

var (
	errClosed = errors.New("closed")
	errNoKeys = errors.New("no AWS credentials")
)

func noKeys(cause error) error {
	if cause == nil || errors.Is(cause, errNoKeys) {
		return errNoKeys
	}
	return fmt.Errorf("%w: %w", errNoKeys, cause)
}

// Prefetch looks for keys if there are none, and does not wait.
func (c *Credentials) Prefetch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tend()
}

// Keys returns valid keys. It waits for the first ones, and for others when
// they could not be renewed before they expired, at most for the time of one
// look, and for a second when the look before has failed.
func (c *Credentials) Keys(ctx context.Context) (Keys, error) {
	c.mu.Lock()
	c.tend()
	keys, valid, looking, err := c.keys, c.valid(), c.looking, c.err
	c.mu.Unlock()
	switch {
	case valid:
		return keys, nil
	case looking == nil:
		return Keys{}, noKeys(err)
	}
	limit := retrieveTimeout + waitAgain // which the look ends before
	if err != nil {
		limit = waitAgain
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-looking:
	case <-timer.C:
	case <-ctx.Done():
		return Keys{}, context.Cause(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.valid() {
		return Keys{}, noKeys(c.err)
	}
	return c.keys, nil
}

// valid reports whether there are keys that have not expired; mu is held.
func (c *Credentials) valid() bool {
	return !c.renewAt.IsZero() && (c.keys.Expires.IsZero() || c.now().Before(c.keys.Expires))
}

// tend starts a look if it is time for one; mu is held.
func (c *Credentials) tend() {
	now := c.now()
	switch {
	case c.looking != nil, now.Before(c.retryAt), now.Before(c.renewAt):
		return
	case c.closed:
		c.err = errClosed
		return
	}
	c.looking = make(chan struct{})
	c.looks.Go(c.look)
}

func (c *Credentials) look() {
	ctx, cancel := context.WithTimeout(c.base, retrieveTimeout)
	defer cancel()
	keys, err := c.provider.Retrieve(ctx)
	if err == nil && (keys.AccessKeyID == "" || keys.SecretAccessKey == "") {
		err = errNoKeys
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.looking)
	c.looking = nil
	now := c.now()
	if err == nil && !keys.Expires.IsZero() && !now.Before(keys.Expires) {
		err = errors.New("the credentials that were found have expired")
	}
	if err != nil {
		c.err, c.retryAt = err, now.Add(retryAfter)
		if c.base.Err() == nil {
			c.logger.Error("no AWS credentials to sign requests with", "error", err, "valid_ones_left", c.valid())
		}
		return
	}
	c.keys, c.err, c.retryAt = keys, nil, time.Time{}
	c.renewAt = now.Add(renewAfter)
	if !keys.Expires.IsZero() {
		// Keys of a shorter life are renewed at half of it.
		c.renewAt = keys.Expires.Add(-min(renewBefore, keys.Expires.Sub(now)/2))
	}
}
