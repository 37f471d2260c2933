package accesslog

import "runtime"

// A Retired is a Writer that gets no further users. It is closed when it has none
// any more, which the garbage collector finds out: users need not be counted, and
// the last line of the last request is written.
type Retired struct{ *writer }

// Retire begins that. The caller gives up w.
func (w *Writer) Retire() *Retired {
	runtime.AddCleanup(w, func(behind *writer) {
		go behind.Close() // its error is in Stats; a slow disk holds up no other cleanup
	}, w.writer)
	return &Retired{w.writer}
}

// Closed reports whether all lines are written and the file is closed.
func (r *Retired) Closed() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}
