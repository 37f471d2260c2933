package proxy

import (
	"strings"
	"testing"

	"github.com/groundfront/groundfront/origin"
)

// Every kind of failure shows, and in the words of origin.ErrorKind.
func TestFailures(t *testing.T) {
	kinds := 0
	for k := origin.ErrorKind(0); !strings.HasPrefix(k.String(), "ErrorKind("); k++ {
		kinds++
		f, found := failures[k]
		if !found {
			t.Errorf("%s: not in the table", k)
		}
		if got, want := f.detailed.String(), k.Detail(); got != want {
			t.Errorf("%s: got detailed result type %q, want %q", k, got, want)
		}
	}
	if kinds != len(failures) {
		t.Errorf("got %d kinds in the table, want %d", len(failures), kinds)
	}
	if got, want := failureOf(255), failures[origin.ErrorUnknown]; got != want {
		t.Errorf("a kind that nobody knows: got %+v, want %+v", got, want)
	}
}
