package invalidation

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// A journal keeps a Log on disk. It is a text file with one record a line:
//
//	checksum, a space, the record in JSON
//
// A new file begins with what the Log knows, then every batch is appended.
// When the batches outgrow that beginning, a new file replaces the old one.
//
// After a restart a response must not come back that was invalidated before,
// whatever happened to the file. So all doubt ends the same way: every
// response older than this start is dead.
//
//   - No file: it is the first start, or somebody removed the journal.
//   - A record in the middle that is not as it was written.
//   - A file that cannot be written. It is removed, which is the first case
//     at the next start, and made anew with the next batch.
//
// A last line without its end is no doubt: the program ended while it was
// written, so nobody was told that this batch is in effect.
type journal struct {
	path    string
	sync    Sync
	onError func(error)

	file *os.File // nil after an error
	size int64    // now
	base int64    // size of what it began with
}

// Options configure the journal of a Log.
type Options struct {
	Sync Sync
	// Now is the time of the start. Epochs begin there, so that they exceed
	// those of every earlier start.
	Now time.Time
	// OnError, if set, is told why the journal could not be written.
	OnError func(error)
}

// Sync says when a journal is safe.
type Sync uint8

const (
	// SyncEach writes to the disk itself before Add returns: no accepted
	// batch is lost with the machine's power.
	SyncEach Sync = iota
	// SyncNone leaves that to the operating system: accepted batches survive
	// the end of the process, but may be lost with the machine's power.
	SyncNone
	numSyncs
)

var syncNames = [numSyncs]string{SyncEach: "each", SyncNone: "none"}

// String returns the policy in lower case.
func (s Sync) String() string {
	if s < numSyncs {
		return syncNames[s]
	}
	return "unknown"
}

const (
	// slack is how much a journal may always grow before it is made anew.
	slack = 1 << 20
	// maxJournal is the longest file that is read; what the bounds of a Log
	// allow is far less.
	maxJournal = 1 << 30
)

// Open returns the Log that the journal at path holds, and goes on keeping
// it there. Close ends that. The error is one of reading or writing the file;
// that it is damaged is not an error.
func Open(path string, o Options) (*Log, error) {
	text, err := readJournal(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("invalidation journal: %w", err)
	}
	l := recall(text, o.Now)
	l.journal = &journal{path: path, sync: o.Sync, onError: o.OnError}
	if err := l.journal.renew(l); err != nil {
		return nil, fmt.Errorf("invalidation journal: %w", err)
	}
	return l, nil
}

// recall returns the Log that the text of a journal tells of. Everything
// older than now is dead in it if there is doubt.
func recall(text []byte, now time.Time) *Log {
	l := New()
	intact := l.replay(text)
	start := l.epoch.Load() + 1
	if !intact { // each record that cannot be read has taken one epoch
		start += uint64(bytes.Count(text, []byte("\n")))
	}
	start = max(start, uint64(max(now.UnixMicro(), 0)))
	l.epoch.Store(start)
	if !intact {
		l.floor = start
	}
	return l
}

func readJournal(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > maxJournal {
		return []byte("too long\n"), nil // which is damage
	}
	return os.ReadFile(path)
}

// Close ends the journal, if there is one. No Add may follow.
func (l *Log) Close() error {
	l.adding.Lock()
	defer l.adding.Unlock()
	if l.journal == nil || l.journal.file == nil {
		return nil
	}
	return l.journal.file.Close()
}

// replay applies the records of a journal. It reports whether they are as
// they were written: all that began the file, and all batches but for the end
// of the last.
func (l *Log) replay(text []byte) (intact bool) {
	intact = true
	missing := 1 // of the records that began the file
	for first := true; len(text) > 0; first = false {
		line, rest, ended := bytes.Cut(text, []byte("\n"))
		if !ended {
			break
		}
		r, ok := parseRecord(line)
		if ok = ok && (r.Kind == recordOpen) == first; ok {
			ok = l.replayRecord(r) == nil
			missing += r.Following - 1
		}
		intact, text = intact && ok, rest
	}
	return intact && missing <= 0
}

// keep writes a batch. After an error the journal is not believed any more.
func (j *journal) keep(l *Log, added Invalidation) {
	if err := j.write(l, added); err != nil {
		j.drop()
		if j.onError != nil {
			j.onError(fmt.Errorf("invalidation journal: %w", err))
		}
	}
}

func (j *journal) write(l *Log, added Invalidation) error {
	if j.file == nil || j.size > j.base+max(j.base, slack) {
		return j.renew(l) // the Log knows the batch already
	}
	line := appendRecord(nil, batchRecord(recordBatch, added))
	n, err := j.file.Write(line)
	j.size += int64(n)
	if err != nil {
		return err
	}
	return j.flush(j.file)
}

func (j *journal) flush(f *os.File) error {
	if j.sync == SyncNone {
		return nil
	}
	return f.Sync()
}

// drop removes the file, so that the next start does not believe it.
func (j *journal) drop() {
	if j.file != nil {
		_ = j.file.Close() // it failed before, or is replaced
		j.file = nil
	}
	if err := os.Remove(j.path); err != nil && j.onError != nil && !errors.Is(err, fs.ErrNotExist) {
		j.onError(fmt.Errorf("invalidation journal: %w", err))
	}
}

// renew puts a file with what l knows in the place of the old one.
func (j *journal) renew(l *Log) error {
	text := l.appendState(nil)
	temporary := j.path + "." + strconv.Itoa(os.Getpid()) + ".tmp"
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(text); err == nil {
		err = j.flush(f)
	}
	if err == nil {
		err = os.Rename(temporary, j.path)
	}
	if err == nil {
		err = j.flushFolder()
	}
	if err != nil {
		return errors.Join(err, f.Close(), os.Remove(temporary))
	}
	if j.file != nil {
		_ = j.file.Close() // the old one; nothing of it is needed
	}
	j.file, j.size, j.base = f, int64(len(text)), int64(len(text))
	return nil
}

// flushFolder makes the new name safe.
func (j *journal) flushFolder() error {
	if j.sync == SyncNone {
		return nil
	}
	folder, err := os.Open(filepath.Dir(j.path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
