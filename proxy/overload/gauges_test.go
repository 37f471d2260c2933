package overload

import (
	"math"
	"testing"
)

func TestQuantile(t *testing.T) {
	bounds := []float64{math.Inf(-1), 0.001, 0.01, 0.1, 1, math.Inf(1)}
	before := []uint64{100, 5, 5, 5, 5}
	for _, tt := range []struct {
		now  []uint64
		want float64
	}{
		{[]uint64{100, 5, 5, 5, 5}, 0}, // nothing between
		{[]uint64{200, 5, 5, 5, 5}, 0},
		{[]uint64{190, 15, 5, 5, 5}, 0}, // 10 of 100 are the last tenth
		{[]uint64{189, 16, 5, 5, 5}, 0.001},
		{[]uint64{100, 5, 45, 5, 5}, 0.01},
		{[]uint64{100, 5, 5, 5, 37}, 1},
		{[]uint64{100, 5, 5, 5, 36}, 0}, // too few to tell
	} {
		if got := quantile(tt.now, before, bounds, 0.9, 32); got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.now, got, tt.want)
		}
	}
}
