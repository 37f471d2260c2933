package rig

import (
	"os"
	"testing"
)

// TestCPUTime: a process that works uses time of the clock, and one that is not there
// has none.
func TestCPUTime(t *testing.T) {
	before, err := CPUTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ { // ends when the clock has moved
		after, err := CPUTime(os.Getpid())
		if err != nil || after < before {
			t.Fatalf("got %v after %v, %v", after, before, err)
		}
		if after > before {
			break
		}
	}
	const nobody = 1 << 22 // the first number that no process of Linux has
	if got, err := CPUTime(nobody); err == nil {
		t.Errorf("no such process: got %v, want an error", got)
	}
}
