package viewer

import (
	"errors"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
)

// TestProgress: what may be sent depends on what was (RFC 9110 section 15).
func TestProgress(t *testing.T) {
	errStatus := errors.New("an error about the status")
	check := func(t *testing.T, what string, err, want error) {
		t.Helper()
		if want == errStatus && err != nil && !errors.Is(err, ErrAborted) && !errors.Is(err, ErrTwice) {
			return
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
	}
	for _, c := range []struct {
		at      Progress
		status  int
		interim error
		head    error
		content error
	}{
		{ProgressNone, 99, errStatus, errStatus, ErrTooEarly},
		{ProgressNone, 100, nil, errStatus, ErrTooEarly},
		{ProgressNone, 101, errStatus, errStatus, ErrTooEarly},
		{ProgressNone, 102, nil, errStatus, ErrTooEarly},
		{ProgressNone, 199, nil, errStatus, ErrTooEarly},
		{ProgressNone, 200, errStatus, nil, ErrTooEarly},
		{ProgressNone, 999, errStatus, nil, ErrTooEarly},
		{ProgressNone, 1000, errStatus, errStatus, ErrTooEarly},
		{ProgressHead, 103, errStatus, ErrTwice, nil},
		{ProgressHead, 200, errStatus, ErrTwice, nil},
		{ProgressAborted, 103, ErrAborted, ErrAborted, ErrAborted},
		{ProgressAborted, 200, ErrAborted, ErrAborted, ErrAborted},
	} {
		t.Run(c.at.String(), func(t *testing.T) {
			check(t, "CheckInterim", c.at.CheckInterim(c.status), c.interim)
			check(t, "CheckHead", c.at.CheckHead(c.status), c.head)
			check(t, "CheckContent", c.at.CheckContent(), c.content)
		})
	}
}

// TestHasContent: RFC 9110 section 6.4.1.
func TestHasContent(t *testing.T) {
	for _, c := range []struct {
		head   bool
		status int
		want   bool
	}{
		{false, 200, true},
		{false, 205, true},
		{false, 404, true},
		{false, 204, false},
		{false, 304, false},
		{true, 200, false},
		{true, 404, false},
	} {
		if got := HasContent(c.head, c.status); got != c.want {
			t.Errorf("HasContent(%v, %d): got %v, want %v", c.head, c.status, got, c.want)
		}
	}
}

// TestAsksToClose: only the proxy's own wish ends a connection (CF-RESP-15).
func TestAsksToClose(t *testing.T) {
	for _, c := range []struct {
		fields field.Lines
		want   bool
	}{
		{nil, false},
		{field.Lines{{Name: "A", Value: "close"}}, false},
		{field.Lines{{Name: "connection", Value: "Close"}}, true},
		{field.Lines{{Name: "Connection", Value: "keep-alive"}}, false},
		{field.Lines{{Name: "Connection", Value: "close, x-a"}}, false},
	} {
		if got := AsksToClose(c.fields); got != c.want {
			t.Errorf("AsksToClose(%v): got %v, want %v", c.fields, got, c.want)
		}
	}
}
