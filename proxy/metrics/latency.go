package metrics

import (
	"math"
	"math/bits"
	"slices"
	"time"
)

// A latency counts durations so that both kinds of Prometheus' buckets can be
// made of it: the classic ones of classicBounds, and native ones of
// nativeSchema. A cell is what lies between two neighbouring bounds of either
// kind, so that a duration is counted once.
type latency struct {
	nanoseconds float64 // their sum; a float does not overflow
	cells       [numCells]uint64
}

// observe counts a duration; a negative one as none.
func (l *latency) observe(d time.Duration) {
	d = max(d, 0)
	l.nanoseconds += float64(d)
	l.cells[cellOf(uint64(d))]++
}

// add adds what other has counted.
func (l *latency) add(other *latency) {
	l.nanoseconds += other.nanoseconds
	for i, n := range other.cells {
		l.cells[i] += n
	}
}

// classicBounds are the upper bounds of the classic buckets in seconds.
var classicBounds = []float64{
	0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
}

const (
	// nativeSchema has native buckets about 10 % wide: eight for each power of
	// two. Bucket k ends with 2^(k/8) seconds.
	nativeSchema    = 3
	nativePerDouble = 1 << nativeSchema

	// What is counted apart lies between a microsecond and 36 hours. What is
	// shorter or longer is in the first or the last bucket.
	firstNative = -20 * nativePerDouble
	lastNative  = 17 * nativePerDouble

	// numCells is 0, the native buckets, and the classic bounds but for three,
	// which are powers of two.
	numCells = 1 + (lastNative + 1 - firstNative + 1) + (17 - 3)
)

// A cell has the buckets that what is counted there belongs to. Its bound is
// the greatest number of nanoseconds that is counted there.
type cell struct {
	bound   uint64
	native  int
	classic int // index of classicBounds; their number for the one without a bound
}

var cells = func() []cell {
	list := []cell{{bound: 0}, {bound: math.MaxUint64}}
	for k := firstNative; k <= lastNative; k++ {
		list = append(list, cell{bound: uint64(math.Exp2(float64(k)/nativePerDouble) * 1e9)})
	}
	for _, seconds := range classicBounds {
		list = append(list, cell{bound: uint64(math.Round(seconds * 1e9))})
	}
	slices.SortFunc(list, func(a, b cell) int { return int(min(a.bound, math.MaxInt64)) - int(min(b.bound, math.MaxInt64)) })
	list = slices.CompactFunc(list, func(a, b cell) bool { return a.bound == b.bound })
	native := firstNative
	for i := range list {
		c := &list[i]
		c.native = native
		if c.bound > 0 && c.bound == uint64(math.Exp2(float64(native)/nativePerDouble)*1e9) {
			native++
		}
		c.classic = slices.IndexFunc(classicBounds, func(seconds float64) bool { return c.bound <= uint64(math.Round(seconds*1e9)) })
		if c.classic < 0 {
			c.classic = len(classicBounds)
		}
	}
	return list
}()

// A slot is a sixteenth of the numbers between a power of two and the next. It
// is so narrow that no more than one bound of each kind lies within.
type slot struct {
	first  uint16    // the cell of its least number
	bounds [2]uint64 // of that cell and of the next
}

const slotsPerDouble = 16

var slots = func() (table [64 * slotsPerDouble]slot) {
	for i := range table {
		least := uint64(slotsPerDouble+i%slotsPerDouble) << (max(i/slotsPerDouble, 4) - 4)
		first := slices.IndexFunc(cells, func(c cell) bool { return least <= c.bound })
		table[i] = slot{first: uint16(first), bounds: [2]uint64{cells[first].bound, cells[min(first+1, len(cells)-1)].bound}}
	}
	return table
}()

// cellOf returns the cell of a number of nanoseconds. It compares integers,
// twice.
func cellOf(n uint64) int {
	if n < 2*slotsPerDouble {
		return int(min(n, 1))
	}
	power := bits.Len64(n) - 1
	s := &slots[(power*slotsPerDouble+int(n>>(power-4))&(slotsPerDouble-1))%len(slots)]
	at := int(s.first)
	if n > s.bounds[0] {
		at++
	}
	if n > s.bounds[1] {
		at++
	}
	return at % numCells
}
