package viewer

import (
	"strings"
	"testing"
)

func TestRequestIDView(t *testing.T) {
	var id RequestID
	want := strings.Repeat("a", len(id)-2) + "=="
	copy(id[:], want)
	if got := id.View(); got != want {
		t.Errorf("view: got %q, want %q", got, want)
	}
	if got := testing.AllocsPerRun(10, func() { _ = id.View() }); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}
