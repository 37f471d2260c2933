package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/groundfront/groundfront/cachekey"
)

// Files are the operations on a folder that a Store needs. Names are relative
// to it. Only one goroutine writes, renames, removes and lists; any may read.
type Files struct {
	// Write makes a file of what write gives it, in place of what it held. An
	// error of write's is returned, and leaves nothing.
	Write func(name string, write func(io.Writer) error) error
	// Rename moves a file over another, at once.
	Rename func(from, to string) error
	// Remove removes a file. That it is not there is no error.
	Remove func(name string) error
	// Open opens a file to be read and returns its size. It is the same file
	// until it is closed, whatever happens to the name.
	Open func(name string) (f File, size int64, err error)
	// List returns the files in a folder.
	List func(folder string) ([]FileInfo, error)
}

// A File is one that is read, by any number of goroutines.
type File interface {
	io.ReaderAt
	io.Closer
}

// FileInfo is a file in a folder.
type FileInfo struct {
	Name string // without the folder
	Size int64
}

// folders is how many there are below the store's own: a million files are
// then 4,000 in each.
const folders = 256

// temporary is the file that is written before it gets its name. There is one
// writer, so there is one such file, and what a crash leaves of it is
// overwritten.
const temporary = "writing"

func folderName(n int) string { return fmt.Sprintf("%02x", n) }

// fileName returns where a record lies.
func fileName(h cachekey.Hash) string {
	return fmt.Sprintf("%02x/%016x%016x", h.Hi>>56, h.Hi, h.Lo)
}

// hashOf is the inverse of fileName for a file of a folder.
func hashOf(folder, name string) (h cachekey.Hash, ok bool) {
	if len(name) != 32 || !strings.HasPrefix(name, folder) {
		return h, false
	}
	if _, err := fmt.Sscanf(name, "%16x%16x", &h.Hi, &h.Lo); err != nil {
		return h, false
	}
	return h, fileName(h) == folder+"/"+name
}

// openFolder returns the Files of a folder of the operating system, which it
// creates if need be. Those below it are made when they get their first file.
func openFolder(path string) (Files, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return Files{}, err
	}
	at := func(name string) string { return filepath.Join(path, filepath.FromSlash(name)) }
	return Files{
		Write:  func(name string, write func(io.Writer) error) error { return writeFile(at(name), write) },
		Rename: func(from, to string) error { return renameFile(at(from), at(to)) },
		Remove: func(name string) error { return removeFile(at(name)) },
		Open:   func(name string) (File, int64, error) { return openToRead(at(name)) },
		List:   func(folder string) ([]FileInfo, error) { return listFolder(at(folder)) },
	}, nil
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		return errors.Join(err, f.Close(), os.Remove(path)) // a full disk gets its room back
	}
	return f.Close()
}

func renameFile(from, to string) error {
	err := os.Rename(from, to)
	if errors.Is(err, fs.ErrNotExist) { // the first of its folder
		if err = os.MkdirAll(filepath.Dir(to), 0o700); err == nil {
			err = os.Rename(from, to)
		}
	}
	return err
}

func removeFile(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func openToRead(path string) (File, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

func listFolder(path string) ([]FileInfo, error) {
	entries, err := os.ReadDir(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	out := make([]FileInfo, 0, len(entries))
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() {
			out = append(out, FileInfo{e.Name(), info.Size()})
		}
	}
	return out, nil
}
