package accesslog

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain proves that every Writer's goroutine ends.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
