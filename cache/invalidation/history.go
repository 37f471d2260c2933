package invalidation

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of the history, over all distributions. The newest record is kept
// whatever its size; MaxPaths and MaxPathLen bound that.
const (
	// MaxHistory is how many records are remembered (CF-INV-25).
	MaxHistory = 100
	// maxHistoryText is how many bytes of paths they have together.
	maxHistoryText = 4 << 20
)

// Batch is a request to invalidate some paths of one distribution.
type Batch struct {
	Distribution string
	// CallerReference makes the batch unique, so that repeating a request is
	// harmless (CF-INV-16). "" stands for a reference never used before.
	CallerReference string
	// Paths are invalidation paths as CompilePath takes them, and tags with
	// "#" before them (CF-TAG-04). A tag is compared without letter case and
	// has no wildcard.
	Paths []string
	// AcceptsTags says that the distribution has cache tags (CF-TAG-01).
	AcceptsTags bool
	// Escapes says how the paths are compared.
	Escapes Escapes
}

// Status is the state of an invalidation (CF-INV-20).
type Status uint8

const (
	// StatusInProgress has not reached every edge.
	StatusInProgress Status = iota
	// StatusCompleted is in effect everywhere.
	StatusCompleted
)

// String returns AWS's word.
func (s Status) String() string {
	switch s {
	case StatusInProgress:
		return "InProgress"
	case StatusCompleted:
		return "Completed"
	}
	return "unknown"
}

// Invalidation is the record of a batch. It is immutable.
type Invalidation struct {
	ID      string // unique, and the same after a restart with a journal
	Epoch   uint64 // responses fetched under a smaller epoch are affected
	Status  Status
	Created time.Time
	Batch
}

// compile checks the whole batch.
func (b Batch) compile() ([]item, error) {
	if len(b.Paths) == 0 {
		return nil, &Error{Kind: KindEmpty}
	}
	if len(b.Paths) > MaxPaths+MaxWildcards {
		return nil, &Error{Kind: KindTooManyPaths}
	}
	items, wildcards := make([]item, 0, len(b.Paths)), 0
	for _, s := range b.Paths {
		i, err := compileItem(s, b.AcceptsTags)
		if err != nil {
			return nil, err
		}
		i.path = i.path.keeping(b.Escapes)
		if i.path.wildcard {
			wildcards++
		}
		items = append(items, i)
	}
	switch {
	case wildcards > MaxWildcards:
		return nil, &Error{Kind: KindTooManyWildcards}
	case len(items)-wildcards > MaxPaths:
		return nil, &Error{Kind: KindTooManyPaths}
	}
	return items, nil
}

// size returns the bytes of text in the batch.
func (b Batch) size() int {
	n := len(b.Distribution) + len(b.CallerReference)
	for _, p := range b.Paths {
		n += len(p)
	}
	return n
}

// clone returns a copy that keeps no memory of the caller alive.
func (b Batch) clone() Batch {
	c := b
	c.Distribution, c.CallerReference = strings.Clone(b.Distribution), strings.Clone(b.CallerReference)
	c.Paths = make([]string, len(b.Paths))
	for i, p := range b.Paths {
		c.Paths[i] = strings.Clone(p)
	}
	return c
}

// history is the bounded list of records, oldest first.
type history struct {
	records []Invalidation
	text    int // sum of their sizes
}

// find returns the record with the batch's caller reference, the zero record
// if there is none, or an error if its paths are others.
func (h *history) find(b Batch) (Invalidation, error) {
	if b.CallerReference == "" {
		return Invalidation{}, nil
	}
	for _, r := range h.records {
		if r.Distribution != b.Distribution || r.CallerReference != b.CallerReference {
			continue
		}
		if !slices.Equal(r.Paths, b.Paths) {
			return Invalidation{}, &Error{Kind: KindReferenceReused}
		}
		return r, nil
	}
	return Invalidation{}, nil
}

// byID returns the record with an identifier.
func (h *history) byID(id string) (Invalidation, bool) {
	for _, r := range h.records {
		if r.ID == id {
			return r, true
		}
	}
	return Invalidation{}, false
}

// add appends a record and forgets the oldest ones beyond the bounds.
func (h *history) add(b Batch, epoch uint64, now time.Time) Invalidation {
	r := Invalidation{ID: newID(epoch), Epoch: epoch, Status: StatusCompleted, Created: now, Batch: b.clone()}
	h.records = append(h.records, r)
	h.text += r.size()
	for len(h.records) > 1 && (len(h.records) > MaxHistory || h.text > maxHistoryText) {
		h.text -= h.records[0].size()
		h.records = slices.Delete(h.records, 0, 1)
	}
	return r
}

// list returns the records of a distribution, newest first.
func (h *history) list(distribution string) []Invalidation {
	var out []Invalidation
	for _, r := range slices.Backward(h.records) {
		if r.Distribution == distribution {
			out = append(out, r)
		}
	}
	return out
}

// newID returns an identifier of the shape that AWS uses: an I and thirteen
// capitals or digits.
func newID(epoch uint64) string {
	digits := strings.ToUpper(strconv.FormatUint(epoch, 36))
	return "I" + strings.Repeat("0", 13-len(digits)) + digits
}
