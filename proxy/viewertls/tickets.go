package viewertls

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"slices"
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

// FixedTickets returns Tickets with keys that do not change, for processes that
// share them; the first one encrypts.
func FixedTickets(keys [][32]byte) *Tickets {
	t := &Tickets{now: func() time.Time { return time.Time{} }}
	t.current.Store(newKeyRing(time.Time{}.Add(1), keys, nil))
	return t
}

// ParseTicketKeys reads keys, each a line of 64 hexadecimal digits. Empty lines and
// those that begin with "#" are none.
func ParseTicketKeys(text []byte) (keys [][32]byte, err error) {
	for n, line := range bytes.Split(text, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		var key [32]byte
		if len(line) != hex.EncodedLen(len(key)) {
			return nil, fmt.Errorf("line %d has %d characters, want 64 hexadecimal digits", n+1, len(line))
		}
		if _, err := hex.Decode(key[:], line); err != nil {
			return nil, fmt.Errorf("line %d is not of hexadecimal digits", n+1) // which it is otherwise is nobody's affair
		}
		if slices.Contains(keys, key) {
			return nil, fmt.Errorf("line %d has a key for the second time", n+1)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 || len(keys) > ticketKeys {
		return nil, fmt.Errorf("got %d keys, want 1 to %d", len(keys), ticketKeys)
	}
	return keys, nil
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
	keys, ends := [][32]byte{key}, []time.Time{now.Add(ticketKeys * TicketKeyPeriod)}
	for i, end := range r.ends {
		if now.Before(end) && len(keys) < ticketKeys {
			keys, ends = append(keys, r.keys[i]), append(ends, end)
		}
	}
	return newKeyRing(now.Add(TicketKeyPeriod), keys, ends)
}

func newKeyRing(until time.Time, keys [][32]byte, ends []time.Time) *keyRing {
	r := &keyRing{until: until, keys: keys, ends: ends, codec: new(tls.Config)}
	r.codec.SetSessionTicketKeys(keys)
	return r
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
