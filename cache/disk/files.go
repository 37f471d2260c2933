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
	// Write makes a file of the parts, in place of what it held.
	Write func(name string, parts ...[]byte) error
	// Rename moves a file over another, at once.
	Rename func(from, to string) error
	// Remove removes a file. That it is not there is no error.
	Remove func(name string) error
	// Read returns a file, which must be exactly of this size. It goes on
	// with the file that it began with, whatever happens to the name.
	Read func(name string, size int64) ([]byte, error)
	// List returns the files in a folder.
	List func(folder string) ([]FileInfo, error)
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
		Write:  func(name string, parts ...[]byte) error { return writeFile(at(name), parts) },
		Rename: func(from, to string) error { return renameFile(at(from), at(to)) },
		Remove: func(name string) error { return removeFile(at(name)) },
		Read:   func(name string, size int64) ([]byte, error) { return readFile(at(name), size) },
		List:   func(folder string) ([]FileInfo, error) { return listFolder(at(folder)) },
	}, nil
}

func writeFile(path string, parts [][]byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if _, err := f.Write(p); err != nil {
			return errors.Join(err, f.Close(), os.Remove(path)) // a full disk gets its room back
		}
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

func readFile(path string, size int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() != size {
		return nil, errDamaged
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, err
	}
	return b, nil
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
