package sigv4

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"sync/atomic"

	"github.com/groundfront/groundfront/origin"
)

const (
	// emptyHash is the hash of no content (AG-SIG-04).
	emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	// unsigned stands for the hash of content that the signature does not
	// cover.
	unsigned = "UNSIGNED-PAYLOAD"
)

// A Memory bounds what all signers together hold of content that they must
// have seen the end of before they can sign. Its methods may be called from
// any goroutine.
type Memory struct {
	max  int64
	used atomic.Int64
}

// NewMemory returns a Memory of max bytes.
func NewMemory(max int64) *Memory { return &Memory{max: max} }

func (m *Memory) take(n int64) bool {
	if m.used.Add(n) <= m.max {
		return true
	}
	m.used.Add(-n)
	return false
}

// InUse returns the bytes that are held.
func (m *Memory) InUse() int64 { return m.used.Load() }

// A held content was read whole.
type held struct {
	memory *Memory
	taken  int64
	data   []byte
}

func (h *held) release() {
	h.memory.used.Add(-h.taken)
	h.taken = 0
}

// firstPart is how much is read of content before more memory is taken: what
// is announced and does not come costs no more than that.
const firstPart = 8 << 10

var errMemory = errors.New("memory for signed content is used up")

// hold reads all content of r, at most limit bytes. The memory grows with what
// has come.
func (m *Memory) hold(r io.Reader, limit int64) (*held, error) {
	h := &held{memory: m}
	err := h.read(r, limit)
	if err != nil {
		h.release()
		return nil, err
	}
	return h, nil
}

func (h *held) read(r io.Reader, limit int64) error {
	for empty := 0; ; {
		if len(h.data) == cap(h.data) {
			if err := h.grow(limit); err != nil {
				return err
			}
		}
		n, err := r.Read(h.data[len(h.data):cap(h.data)])
		h.data = h.data[:len(h.data)+n]
		switch {
		case int64(len(h.data)) > limit:
			return &origin.Refusal{Status: 413, Reason: "its content is longer than can be signed"}
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case n > 0:
			empty = 0
		default:
			if empty++; empty == 100 {
				return io.ErrNoProgress
			}
		}
	}
}

// grow makes room: twice as much, and one byte more than limit in the end, by
// which it is seen to be exceeded.
func (h *held) grow(limit int64) error {
	size := min(max(2*int64(cap(h.data)), firstPart), limit+1)
	if !h.memory.take(size) { // both are there while one is copied
		return errMemory
	}
	grown := append(make([]byte, 0, size), h.data...)
	h.data = grown
	h.memory.used.Add(-h.taken)
	h.taken = size
	return nil
}

// hashContent holds the content of r, replaces it by what is held, and returns
// its hash.
func (m *Memory) hashContent(ctx context.Context, r *origin.Request, limit int64) (hash string, done func(), err error) {
	if r.ContentLength > limit {
		return "", nil, &origin.Refusal{Status: 413, Reason: "its content is longer than can be signed"}
	}
	h, err := m.hold(r.Body, limit)
	switch refusal := (*origin.Refusal)(nil); {
	case err == nil:
	case errors.As(err, &refusal):
		return "", nil, refusal
	case errors.Is(err, errMemory):
		return "", nil, &origin.Refusal{Status: 503, Reason: err.Error()}
	default:
		return "", nil, &origin.Error{Kind: origin.ErrorCanceled, Op: "read request body", Err: err}
	}
	if r.ContentLength >= 0 && int64(len(h.data)) != r.ContentLength {
		h.release()
		return "", nil, &origin.Error{Kind: origin.ErrorCanceled, Op: "read request body", Err: io.ErrUnexpectedEOF}
	}
	if ctx.Err() != nil {
		h.release()
		return "", nil, &origin.Error{Kind: origin.ErrorCanceled, Op: "read request body", Err: context.Cause(ctx)}
	}
	sum := sha256.Sum256(h.data)
	r.Body, r.ContentLength = bytes.NewReader(h.data), int64(len(h.data))
	return hex.EncodeToString(sum[:]), h.release, nil
}

// validHash reports whether s is a hash in the form in which services take it.
func validHash(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 2*sha256.Size
}
