package viewer

import "sync/atomic"

// A File is content that the kernel can send by itself, whoever else sends it
// at the time. It is used by those who hold it and given up by the last one.
type File struct {
	// FD is the descriptor. Reading goes by offset, so that many can.
	FD int

	holders atomic.Int64
	free    func()
}

// NewFile returns a File with one holder. free is called when there is none.
func NewFile(fd int, free func()) *File {
	f := &File{FD: fd, free: free}
	f.holders.Store(1)
	return f
}

// Hold adds a holder. The caller knows that there is one.
func (f *File) Hold() { f.holders.Add(1) }

// Release takes a holder away.
func (f *File) Release() {
	if f.holders.Add(-1) == 0 {
		f.free()
	}
}
