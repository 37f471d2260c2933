package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/groundfront/groundfront/proxy/accesslog"
)

// accessLogs are the writers of all distributions and web ACLs, one for each
// path, so that distributions may share a file, and web ACLs another one. A
// reload goes on with those that the next configuration has too; the others are
// closed when no request has them any more.
type accessLogs struct {
	stdout io.Writer

	mu      sync.Mutex // guards what follows
	writers logWriters
	retired []*accesslog.Retired
	past    uint64 // lines lost by those that are closed
}

type logWriters map[logFile]*accesslog.Writer

// A logFile is a path, and whether it has log records of web ACLs.
type logFile struct {
	path    string
	records bool
}

func newAccessLogs(stdout io.Writer) *accessLogs { return &accessLogs{stdout: stdout} }

// nextLogs are those of a configuration that is not in use yet. One goroutine has
// them.
type nextLogs struct {
	logs    *accessLogs
	current logWriters // those in use, which nobody changes meanwhile
	writers logWriters // those of the configuration
}

// next returns those of the next configuration, none yet.
func (a *accessLogs) next() *nextLogs {
	a.mu.Lock()
	defer a.mu.Unlock()
	return &nextLogs{logs: a, current: a.writers, writers: logWriters{}}
}

// open returns the writer of access logs for path, and makes the path's
// directory.
func (n *nextLogs) open(path string) (*accesslog.Writer, error) {
	return n.get(logFile{path, false})
}

// openRecords is open for the log records of web ACLs.
func (n *nextLogs) openRecords(path string) (*accesslog.Writer, error) {
	return n.get(logFile{path, true})
}

// errTwoForms is what is wrong with a file for lines of two forms.
var errTwoForms = errors.New("the path is that of an access log and of a web ACL's log")

func (n *nextLogs) get(f logFile) (*accesslog.Writer, error) {
	if w := n.writers[f]; w != nil {
		return w, nil
	}
	if f.path != "stdout" && n.writers[logFile{f.path, !f.records}] != nil {
		return nil, errTwoForms
	}
	w := n.current[f]
	if w == nil {
		var err error
		if w, err = n.logs.create(f); err != nil {
			return nil, err
		}
	}
	n.writers[f] = w
	return w, nil
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

// discard closes what only the next configuration has.
func (n *nextLogs) discard() {
	for f, w := range n.writers {
		if n.current[f] == nil {
			w.Close() // nothing was written
		}
	}
}

// use makes the next configuration's logs the current ones. Files that both have
// are opened again, for they may have been moved away.
func (n *nextLogs) use() error {
	a := n.logs
	a.mu.Lock()
	defer a.mu.Unlock()
	var errs []error
	for f, w := range n.current {
		if n.writers[f] == nil {
			a.retired = append(a.retired, w.Retire())
		} else if f.path != "stdout" { // which may have a reader that does not read
			errs = append(errs, w.Reopen())
		}
	}
	a.writers = n.writers
	a.forgetLocked()
	return errors.Join(errs...)
}

// forgetLocked forgets retired writers that are closed. The caller holds mu.
func (a *accessLogs) forgetLocked() {
	var open []*accesslog.Retired
	for _, r := range a.retired {
		if !r.Closed() {
			open = append(open, r)
			continue
		}
		a.past += lostBy(r.Stats())
	}
	a.retired = open
}

func lostBy(s accesslog.Stats) uint64 { return s.Dropped + s.Failed }

// lost returns the number of lines that were not written.
func (a *accessLogs) lost() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.past
	for _, w := range a.writers {
		n += lostBy(w.Stats())
	}
	for _, r := range a.retired {
		n += lostBy(r.Stats())
	}
	return n
}

// closePatience bounds the wait for logs that nobody reads.
const closePatience = 2 * time.Second

var errStuckLog = errors.New("a log cannot be written to its end: nobody reads it")

// close writes what is waiting and closes the files.
func (a *accessLogs) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	closes := []func() error{}
	for _, w := range a.writers {
		closes = append(closes, w.Close)
	}
	for _, r := range a.retired {
		closes = append(closes, r.Close)
	}
	var errs []error
	ended := make(chan error, len(closes))
	for _, end := range closes {
		go func() { ended <- end() }()
	}
	timer := time.NewTimer(closePatience)
	defer timer.Stop()
	for range closes {
		select {
		case err := <-ended:
			errs = append(errs, err)
		case <-timer.C:
			return errors.Join(append(errs, errStuckLog)...)
		}
	}
	return errors.Join(errs...)
}
