package accesslog

import (
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// A Writer takes records from any goroutine and writes their lines to a file
// or to standard output. It never makes a request wait for the disk:
//
//	request   under its shard's lock encode into the shard's current batch;
//	          a full batch goes to the queue. No room in the queue: the batch
//	          is dropped and its lines are counted.
//	          Who begins a batch tells the owner.
//	owner     one goroutine: takes batches from the queue and writes them;
//	          FlushInterval after one was begun it takes the current batches,
//	          full or not. It sleeps while there is none.
//
// Lines of one shard keep their order; those of two shards have none, as
// CloudFront's have none (CF-LOG-01). A request whose shard nobody else uses at
// the moment meets no other processor: neither its lock nor its lines.
//
// Handing over batches and not lines costs a request one short lock instead
// of waking the owner. Memory is bounded: QueueSize + 1 batches and one for
// each shard, of about BatchSize.
//
// Rejected: one batch for all, and lines that are encoded outside its lock and
// copied. BenchmarkLog, a line with every field: 590 ns that way on one
// processor and 485 on two, of which all but 70 were the encoder as it was
// then; now 190 and, as nothing is shared, 95. What most lines look like is 125
// and 62.
//
// A Writer is a handle: what is behind it has no reference to it, so that a
// Writer that is retired is closed when nobody can write to it any more.
type Writer struct{ *writer }

// A writer is all of a Writer.
type writer struct {
	batchSize int
	shards    []shard

	queue  chan *batch
	begun  chan struct{} // has one when a batch was begun since the owner last looked
	reopen chan chan error
	closed atomic.Bool
	stop   chan struct{} // closed by Close
	done   chan struct{} // closed by the owner at its end
	err    error         // of closing the file; set before done is closed

	written, dropped, failed atomic.Uint64
}

// A shard is a place for the lines of requests that have its number.
type shard struct {
	mu      sync.Mutex // guards what follows
	current *batch     // nil when empty
	closed  bool
	encoder encoder

	_ [64]byte // its own cache lines
}

// Options are the bounds of a Writer. The zero value of a field is its
// default.
type Options struct {
	BatchSize     int           // bytes after which a batch is handed over; default 64 KiB
	QueueSize     int           // batches waiting for the owner; default 64
	FlushInterval time.Duration // how long a line may wait; default 1 s
	NoHeader      bool          // for lines of another form (Writer.Line)
	Shards        int           // of which each keeps the order of its lines; a power of two; default: viewer.Shards of this machine's processors
}

func (o Options) withDefaults() Options {
	if o.BatchSize <= 0 {
		o.BatchSize = 64 << 10
	}
	if o.QueueSize <= 0 {
		o.QueueSize = 64
	}
	if o.Shards <= 0 {
		o.Shards = viewer.Shards(runtime.GOMAXPROCS(0))
	}
	if o.FlushInterval <= 0 {
		o.FlushInterval = time.Second
	}
	return o
}

// header returns what a file begins with.
func (o *Options) header() string {
	if o.NoHeader {
		return ""
	}
	return Header
}

// Stats count lines since the Writer was opened.
type Stats struct {
	Written uint64 // given to the operating system
	Dropped uint64 // the queue was full, or the Writer was closed
	Failed  uint64 // the operating system refused them
}

// A batch is lines that are written together. It is owned by its shard, then
// by the queue, then by the owner goroutine.
type batch struct {
	text  []byte
	lines uint64
}

var batchPool = sync.Pool{New: func() any { return new(batch) }}

// maxPooled is the largest buffer that goes back to the pool, so that one
// enormous line does not stay in memory.
const maxPooled = 256 << 10

// Open returns a Writer for a file that is appended to, created with mode
// 0640, and begun with the header when empty. The path "stdout" means
// standard output.
func Open(path string, o Options) (*Writer, error) {
	if path == "stdout" {
		return NewWriter(os.Stdout, o), nil
	}
	f := &file{path: path, header: o.header()}
	if err := f.open(); err != nil {
		return nil, err
	}
	return start(f, o), nil
}

// NewWriter returns a Writer to dst, which begins with the header and is not
// closed by Close.
func NewWriter(dst io.Writer, o Options) *Writer {
	w := start(stream{dst}, o)
	if header := o.header(); header != "" {
		w.queue <- &batch{text: []byte(header)}
	}
	return w
}

func start(out output, o Options) *Writer {
	o = o.withDefaults()
	w := &writer{
		batchSize: o.BatchSize,
		shards:    make([]shard, o.Shards),
		queue:     make(chan *batch, o.QueueSize),
		begun:     make(chan struct{}, 1),
		reopen:    make(chan chan error),
		stop:      make(chan struct{}),
		done:      make(chan struct{}),
	}
	for i := range w.shards {
		w.shards[i].encoder.texts = new(memory)
	}
	go w.own(out, o.FlushInterval)
	return &Writer{w}
}

// Log queues the line of a record. Requests that run at the same time had
// better have different shards, which is all that the number is for. It never
// blocks on output and does not keep r.
//
// Hot path: no allocation.
func (w *Writer) Log(number uint8, r *Record) {
	s := &w.shards[int(number)&(len(w.shards)-1)]
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := w.batchOf(s); b != nil {
		b.text = s.encoder.append(b.text, r)
		w.added(s, b)
	}
	runtime.KeepAlive(w) // a retired one is not closed meanwhile
}

// batchOf returns the batch that a shard's next line goes to, nil if it is
// dropped. The caller holds mu.
func (w *writer) batchOf(s *shard) *batch {
	if s.closed {
		w.dropped.Add(1)
		return nil
	}
	if s.current == nil {
		s.current = batchPool.Get().(*batch)
		select {
		case w.begun <- struct{}{}:
		default: // the owner was told
		}
	}
	return s.current
}

// added counts a line that was added to b, and hands b over when it is full. The
// caller holds mu.
func (w *writer) added(s *shard, b *batch) {
	b.lines++
	if len(b.text) < w.batchSize {
		return
	}
	s.current = nil
	select {
	case w.queue <- b:
	default:
		w.dropped.Add(b.lines)
		recycle(b)
	}
}

// Line queues a line of another form, with the line feed behind it: that of a
// log that is not this one, but is written as this one is. It does not keep
// line.
func (w *Writer) Line(number uint8, line []byte) {
	s := &w.shards[int(number)&(len(w.shards)-1)]
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := w.batchOf(s); b != nil {
		b.text = append(b.text, line...)
		w.added(s, b)
	}
	runtime.KeepAlive(w)
}

// own is the owner goroutine: it alone touches out, and ends after Close.
func (w *writer) own(out output, flushInterval time.Duration) {
	defer close(w.done)
	var due <-chan time.Time // nil while no line waits
	for {
		select {
		case b := <-w.queue:
			w.write(out, b)
		case <-w.begun:
			if due == nil {
				due = time.After(flushInterval)
			}
		case <-due:
			due = nil
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

// flush writes all current batches, each behind what the same shard has queued
// before, and what is queued then. It is done with that although more comes.
func (w *writer) flush(out output) {
	for i := range w.shards {
		current, before := w.take(&w.shards[i])
		w.drain(out, before)
		if current != nil {
			w.write(out, current)
		}
	}
	w.drain(out, len(w.queue))
}

// take takes the current batch of s, nil if it has none, and returns how many
// batches of the queue came before it.
func (w *writer) take(s *shard) (current *batch, before int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	current, s.current = s.current, nil
	if current == nil {
		return nil, 0
	}
	return current, len(w.queue)
}

// drain writes the next n batches of the queue, from which nobody else takes.
func (w *writer) drain(out output, n int) {
	for range n {
		w.write(out, <-w.queue)
	}
}

func (w *writer) write(out output, b *batch) {
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
func (w *writer) Reopen() error {
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
func (w *writer) Close() error {
	if !w.closed.Swap(true) {
		for i := range w.shards {
			w.shards[i].close()
		}
		close(w.stop)
	}
	<-w.done
	return w.err
}

func (s *shard) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// Stats returns the counters.
func (w *writer) Stats() Stats {
	return Stats{Written: w.written.Load(), Dropped: w.dropped.Load(), Failed: w.failed.Load()}
}
