package transport

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// A wire is a connection below TLS whose every read and write is bounded by a
// timeout that starts with it, so that a read timeout counts between packets
// (CF-ORT-03). But the reads in which a response is awaited are one wait: what
// comes below TLS may be nothing that anybody can read.
//
// A deadline costs a lock and a timer of the runtime, and hardly any is ever
// reached. So the one that is set stays while it is not later than what is
// wanted: when it passes, and the operation may go on, it is set anew and the
// operation repeated. A busy connection sets two deadlines for each timeout
// that goes by, instead of two or more for each request (BenchmarkRoundTrip).
type wire struct {
	net.Conn
	now func() time.Time

	mu       sync.Mutex // guards what follows and orders it with the deadlines
	timeout  time.Duration
	sending  bool      // the request is still being sent: a read may take its time
	waiting  time.Time // since when the read that is under way waits; zero if none has yet
	awaiting bool      // for a response: reads go on with the wait of the one before
	headBy   time.Time // when the head that is being read must be complete; zero if none is
	sentBy   time.Time // when the last write must be over; zero if there is no such limit
	starved  bool      // reads find nothing, and do not wait
	moment   time.Time // now, as far as the write and the read that come first are concerned
	readSet  time.Time // the deadlines that are set; zero if none is
	writeSet time.Time
}

// begin gives the operations that follow a timeout, 0 for none. The clock is
// not asked again for a write and a read that follow at once.
func (w *wire) begin(timeout time.Duration, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timeout, w.sending, w.headBy, w.sentBy, w.moment = timeout, false, time.Time{}, time.Time{}, now
}

// momentLocked returns the moment that was set, or asks the clock.
func (w *wire) momentLocked() time.Time {
	if w.moment.IsZero() {
		return w.now()
	}
	return w.moment
}

// setSending says whether the request is still being sent. Once it is not, the
// time for the read that is under way begins.
func (w *wire) setSending(sending bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sending, w.waiting, w.moment = sending, w.now(), time.Time{}
	w.armReadLocked(w.waiting)
}

// await says whether the reads that come are one wait, which begins with the
// first of them.
func (w *wire) await(awaiting bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.awaiting, w.waiting = awaiting, time.Time{}
}

// setHeadBy limits reads until a head is complete; zero takes the limit away.
func (w *wire) setHeadBy(by time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.headBy = by
}

// starve lets reads find nothing for a while.
func (w *wire) starve(starved bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.starved = starved
}

// finishWrites limits the write that is under way and those to come.
func (w *wire) finishWrites(by time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sentBy, w.writeSet = by, by
	w.Conn.SetWriteDeadline(by)
}

// Read reads within the timeout.
func (w *wire) Read(p []byte) (int, error) {
	w.mu.Lock()
	if w.starved {
		w.mu.Unlock()
		return 0, os.ErrDeadlineExceeded
	}
	w.armReadLocked(w.waitLocked())
	w.mu.Unlock()
	for {
		n, err := w.Conn.Read(p)
		if n > 0 || err == nil || !errors.Is(err, os.ErrDeadlineExceeded) || w.readIsOver() {
			return n, err
		}
	}
}

// waitLocked begins to wait, or goes on, and returns the time now.
func (w *wire) waitLocked() time.Time {
	now := w.momentLocked()
	w.moment = time.Time{}
	if !w.awaiting || w.waiting.IsZero() {
		w.waiting = now
	}
	return now
}

// readIsOver reports whether the read has used up its time, or sets the
// deadline that is right now.
func (w *wire) readIsOver() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now, limit := w.now(), w.readLimitLocked()
	if !limit.IsZero() && !now.Before(limit) {
		return true
	}
	w.armReadLocked(now)
	return false
}

func (w *wire) readLimitLocked() time.Time {
	if w.sending || w.timeout <= 0 {
		return time.Time{}
	}
	limit := w.waiting.Add(w.timeout)
	if !w.headBy.IsZero() && w.headBy.Before(limit) {
		return w.headBy
	}
	return limit
}

func (w *wire) armReadLocked(now time.Time) {
	if limit := w.readLimitLocked(); !serves(w.readSet, limit, now) {
		w.readSet = limit
		w.Conn.SetReadDeadline(limit)
	}
}

// serves reports whether a deadline that is set will do for a limit: it has
// not passed and does not come too late. Zero is none.
func serves(set, limit, now time.Time) bool {
	if set.IsZero() {
		return limit.IsZero()
	}
	return set.After(now) && (limit.IsZero() || !set.After(limit))
}

// Write writes all of p within the timeout.
func (w *wire) Write(p []byte) (n int, err error) {
	w.mu.Lock()
	began := w.momentLocked()
	w.armWriteLocked(began, began)
	w.mu.Unlock()
	for {
		m, err := w.Conn.Write(p[n:])
		n += m
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) || w.writeIsOver(began) {
			return n, err
		}
	}
}

func (w *wire) writeIsOver(began time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now, limit := w.now(), w.writeLimitLocked(began)
	if !limit.IsZero() && !now.Before(limit) {
		return true
	}
	w.armWriteLocked(began, now)
	return false
}

func (w *wire) writeLimitLocked(began time.Time) time.Time {
	if w.timeout <= 0 {
		return w.sentBy
	}
	limit := began.Add(w.timeout)
	if !w.sentBy.IsZero() && w.sentBy.Before(limit) {
		return w.sentBy
	}
	return limit
}

func (w *wire) armWriteLocked(began, now time.Time) {
	if limit := w.writeLimitLocked(began); !serves(w.writeSet, limit, now) {
		w.writeSet = limit
		w.Conn.SetWriteDeadline(limit)
	}
}
