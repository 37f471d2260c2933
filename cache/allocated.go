package cache

import (
	"slices"
	"sync"
)

const (
	// The runtime gives small objects the next of some sizes, and others
	// whole pages.
	largestClass = 32 << 10
	heapPage     = 8 << 10
)

// sizeClasses are the sizes of small objects without pointers. The runtime
// does not name them, but rounds up to them what it appends to.
var sizeClasses = sync.OnceValue(func() (classes []int) {
	for n := 0; n < largestClass; {
		n = cap(append([]byte(nil), make([]byte, n+1)...))
		classes = append(classes, n)
	}
	return classes
})

// allocated returns what n bytes of one object without pointers take on the
// heap.
func allocated(n int) int {
	if n > largestClass {
		return (n + heapPage - 1) / heapPage * heapPage
	}
	classes := sizeClasses()
	i, _ := slices.BinarySearch(classes, n)
	return classes[i]
}
