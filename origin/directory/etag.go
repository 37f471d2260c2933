package directory

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"time"
)

// partSize is from where on an object would have been uploaded in parts: then
// its ETag is not the sum of its content at S3 either, but of those of the parts,
// with their number behind it.
const partSize = 16 << 20

// maxTags bounds the ETags that are remembered.
const maxTags = 4096

// tags remembers ETags, so that a file is read for its sum only once as long as
// it does not change.
type tags struct {
	mu    sync.Mutex
	known map[version]string
}

// A version is what a file was when its sum was taken.
type version struct {
	key      string
	size     int64
	modified time.Time
}

// of returns the ETag of o, a quoted MD5 sum as at S3. Up to 16 MiB it is that
// of the content; above, where to read everything twice would cost too much, it
// is one of the size and the time of the last change.
func (t *tags) of(o *object) (string, error) {
	if o.size > partSize {
		sum := md5.Sum(fmt.Appendf(nil, "%d %d", o.size, o.modified.UnixNano()))
		return fmt.Sprintf("%q", fmt.Sprintf("%x-%d", sum, (o.size+partSize-1)/partSize)), nil
	}
	v := version{o.key, o.size, o.modified}
	t.mu.Lock()
	tag, ok := t.known[v]
	t.mu.Unlock()
	if ok {
		return tag, nil
	}
	hash := md5.New()
	if _, err := io.Copy(hash, io.NewSectionReader(o.file, 0, o.size)); err != nil {
		return "", err
	}
	tag = `"` + hex.EncodeToString(hash.Sum(nil)) + `"`
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil || len(t.known) >= maxTags {
		t.known = make(map[version]string)
	}
	t.known[v] = tag
	return tag, nil
}
