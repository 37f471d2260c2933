package directory

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// An object is a regular file of the folder, open.
type object struct {
	key      string
	file     *os.File
	size     int64
	modified time.Time
	tag      string
}

// keyOf returns the key that a request target names: its path without the
// first slash and the query, with its escapes decoded once, as at S3. ok is
// false if an escape is not complete.
func keyOf(target string) (key string, ok bool) {
	path, _, _ := strings.Cut(target, "?")
	return unescape(strings.TrimPrefix(path, "/"))
}

// unescape decodes percent-encoding. A "+" is a plus sign in a path.
func unescape(s string) (string, bool) {
	if strings.IndexByte(s, '%') < 0 {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			out = append(out, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		high, low := field.HexDigit(s[i+1]), field.HexDigit(s[i+2])
		if high < 0 || low < 0 {
			return "", false
		}
		out = append(out, byte(high<<4|low))
		i += 2
	}
	return string(out), true
}

// find opens the object of a key, or of the index that stands for it.
func (d *Directory) find(root *os.Root, key string) (*object, failure) {
	if d.config.IndexDocument == "" {
		return d.open(root, key)
	}
	if key == "" || strings.HasSuffix(key, "/") {
		return d.open(root, key+d.config.IndexDocument)
	}
	o, f := d.open(root, key)
	if f != failureNoKey && f != failureAccess {
		return o, f
	}
	if index, missing := d.open(root, key+"/"+d.config.IndexDocument); missing == failureNone {
		index.file.Close()
		return nil, failureNoSlash
	}
	return nil, f
}

// open opens the object of a key. Keys that no path of the file system can be,
// such as "a//b" and "a/../b", are of no object: at S3 they would be others
// than "a/b" and "b".
func (d *Directory) open(root *os.Root, key string) (*object, failure) {
	if !fs.ValidPath(key) || key == "." || !d.config.HiddenFiles && hidden(key) {
		return nil, d.missing()
	}
	name, err := filepath.Localize(key)
	if err != nil {
		return nil, d.missing()
	}
	// Looked at before it is opened: to open a pipe could wait for ever.
	if info, err := root.Stat(name); err != nil || !info.Mode().IsRegular() {
		return nil, d.failureOf(err)
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, d.failureOf(err)
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		o := &object{key: key, file: file, size: info.Size(), modified: info.ModTime()}
		if o.tag, err = d.tags.of(o); err == nil {
			return o, failureNone
		}
	}
	file.Close()
	return nil, d.failureOf(err)
}

// hidden reports whether a part of the key begins with a dot, where version
// control and editors keep what is not for viewers.
func hidden(key string) bool {
	if rest, ok := strings.CutPrefix(key, ".well-known/"); ok { // RFC 8615
		key = rest
	}
	return strings.HasPrefix(key, ".") || strings.Contains(key, "/.")
}

// missing is the failure for a key without an object.
func (d *Directory) missing() failure {
	if d.config.Missing == 404 {
		return failureNoKey
	}
	return failureAccess
}

// failureOf is the failure for what the file system says; nil is for what is
// no regular file.
func (d *Directory) failureOf(err error) failure {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return failureAccess
	case errors.Is(err, fs.ErrNotExist), err == nil:
		return d.missing()
	}
	// A name that is too long, a path through a file, a link out of the folder.
	return d.missing()
}
