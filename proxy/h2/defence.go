package h2

import (
	"errors"
	"time"

	"github.com/groundfront/groundfront/proxy/overload"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A Budget bounds how often a viewer may do something: Burst times at once, and
// PerSecond times each second in the long run.
type Budget struct{ Burst, PerSecond int }

// A Purse is what is left of a Budget. The zero Purse has all of it.
type Purse struct {
	spent  int // of Burst
	filled time.Time
}

// Spend takes n, or reports that the budget does not have them.
func (p *Purse) Spend(n int, b Budget, now time.Time) bool {
	if p.spent == 0 {
		p.filled = now
	}
	p.spent += n
	if p.spent <= b.Burst {
		return true
	}
	if seconds := int(min(now.Sub(p.filled)/time.Second, time.Hour)); seconds > 0 && b.PerSecond > 0 {
		p.Earn(seconds * b.PerSecond)
		p.filled = now
	}
	return p.spent <= b.Burst
}

// Earn gives n back.
func (p *Purse) Earn(n int) { p.spent = max(0, p.spent-n) }

// earnedByRequest is what a request earns of Options.Control.
const earnedByRequest = 4

// earnContent lets content that is sent earn of Options.Control: some viewers
// return window for every 4 KiB, both of the stream and of the connection. It
// goes by bytes: frames of one byte each are what a viewer gets that returns
// window in such steps to keep us busy (CVE-2019-9511).
func (c *Conn) earnContent(n int) {
	c.returnable = min(c.returnable+2*int64(n), 2*maxWindow)
	c.unearned += n
	c.controls.Earn(c.unearned / earningContent)
	c.unearned %= earningContent
}

// earningContent is how much content earns a frame, in bytes. A viewer with
// windows of 1 KiB sends up to four WINDOW_UPDATE for as much: for the stream and
// the connection, when half of each is used.
const earningContent = 256

// returns reports whether a WINDOW_UPDATE gives back what content has used, in a
// step that is not too small. Such a one costs nothing: a viewer may read what
// has come all at once, and says so in hundreds of them.
func (c *Conn) returns(n int64) bool {
	if n < earningContent || n > c.returnable {
		return false
	}
	c.returnable -= n
	return true
}

// control pays for a frame that asks for no response.
func (c *Conn) control() error {
	if !c.controls.Spend(1, c.o.Control, c.now) {
		return connError(ErrCodeEnhanceYourCalm, "too many frames that ask for nothing")
	}
	return nil
}

// payReset pays for a stream that ends before its response does: the viewer
// resets it (CVE-2023-44487) or makes us reset it (CVE-2025-8671). Either costs
// a Handler that is started in vain, and nothing the viewer would have to wait
// for.
func (c *Conn) payReset() error {
	if !c.resets.Spend(1, c.o.Resets, c.now) {
		return connError(ErrCodeEnhanceYourCalm, "too many streams were reset")
	}
	return nil
}

// drainTimeout bounds how long a viewer may be silent after GOAWAY before it
// is told the last stream.
const drainTimeout = time.Second

// Tick looks at what should have happened by now; a driver calls it about once a
// second. After an error the driver flushes and closes.
func (c *Conn) Tick(now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	c.clock(now)
	err := c.tick(now)
	if err == nil {
		return nil
	}
	var fault *ConnError
	if errors.As(err, &fault) {
		c.fail(fault.Code, fault.Reason, err)
	} else {
		c.fail(ErrCodeNo, "", err)
	}
	return err
}

func (c *Conn) tick(now time.Time) error {
	if c.drain == drainAnnounced {
		if c.drainSince.IsZero() {
			c.drainSince = now
		}
		if now.Sub(c.drainSince) >= drainTimeout {
			c.goAway()
		}
	}
	slow := c.block.id != 0 || !c.greeted || len(c.partial) > 0 && !c.partialIsData()
	patience := c.o.HeaderTimeout
	if !c.greeted {
		patience = c.o.PrefaceTimeout
	}
	if slow && now.Sub(c.headSince) >= patience {
		return connError(ErrCodeEnhanceYourCalm, "slow frame")
	}
	if c.rest() > 0 && now.Sub(c.written) >= c.o.WriteTimeout {
		return ErrStalled
	}
	if err := c.cutStalled(now); err != nil {
		return err
	}
	if err := c.cutSilent(now); err != nil {
		return err
	}
	if len(c.streams) > 0 || c.rest() > 0 {
		return nil
	}
	switch idle := now.Sub(c.active); {
	case idle >= c.o.IdleTimeout, c.last == 0 && idle >= c.o.FirstTimeout:
		return ErrIdle
	case idle > 0 && c.o.Overload.Level() >= overload.LevelShed:
		c.o.Overload.Count(overload.ShedConnection)
		return ErrIdle
	case idle >= shrinkAfter && !c.shrunk:
		c.shrunk = true
		c.decoder.shrink()
	}
	return nil
}

// Idle returns for how long the connection has had no stream, 0 if it has some or
// output waits.
func (c *Conn) Idle(now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.idle(now)
}

func (c *Conn) idle(now time.Time) time.Duration {
	if c.err != nil || len(c.streams) > 0 || c.rest() > 0 || c.active.IsZero() {
		return 0
	}
	return now.Sub(c.active)
}

// EndIdle ends a connection that has no streams, with GOAWAY, and reports false if
// it has some.
func (c *Conn) EndIdle(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle(now) == 0 {
		return false
	}
	c.fail(ErrCodeNo, "", ErrIdle)
	return true
}

// shrinkAfter is how long a connection is idle before it gives memory back that
// it would soon need again otherwise.
const shrinkAfter = 5 * time.Second

// cutSilent ends streams whose viewer sends none of the content that their
// Handlers wait for.
func (c *Conn) cutSilent(now time.Time) error {
	for _, s := range c.streams {
		waits := !s.body.since.IsZero() && s.response.progress == viewer.ProgressNone && s.request.Upgrade == ""
		if waits && !s.closed && (now.Sub(s.body.since) >= c.o.BodyTimeout || s.body.slow(now)) {
			c.cut(s, ErrCodeCancel, errSilent)
			if err := c.payReset(); err != nil {
				return err
			}
		}
	}
	return nil
}

// cutStalled ends streams whose content the viewer lets wait by closing their
// windows, or that of the connection, or by opening them little by little. A viewer that lets all wait is not one
// that has paused a film while it does other things.
func (c *Conn) cutStalled(now time.Time) error {
	if len(c.ready) == 0 {
		return nil
	}
	if c.rest() > 0 {
		c.held.skip(now)
		for _, s := range c.ready {
			s.held.skip(now)
		}
		return nil
	}
	nothingMoved := now.Sub(c.moved) >= c.o.WriteTimeout
	heldUp := c.held.time(now) >= c.o.WriteTimeout
	var stalled []*stream
	for _, s := range c.ready {
		closed := s.sendWindow <= 0 || c.sendWindow <= 0 && nothingMoved
		trickles := s.held.time(now) >= c.o.WriteTimeout || heldUp && now.Sub(s.began) >= c.o.WriteTimeout
		if trickles || closed && now.Sub(s.moved) >= c.o.WriteTimeout { // else others have had their turn
			stalled = append(stalled, s)
		}
	}
	if len(stalled) == len(c.streams) && (nothingMoved || heldUp) {
		return connError(ErrCodeEnhanceYourCalm, "no window for content")
	}
	for _, s := range stalled {
		c.cut(s, ErrCodeCancel, errCut)
		if err := c.payReset(); err != nil {
			return err
		}
	}
	return nil
}
