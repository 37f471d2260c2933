package viewertls

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// TicketKeyPeriod is for how long a key encrypts session tickets.
	TicketKeyPeriod = 24 * time.Hour
	// ticketKeys is how many keys are kept: a ticket is good for at least two
	// periods and at most three.
	ticketKeys = 3
)

// Tickets encrypts sessions into tickets and finds them again, with keys of its
// own that begin with the process and change by time: no goroutine runs. One is
// shared by all tables of a process, before a reload and after it.
//
// There is no early data, which could be sent again by anybody: crypto/tls has none
// over TCP, and over QUIC no session of ours allows it (reliability T4).
type Tickets struct {
	now     func() time.Time
	current atomic.Pointer[keyRing]
	mu      sync.Mutex // rotates
}

// A keyRing are the keys of a period; immutable.
type keyRing struct {
	until time.Time
	keys  [][32]byte // the one that encrypts first
	ends  []time.Time
	codec *tls.Config // has the keys, and is for nothing else
}

// NewTickets returns Tickets with a new key. now may be nil for time.Now.
func NewTickets(now func() time.Time) *Tickets {
	if now == nil {
		now = time.Now
	}
	t := &Tickets{now: now}
	t.current.Store(new(keyRing).rotated(now()))
	return t
}

// ring returns the keys of now, which are new ones once in a period.
func (t *Tickets) ring() *keyRing {
	now := t.now()
	if r := t.current.Load(); now.Before(r.until) {
		return r
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.current.Load()
	if !now.Before(r.until) {
		r = r.rotated(now)
		t.current.Store(r)
	}
	return r
}

// rotated returns a ring with a new key in front of those that are not too old.
func (r *keyRing) rotated(now time.Time) *keyRing {
	var key [32]byte
	rand.Read(key[:]) // never fails
	next := &keyRing{until: now.Add(TicketKeyPeriod), keys: [][32]byte{key}, ends: []time.Time{now.Add(ticketKeys * TicketKeyPeriod)}}
	for i, end := range r.ends {
		if now.Before(end) && len(next.keys) < ticketKeys {
			next.keys, next.ends = append(next.keys, r.keys[i]), append(next.ends, end)
		}
	}
	next.codec = &tls.Config{}
	next.codec.SetSessionTicketKeys(next.keys)
	return next
}

// keep makes config keep its sessions in tickets of t that no tls.Config with
// another binding resumes.
func (t *Tickets) keep(config *tls.Config, binding [sha256.Size]byte) {
	config.WrapSession = func(cs tls.ConnectionState, s *tls.SessionState) ([]byte, error) {
		s.Extra = append(s.Extra, binding[:])
		return t.ring().codec.EncryptTicket(cs, s)
	}
	config.UnwrapSession = func(ticket []byte, cs tls.ConnectionState) (*tls.SessionState, error) {
		s, err := t.ring().codec.DecryptTicket(ticket, cs)
		if err != nil || s == nil || !isBound(s, binding[:]) {
			return nil, nil // a full handshake follows
		}
		s.EarlyData = false
		return s, nil
	}
}

// isBound reports whether a session was made with a binding.
func isBound(s *tls.SessionState, binding []byte) bool {
	for _, extra := range s.Extra {
		if bytes.Equal(extra, binding) {
			return true
		}
	}
	return false
}
