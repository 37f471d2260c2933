package edgetest

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/groundfront/groundfront/origin/secret"
	"github.com/groundfront/groundfront/origin/sigv4"
)

// Keys are what an edge signs requests to origins with unless SetKeys has
// changed it: those of AWS's own examples.
var Keys = sigv4.Keys{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}

// A keySource is where an edge gets its keys.
type keySource struct {
	mu      sync.Mutex // guards what follows
	keys    sigv4.Keys
	life    time.Duration
	missing bool
}

// Retrieve implements sigv4.Provider.
func (s *keySource) Retrieve(context.Context) (sigv4.Keys, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.missing {
		return sigv4.Keys{}, errors.New("none are to be found")
	}
	keys := s.keys
	if s.life > 0 {
		keys.Expires = time.Now().Add(s.life)
	}
	return keys, nil
}

// SetKeys changes which keys are found from now on, and how long they are valid
// then, 0 for always. Keys without an id are none. Those that the edge has it
// uses until it looks again.
func (e *Edge) SetKeys(keys sigv4.Keys, life time.Duration) {
	s := &e.keys
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys, s.life, s.missing = keys, life, keys.AccessKeyID == ""
}

// startSigning makes what signers share, and what follows secrets.
func (e *Edge) startSigning(t testing.TB) {
	e.credentials = sigv4.NewCredentials(&e.keys, nil, slog.New(slog.DiscardHandler))
	e.signedContent = sigv4.NewMemory(16 << 20)
	e.secrets = secret.New(secret.Options{Logger: slog.New(slog.DiscardHandler)})
	held := e.signedContent.InUse
	e.ends = append(e.ends, e.credentials.Close, e.secrets.Close, func() {
		if n := held(); n != 0 {
			t.Errorf("%d bytes of signed content are held in the end", n)
		}
	})
}
