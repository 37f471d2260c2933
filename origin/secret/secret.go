// Package secret keeps values that are sent to origins and that live in files:
// the secret field by which an origin knows its edge (AG-SEC-01), an API key.
// A file that changes is followed without a restart, which is what rotation
// needs (AG-SEC-02).
//
// A file has one value on each line. The first that is not empty is sent;
// those behind it are for whoever verifies, and may be the previous ones.
//
// It is a part of origin.
package secret

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/groundfront/groundfront/cachekey/field"
)

// maxLength is that of the value of a custom header (CF-OCH-01).
const maxLength = 1783

// interval is how often files are looked at. It works for those that are
// replaced by links, too, as Kubernetes does.
const interval = 5 * time.Second

// Options configure Files.
type Options struct {
	// Read reads a file; nil means os.ReadFile.
	Read func(name string) ([]byte, error)
	// Logger is told when a file changes and when it cannot be used.
	Logger *slog.Logger
}

// Files are those that have values. Its methods may be called from any
// goroutine.
type Files struct {
	read   func(name string) ([]byte, error)
	logger *slog.Logger
	done   chan struct{} // closed by Close
	looks  sync.WaitGroup

	mu        sync.Mutex                     // guards what follows
	values    map[string]weak.Pointer[Value] // those that somebody has
	following bool                           // a goroutine looks at them
	closed    bool
}

// A Value is what a file says now.
type Value struct {
	text    atomic.Pointer[string]
	trouble string // of the last look, "" for none; owned by the goroutine that looks
}

// Load returns the value.
func (v *Value) Load() string { return *v.text.Load() }

// New returns Files of none yet. Close must be called.
func New(o Options) *Files {
	f := &Files{read: o.Read, logger: o.Logger, done: make(chan struct{}), values: make(map[string]weak.Pointer[Value])}
	if f.read == nil {
		f.read = os.ReadFile
	}
	return f
}

// Close stops following files.
func (f *Files) Close() {
	f.mu.Lock()
	if !f.closed {
		f.closed = true
		close(f.done)
	}
	f.mu.Unlock()
	f.looks.Wait()
}

// Value returns the value of a file, read now, and follows it from now on, for as
// long as somebody has it.
func (f *Files) Value(name string) (*Value, error) {
	text, err := f.first(name)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.values[name].Value()
	if v == nil {
		v = new(Value)
		f.values[name] = weak.Make(v)
	}
	v.text.Store(&text)
	if !f.following && !f.closed {
		f.following = true
		f.looks.Go(f.follow)
	}
	return v, nil
}

// first returns the first value of a file. Its errors do not contain it.
func (f *Files) first(name string) (string, error) {
	content, err := f.read(name)
	if err != nil {
		return "", err
	}
	text, err := First(string(content))
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}

var (
	errEmpty = errors.New("no value in it")
	errValue = fmt.Errorf("its first line cannot be a field's value: want at most %d characters, none of them a control character", maxLength)
)

// First returns the first line of text that is not empty, without the space
// around it.
func First(text string) (string, error) {
	for line := range strings.Lines(text) {
		value := strings.TrimSpace(line)
		switch {
		case value == "":
		case len(value) > maxLength || !field.ValidValue(value):
			return "", errValue
		default:
			return value, nil
		}
	}
	return "", errEmpty
}

// follow looks at all files now and then.
func (f *Files) follow() {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-f.done:
			return
		case <-ticker.C:
			f.look()
		}
	}
}

func (f *Files) look() {
	f.mu.Lock()
	names := make([]string, 0, len(f.values))
	for name := range f.values {
		names = append(names, name)
	}
	f.mu.Unlock()
	for _, name := range names { // reading may take its time
		text, err := f.first(name)
		if v := f.value(name); v != nil {
			f.update(name, v, text, err)
		}
	}
}

// value returns the value of a file, and nil if nobody has it any more: then the
// file is forgotten.
func (f *Files) value(name string) *Value {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.values[name].Value()
	if v == nil {
		delete(f.values, name)
	}
	return v
}

// update makes text the value of a file. What cannot be used changes nothing,
// and is said once.
func (f *Files) update(name string, v *Value, text string, err error) {
	switch {
	case err == nil:
		v.trouble = ""
		if v.Load() != text {
			v.text.Store(&text)
			f.logger.Info("secret changed", "file", name)
		}
	case v.trouble != err.Error():
		v.trouble = err.Error()
		f.logger.Error("secret cannot be read; the last value is still sent", "file", name, "error", err)
	}
}
