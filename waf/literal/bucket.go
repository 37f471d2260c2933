package literal

import (
	"cmp"
	"slices"
	"strings"
)

// units is into how many pieces a filter's windows are cut, of which buckets
// are made.
const units = 96

// spread distributes windows to buckets, and returns the bucket of each.
//
// What ordinary text passes a bucket by chance is the product, over the lanes,
// of how frequent the bytes are that fit. So windows in order, by length and
// beginning, are cut where the sum of that is the least.
//
// With the 977 file names of CRS's lfi-os-files.data, some of which are short,
// the automaton then reads 21 % of a request and a page. Rejected: eight equal
// parts, with which it reads 50 %, and windows that lie further in a pattern,
// where its bytes are rarest, 39 to 57 %: beginnings have more in common.
func spread(windows []string) []int {
	slices.SortFunc(windows, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
	n := min(units, len(windows))
	begin := func(unit int) int { return unit * len(windows) / n }
	// least[k][i] is the least sum for the first i units in k+1 buckets, of
	// which the last begins at unit cut[k][i].
	var least [buckets][units + 1]float64
	var cut [buckets][units + 1]int
	for first := range n {
		var b bucketBytes
		for behind := first + 1; behind <= n; behind++ {
			for _, w := range windows[begin(behind-1):begin(behind)] {
				b.add(w)
			}
			passes := b.passes()
			for k := range buckets {
				sum := passes
				switch {
				case k > 0 && first > 0:
					sum += least[k-1][first]
				case first > 0:
					continue // the first bucket begins at the first unit
				}
				if least[k][behind] == 0 || sum < least[k][behind] {
					least[k][behind], cut[k][behind] = sum, first
				}
			}
		}
	}
	bucket := make([]int, len(windows))
	for k, behind := buckets-1, n; behind > 0; k-- {
		first := cut[k][behind]
		for i := begin(first); i < begin(behind); i++ {
			bucket[i] = k
		}
		behind = first
	}
	return bucket
}

// bucketBytes are the bytes that fit each lane of a bucket.
type bucketBytes struct {
	fit  [lanes][256]bool
	part [lanes]float64 // of ordinary text
}

// add adds a window. In the lanes before it anything fits.
func (b *bucketBytes) add(window string) {
	free := lanes - len(window)
	for lane := range free {
		b.part[lane] = 1
	}
	for i := range len(window) {
		if c := window[i]; !b.fit[free+i][c] {
			b.fit[free+i][c] = true
			b.part[free+i] = min(b.part[free+i]+frequency(c), 1)
		}
	}
}

// passes returns which part of ordinary text fits by chance.
func (b *bucketBytes) passes() float64 {
	p := 1.
	for _, part := range b.part {
		p *= part
	}
	return p
}

// frequency estimates which part of ordinary text is c.
func frequency(c byte) float64 {
	switch {
	case strings.IndexByte("eatoinsr", c) >= 0:
		return 1. / 20
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9', strings.IndexByte(" /.-_=&%", c) >= 0:
		return 1. / 64
	}
	return 1. / 256
}
