package cachekey

import (
	"testing"

	"github.com/zeebo/xxh3"
)

func TestSum(t *testing.T) {
	// The published test vector of XXH3's 128-bit form for no input, seed 0.
	if got, want := Sum(nil), (Hash{Hi: 0x99aa06d3014798d8, Lo: 0x6001c324468d497f}); got != want {
		t.Errorf("Sum of nothing: got %x, want %x", got, want)
	}
	if Sum([]byte("a")) == Sum([]byte("b")) {
		t.Error("Sum: one Hash for two inputs")
	}
}

// BenchmarkSum compares the chosen digest with its 64-bit form: 128 bits make
// an accidental collision unthinkable for a few nanoseconds more.
func BenchmarkSum(b *testing.B) {
	r := browserRequest()
	key := build(b, benchmarkPolicies()["whitelist"]).Append(nil, &r)
	b.Run("xxh3-128", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Sum(key)
		}
	})
	b.Run("rejected-xxh3-64", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			xxh3.Hash(key)
		}
	})
}
