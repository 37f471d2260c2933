package jsonbody

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestMembers compares with a map, over bodies of many sizes in turn.
func TestMembers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var m members
	for _, n := range []int{0, 1, 31, 32, 33, 1000, 10, membersKept, membersKept + 1, 5, 200} {
		type member struct {
			object int32
			key    string
		}
		seen := map[member]bool{}
		for range n {
			k := member{int32(random.IntN(4)), fmt.Sprint(random.IntN(4 * n))}
			if got := m.add(k.object, k.key); got == seen[k] {
				t.Fatalf("key %q of object %d among %d: got new %v, want %v", k.key, k.object, n, got, !seen[k])
			}
			seen[k] = true
		}
		m.forget()
		for i, slot := range m.slots {
			if slot != 0 {
				t.Fatalf("slot %d behind %d keys: got %d, want it empty", i, n, slot)
			}
		}
	}
}
