package sigv4

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
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

// A held content was read whole and is read again from here.
type held struct {
	memory *Memory
	taken  int64
	sum    hash.Hash
	length int64
	parts  [][]byte
	at     int // of the next byte in parts[0], which goes when it was read
}

// Read implements io.Reader.
func (h *held) Read(p []byte) (int, error) {
	for len(h.parts) > 0 {
		n := copy(p, h.parts[0][h.at:])
		if h.at += n; h.at == len(h.parts[0]) {
			h.parts, h.at = h.parts[1:], 0
		}
		if n > 0 || len(p) == 0 {
			return n, nil
		}
	}
	return 0, io.EOF
}

func (h *held) release() {
	h.memory.used.Add(-h.taken)
	h.taken = 0
}

// Parts grow with what has come, so that content which is announced and does
// not come costs no more than the first.
const (
	firstPart   = 4 << 10
	largestPart = 256 << 10
)

var errMemory = errors.New("memory for signed content is used up")

// hold reads all content of r, at most limit bytes.
func (m *Memory) hold(r io.Reader, limit int64) (*held, error) {
	h := &held{memory: m, sum: sha256.New()}
	if err := h.readAll(r, limit); err != nil {
		h.release()
		return nil, err
	}
	return h, nil
}

func (h *held) readAll(r io.Reader, limit int64) error {
	for size := int64(firstPart); ; size = min(2*size, largestPart) {
		size = min(size, limit+1-h.length) // one more, by which it is seen to be too long
		if !h.memory.take(size) {
			return errMemory
		}
		h.taken += size
		part := make([]byte, size)
		n, err := fill(part, r)
		h.sum.Write(part[:n])
		h.length += int64(n)
		if n > 0 {
			h.parts = append(h.parts, part[:n])
		}
		switch {
		case h.length > limit:
			return errTooLong
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// fill reads until p is full. Unlike io.ReadFull it tells content that ends
// from content that is cut off.
func fill(p []byte, r io.Reader) (n int, err error) {
	for empty := 0; n < len(p) && err == nil; empty++ {
		if empty == 100 {
			return n, io.ErrNoProgress
		}
		var read int
		read, err = r.Read(p[n:])
		if n += read; read > 0 {
			empty = 0
		}
	}
	return n, err
}

var errTooLong = &origin.Refusal{Status: 413, Reason: "its content is longer than can be signed"}

// hashContent holds the content of r, replaces it by what is held, and returns
// its hash.
func (m *Memory) hashContent(ctx context.Context, r *origin.Request, limit int64) (hash string, done func(), err error) {
	if r.ContentLength > limit {
		return "", nil, errTooLong
	}
	h, err := m.hold(r.Body, limit)
	switch {
	case err == errTooLong:
		return "", nil, err
	case err == errMemory:
		return "", nil, &origin.Refusal{Status: 503, Reason: err.Error()}
	case err == nil && r.ContentLength >= 0 && h.length != r.ContentLength:
		err = io.ErrUnexpectedEOF
	case err == nil:
		err = context.Cause(ctx)
	}
	if err != nil {
		if h != nil {
			h.release()
		}
		return "", nil, &origin.Error{Kind: origin.ErrorCanceled, Op: "read request body", Err: err}
	}
	r.Body, r.ContentLength = h, h.length
	return hex.EncodeToString(h.sum.Sum(nil)), h.release, nil
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
