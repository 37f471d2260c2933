package accesslog

import (
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A Writer takes records from any goroutine and writes their lines to a file
// or to standard output. It never makes a request wait for the disk:
//
//	request   encode into a pooled scratch buffer, then under mu append to
//	          the current batch; a full batch goes to the queue. No room in
//	          the queue: the batch is dropped and its lines are counted.
//	owner     one goroutine: takes batches from the queue and writes them;
//	          every FlushInterval it takes the current batch, full or not.
//
// Handing over batches and not lines costs a request one short lock instead
// of waking the owner. Memory is bounded: (QueueSize + 2) batches of about
// BatchSize.
type Writer struct {
	batchSize int

	queue  chan *batch
	reopen chan chan error
	stop   chan struct{} // closed by Close
	done   chan struct{} // closed by the owner at its end
	err    error         // of closing the file; set before done is closed

	mu struct {
		sync.Mutex
		current *batch // nil when empty
		closed  bool
	}

	written, dropped, failed atomic.Uint64
}

// Options are the bounds of a Writer. The zero value of a field is its
// default.
type Options struct {
	BatchSize     int           // bytes after which a batch is handed over; default 64 KiB
	QueueSize     int           // batches waiting for the owner; default 64
	FlushInterval time.Duration // how long a line may wait; default 1 s
}

func (o Options) withDefaults() Options {
	if o.BatchSize <= 0 {
		o.BatchSize = 64 << 10
	}
	if o.QueueSize <= 0 {
		o.QueueSize = 64
	}
	if o.FlushInterval <= 0 {
		o.FlushInterval = time.Second
	}
	return o
}

// Stats count lines since the Writer was opened.
type Stats struct {
	Written uint64 // given to the operating system
	Dropped uint64 // the queue was full, or the Writer was closed
	Failed  uint64 // the operating system refused them
}

// A batch is lines that are written together. It is owned by mu, then by the
// queue, then by the owner goroutine.
type batch struct {
	text  []byte
	lines uint64
}

var (
	batchPool   = sync.Pool{New: func() any { return new(batch) }}
	scratchPool = sync.Pool{New: func() any { return new([]byte) }}
)

// maxPooled is the largest buffer that goes back to a pool, so that one
// enormous line does not stay in memory.
const maxPooled = 256 << 10

// Open returns a Writer for a file that is appended to, created with mode
// 0640, and begun with the header when empty. The path "stdout" means
// standard output.
func Open(path string, o Options) (*Writer, error) {
	if path == "stdout" {
		return NewWriter(os.Stdout, o), nil
	}
	f := &file{path: path}
	if err := f.open(); err != nil {
		return nil, err
	}
	return start(f, o), nil
}

// NewWriter returns a Writer to dst, which begins with the header and is not
// closed by Close.
func NewWriter(dst io.Writer, o Options) *Writer {
	w := start(stream{dst}, o)
	w.add([]byte(Header), 0)
	return w
}

func start(out output, o Options) *Writer {
	o = o.withDefaults()
	w := &Writer{
		batchSize: o.BatchSize,
		queue:     make(chan *batch, o.QueueSize),
		reopen:    make(chan chan error),
		stop:      make(chan struct{}),
		done:      make(chan struct{}),
	}
	go w.own(out, o.FlushInterval)
	return w
}

// Log queues the line of a record. It never blocks on output and does not
// keep r.
func (w *Writer) Log(r *Record) {
	line := scratchPool.Get().(*[]byte)
	*line = Append((*line)[:0], r)
	w.add(*line, 1)
	if cap(*line) <= maxPooled {
		scratchPool.Put(line)
	}
}

// add appends text to the current batch and hands a full batch over.
func (w *Writer) add(text []byte, lines uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mu.closed {
		w.dropped.Add(lines)
		return
	}
	b := w.mu.current
	if b == nil {
		b = batchPool.Get().(*batch)
		w.mu.current = b
	}
	b.text = append(b.text, text...)
	b.lines += lines
	if len(b.text) >= w.batchSize {
		w.mu.current = nil
		w.enqueue(b)
	}
}

func (w *Writer) enqueue(b *batch) {
	select {
	case w.queue <- b:
	default:
		w.dropped.Add(b.lines)
		recycle(b)
	}
}

// own is the owner goroutine: it alone touches out, and ends after Close.
func (w *Writer) own(out output, flushInterval time.Duration) {
	defer close(w.done)
	tick := time.NewTicker(flushInterval)
	defer tick.Stop()
	for {
		select {
		case b := <-w.queue:
			w.write(out, b)
		case <-tick.C:
			w.flush(out)
		case answer := <-w.reopen:
			w.flush(out)
			answer <- out.reopen()
		case <-w.stop:
			w.flush(out)
			w.err = out.close()
			return
		}
	}
}

// flush writes what is queued, then the current batch.
func (w *Writer) flush(out output) {
	for range len(w.queue) {
		w.write(out, <-w.queue)
	}
	w.mu.Lock()
	b := w.mu.current
	w.mu.current = nil
	w.mu.Unlock()
	if b != nil {
		w.write(out, b)
	}
}

func (w *Writer) write(out output, b *batch) {
	if _, err := out.Write(b.text); err != nil {
		w.failed.Add(b.lines)
	} else {
		w.written.Add(b.lines)
	}
	recycle(b)
}

func recycle(b *batch) {
	if cap(b.text) > maxPooled {
		return
	}
	b.text, b.lines = b.text[:0], 0
	batchPool.Put(b)
}

// Reopen writes what is waiting, opens the path again and closes the old
// file, so that a rotated file can be moved away. When opening fails the old
// file stays in use. For a stream it only writes what is waiting. After
// Close it returns os.ErrClosed.
func (w *Writer) Reopen() error {
	answer := make(chan error, 1)
	select {
	case w.reopen <- answer:
		return <-answer
	case <-w.done:
		return os.ErrClosed
	}
}

// Close writes everything that is waiting, ends the owner and closes the
// file. Records that come later are counted as dropped. A second call does
// nothing more.
func (w *Writer) Close() error {
	w.mu.Lock()
	closed := w.mu.closed
	w.mu.closed = true
	w.mu.Unlock()
	if !closed {
		close(w.stop)
	}
	<-w.done
	return w.err
}

// Stats returns the counters.
func (w *Writer) Stats() Stats {
	return Stats{Written: w.written.Load(), Dropped: w.dropped.Load(), Failed: w.failed.Load()}
}
