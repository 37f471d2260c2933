package accesslog

import (
	"fmt"
	"io"
	"os"
)

// An output is what the owner goroutine writes to.
type output interface {
	io.Writer
	reopen() error
	close() error
}

// A stream is an output that somebody else opened and will close.
type stream struct{ io.Writer }

func (stream) reopen() error { return nil }
func (stream) close() error  { return nil }

// A file is an output that is appended to and can be opened anew.
type file struct {
	path   string
	header string
	*os.File
}

// open opens the path, writes the header to an empty file, and only then
// lets go of the file that was open before.
func (f *file) open() error {
	opened, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	if err := f.begin(opened); err != nil {
		opened.Close()
		return fmt.Errorf("access log: %w", err)
	}
	if f.File != nil {
		f.File.Close()
	}
	f.File = opened
	return nil
}

// begin writes the header to a file that has nothing yet.
func (f *file) begin(opened *os.File) error {
	info, err := opened.Stat()
	if err != nil || info.Size() > 0 {
		return err
	}
	_, err = opened.WriteString(f.header)
	return err
}

func (f *file) reopen() error { return f.open() }
func (f *file) close() error  { return f.File.Close() }
