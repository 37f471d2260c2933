package viewer

import "testing"

func TestShards(t *testing.T) {
	for _, tt := range []struct{ processors, want int }{{1, 1}, {2, 2}, {3, 4}, {8, 8}, {48, 64}, {64, 64}, {500, 64}} {
		if got := Shards(tt.processors); got != tt.want {
			t.Errorf("shards for %d processors: got %d, want %d", tt.processors, got, tt.want)
		}
	}
}
