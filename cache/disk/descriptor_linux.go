package disk

import (
	"io"
	"os"
	"strconv"
)

// Descriptor returns the file with the content, at the byte from, to be sent
// by the kernel without another look at it (sendfile): only if every block has
// been found as it was written since the process began, else nil. The caller
// closes it, and may read up to the content's end. What the disk damages
// later is not noticed; what becomes of the record makes no difference.
func (r *Reader) Descriptor(from int64) *os.File {
	if r.failed != nil || r.file == nil || !r.file.proven.Load() || from < 0 || from > r.file.length {
		return nil
	}
	shared, ok := r.file.file.(*os.File)
	if !ok {
		return nil
	}
	// The readers share a descriptor, and with it its offset: one of its own is
	// opened, also of a file that has lost its name.
	f, err := os.Open("/proc/self/fd/" + strconv.FormatUint(uint64(shared.Fd()), 10))
	if err != nil {
		return nil
	}
	if _, err := f.Seek(r.file.size()+from, io.SeekStart); err != nil {
		f.Close()
		return nil
	}
	return f
}
