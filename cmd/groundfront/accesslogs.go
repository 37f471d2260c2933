package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/groundfront/groundfront/proxy/accesslog"
)

// accessLogs are the writers of all distributions and web ACLs, one for each
// path, so that distributions may share a file, and web ACLs another one.
type accessLogs struct {
	stdout io.Writer

	mu      sync.Mutex // guards writers: metrics read while a configuration opens
	writers map[logFile]*accesslog.Writer
}

// A logFile is a path, and whether it has log records of web ACLs.
type logFile struct {
	path    string
	records bool
}

func newAccessLogs(stdout io.Writer) *accessLogs {
	return &accessLogs{stdout: stdout, writers: map[logFile]*accesslog.Writer{}}
}

// open returns the writer of access logs for path, and makes the path's
// directory.
func (a *accessLogs) open(path string) (*accesslog.Writer, error) {
	return a.get(logFile{path, false})
}

// openRecords is open for the log records of web ACLs.
func (a *accessLogs) openRecords(path string) (*accesslog.Writer, error) {
	return a.get(logFile{path, true})
}

// errTwoForms is what is wrong with a file for lines of two forms.
var errTwoForms = errors.New("the path is that of an access log and of a web ACL's log")

func (a *accessLogs) get(f logFile) (*accesslog.Writer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w := a.writers[f]; w != nil {
		return w, nil
	}
	if f.path != "stdout" && a.writers[logFile{f.path, !f.records}] != nil {
		return nil, errTwoForms
	}
	w, err := a.create(f)
	if err == nil {
		a.writers[f] = w
	}
	return w, err
}

func (a *accessLogs) create(f logFile) (*accesslog.Writer, error) {
	o := accesslog.Options{NoHeader: f.records}
	if f.path == "stdout" {
		return accesslog.NewWriter(a.stdout, o), nil
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o750); err != nil {
		return nil, err
	}
	return accesslog.Open(f.path, o)
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
