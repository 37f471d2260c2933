package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/groundfront/groundfront/proxy/accesslog"
)

// accessLogs are the writers of all distributions, one for each path, so that
// distributions may share a file.
type accessLogs struct {
	stdout io.Writer

	mu      sync.Mutex // guards writers: metrics read while a configuration opens
	writers map[string]*accesslog.Writer
}

func newAccessLogs(stdout io.Writer) *accessLogs {
	return &accessLogs{stdout: stdout, writers: map[string]*accesslog.Writer{}}
}

// open returns the writer for path, and makes the path's directory.
func (a *accessLogs) open(path string) (*accesslog.Writer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w := a.writers[path]; w != nil {
		return w, nil
	}
	w, err := a.create(path)
	if err == nil {
		a.writers[path] = w
	}
	return w, err
}

func (a *accessLogs) create(path string) (*accesslog.Writer, error) {
	if path == "stdout" {
		return accesslog.NewWriter(a.stdout, accesslog.Options{}), nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	return accesslog.Open(path, accesslog.Options{})
}

// lost returns the number of lines that were not written.
func (a *accessLogs) lost() (n uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, w := range a.writers {
		s := w.Stats()
		n += s.Dropped + s.Failed
	}
	return n
}

// close writes what is waiting and closes the files.
func (a *accessLogs) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var errs []error
	for _, w := range a.writers {
		errs = append(errs, w.Close())
	}
	return errors.Join(errs...)
}
