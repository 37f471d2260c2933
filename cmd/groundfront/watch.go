package main

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"
	"time"
)

// Files are looked at, and not watched by the system's means: that works on every
// file system, over networks, through bind mounts, and where a link is moved as
// Kubernetes does with a volume. A look at a hundred files takes a tenth of a
// millisecond.

// lookEvery is how often; a change is taken up at the look after the one that has
// found it, if there was no other meanwhile: files are written bit by bit, and
// there are several.
const lookEvery = 500 * time.Millisecond

// A watcher tells when files have changed since they were read.
type watcher struct {
	mu   sync.Mutex       // guards what follows
	read map[string]stamp // as they were when they were read
	last map[string]stamp // as they were at the last look
}

// A stamp is what shows that a file is another one, or has been written; nil if
// there is none.
type stamp struct{ info fs.FileInfo }

func stampOf(name string) stamp {
	info, err := os.Stat(name)
	if err != nil {
		return stamp{}
	}
	return stamp{info}
}

func (s stamp) same(other stamp) bool {
	if s.info == nil || other.info == nil {
		return s.info == other.info
	}
	return os.SameFile(s.info, other.info) && s.info.Size() == other.info.Size() && s.info.ModTime().Equal(other.info.ModTime())
}

// started replaces the files by those that were read now.
func (w *watcher) started(files map[string]stamp) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.read, w.last = files, files
}

// look returns the files that are not as they were read, once they have stopped
// changing.
func (w *watcher) look() (changed []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now, still := map[string]stamp{}, true
	for name, read := range w.read {
		now[name] = stampOf(name)
		still = still && now[name].same(w.last[name])
		if !now[name].same(read) {
			changed = append(changed, name)
		}
	}
	w.last = now
	if !still {
		return nil
	}
	slices.Sort(changed)
	return changed
}

// A fileReader reads the files that a configuration names, and keeps which.
type fileReader struct {
	before map[string]stamp // of files that may be read, before anything is read

	mu    sync.Mutex // guards files
	files map[string]stamp
}

// reader returns a fileReader for the next configuration.
func (w *watcher) reader() *fileReader {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := &fileReader{before: map[string]stamp{}, files: map[string]stamp{}}
	for name := range w.read {
		r.before[name] = stampOf(name)
	}
	return r
}

// note has a file among those that were read. One that changes while it is read
// is found to have changed later.
func (r *fileReader) note(names ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range names {
		if _, known := r.files[name]; known {
			continue
		}
		s, known := r.before[name]
		if !known {
			s = stampOf(name)
		}
		r.files[name] = s
	}
}

// ReadFile is os.ReadFile.
func (r *fileReader) ReadFile(name string) ([]byte, error) {
	r.note(name)
	return os.ReadFile(name)
}

// all returns the files that were read; with those of the configuration before,
// if it stays in use.
func (r *fileReader) all(stays bool) map[string]stamp {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := maps.Clone(r.files)
	if stays {
		maps.Copy(all, r.before)
	}
	return all
}

// watch reloads whenever files have changed, until ctx ends.
func (e *edge) watch(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if !e.current.Load().config.Server.Watch {
			continue
		}
		if changed := e.files.look(); len(changed) > 0 {
			e.logger.Info("reload: files have changed", "files", changed)
			if _, err := e.reload(); err != nil {
				e.logger.Warn("reload", "error", err)
			}
		}
	}
}
