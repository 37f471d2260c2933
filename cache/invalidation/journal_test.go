package invalidation

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// openAt opens the journal at path, until the end of the test.
func openAt(t testing.TB, path string, at time.Time) *Log {
	t.Helper()
	l, err := Open(path, Options{Now: at, Sync: SyncNone, OnError: func(err error) { t.Errorf("journal: got %v", err) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func journalPath(t testing.TB) string { return filepath.Join(t.TempDir(), "journal") }

// A probe is a response that some process stored.
type probe struct {
	path, tags string
	since      uint64
}

func (p probe) dead(l *Log) bool {
	return l.Invalidated("d", p.path, AppendTags(nil, p.tags), p.since)
}

// TestRestart proves CF-INV-23 over the end of a process: what was dead stays
// dead, what lived lives, and references and lists are kept.
func TestRestart(t *testing.T) {
	path := journalPath(t)
	l := openAt(t, path, now)
	var probes []probe
	var alive []bool
	for _, item := range []string{"/a", "/dir/*", "#red", "/q?x=1", "/a%20b"} {
		for _, p := range []probe{{path: "/a"}, {path: "/dir/x"}, {path: "/x", tags: "red"}, {path: "/q?x=1"}, {path: "/z"}} {
			p.since = l.Epoch()
			probes = append(probes, p)
		}
		addTags(t, l, item)
	}
	first, err := l.Add(Batch{Distribution: "d", CallerReference: "r", Paths: []string{"/r"}}, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range probes {
		alive = append(alive, !p.dead(l))
	}
	for restart := range 3 {
		before := l.Epoch()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = openAt(t, path, now.Add(-time.Hour)) // a clock that was set back
		if l.Epoch() <= before {
			t.Errorf("restart %d: got epoch %d after %d, want a greater one", restart, l.Epoch(), before)
		}
		for i, p := range probes {
			if p.dead(l) == alive[i] {
				t.Errorf("restart %d: %+v: got dead %v, want %v", restart, p, p.dead(l), !alive[i])
			}
		}
		if got, err := l.Add(Batch{Distribution: "d", CallerReference: "r", Paths: []string{"/r"}}, now); err != nil || got.ID != first.ID {
			t.Errorf("CF-INV-16 after restart %d: got %s, %v, want %s", restart, got.ID, err, first.ID)
		}
		got, found := l.Invalidation(first.ID)
		if list := l.Invalidations("d"); len(list) != 6 || !found || !got.Created.Equal(now) || got.Status != StatusCompleted {
			t.Errorf("restart %d: got %d records and %+v, want 6 and the same one", restart, len(list), got)
		}
	}
}

// TestRestartKeepsEscapes: an invalidation is compared after a restart as it
// was before, from the record of the batch and from that of the state.
func TestRestartKeepsEscapes(t *testing.T) {
	path := journalPath(t)
	l := openAt(t, path, now)
	since := l.Epoch()
	if _, err := l.Add(Batch{Distribution: "d", Paths: []string{"/%61", "/%62*"}, Escapes: EscapesKept}, now); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for in, want := range map[string]bool{"/%61": true, "/a": false, "/%62x": true, "/bx": false} {
			if got := l.Invalidated("d", in, nil, since); got != want {
				t.Errorf("%q: got %v, want %v", in, got, want)
			}
		}
		l.Close()
		l = openAt(t, path, now)
	}
}

// TestRestartLikeMemory: a Log that is reopened now and then answers like one
// that lives on, for random batches that exceed all bounds.
func TestRestartLikeMemory(t *testing.T) {
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 7))
		path := journalPath(t)
		kept, lasting := openAt(t, path, time.UnixMicro(0)), New()
		lasting.epoch.Store(kept.Epoch())
		lasting.floor = kept.floor
		for range 40 {
			items := make([]string, 1+r.IntN(700))
			for i := range items {
				items[i] = fmt.Sprintf("%s%d", []string{"/", "#"}[r.IntN(2)], r.IntN(20_000))
			}
			if r.IntN(3) == 0 {
				items = []string{fmt.Sprintf("/%d*", r.IntN(200))}
			}
			addTags(t, lasting, items...)
			addTags(t, kept, items...)
			if r.IntN(4) == 0 {
				kept.Close()
				epoch := lasting.Epoch()
				kept = openAt(t, path, time.UnixMicro(0))
				kept.epoch.Store(epoch)
			}
			for range 50 {
				p := probe{fmt.Sprintf("/%d", r.IntN(20_000)), fmt.Sprint(r.IntN(20_000)), r.Uint64N(lasting.Epoch() + 1)}
				if got, want := p.dead(kept), p.dead(lasting); got != want {
					t.Fatalf("seed %d: %+v of %d: got %v, want %v", seed, p, lasting.Epoch(), got, want)
				}
			}
		}
	}
}

// writeJournal returns the text of a journal with some batches, and probes
// that they make dead with the length of the text that does so.
func writeJournal(t testing.TB) (text []byte, probes map[probe]int) {
	path := journalPath(t)
	l := openAt(t, path, now)
	probes = map[probe]int{{path: "/state", since: l.Epoch()}: 1, {tags: "state", since: l.Epoch()}: 1}
	addTags(t, l, "/state", "#state")
	l.Close()
	l = openAt(t, path, now)
	for i := range 5 {
		p := probe{path: fmt.Sprint("/", i), since: l.Epoch()}
		tagged := probe{tags: fmt.Sprint("tag", i), since: l.Epoch()}
		addTags(t, l, p.path, "#"+tagged.tags)
		var err error
		if text, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
		probes[p], probes[tagged] = len(text), len(text)
	}
	return text, probes
}

// TestTornJournal cuts the journal everywhere: what a complete record says
// holds, and nothing else is lost.
func TestTornJournal(t *testing.T) {
	text, probes := writeJournal(t)
	for cut := range len(text) + 1 {
		l := recall(text[:cut], now.Add(time.Minute))
		for p, length := range probes {
			if cut >= length && !p.dead(l) {
				t.Fatalf("cut at %d: %+v came back", cut, p)
			}
		}
		late := probe{path: "/4", since: l.Epoch()}
		if addTags(t, l, "/other"); late.dead(l) {
			t.Fatalf("cut at %d: what was fetched afterwards is dead", cut)
		}
	}
	first, _ := parseRecord(text[:bytes.IndexByte(text, '\n')])
	if l := recall(text[:len(text)-3], now); l.floor != first.Floor {
		t.Errorf("torn tail: got floor %d, want that of before, %d", l.floor, first.Floor)
	}
}

// TestDamagedJournal changes every byte: nothing that was dead comes back.
func TestDamagedJournal(t *testing.T) {
	text, probes := writeJournal(t)
	for at := range text {
		damaged := bytes.Clone(text)
		damaged[at] ^= 0x15
		l := recall(damaged, now)
		for p := range probes {
			// The end of the last line makes that one torn, which is allowed.
			if at < len(text)-1 && !p.dead(l) {
				t.Fatalf("byte %d changed: %+v came back", at, p)
			}
		}
	}
}

// TestMissingJournal is also that of an empty file, which a machine without
// power may leave.
func TestMissingJournal(t *testing.T) {
	path := journalPath(t)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	testMissing(t, openAt(t, path, now))
	testMissing(t, openAt(t, journalPath(t), now))
}

func testMissing(t *testing.T, l *Log) {
	for since, want := range map[uint64]bool{0: true, l.Epoch() - 1: true, l.Epoch(): false, l.Epoch() + 1: true} {
		if got := l.Invalidated("d", "/a", nil, since); got != want {
			t.Errorf("a response of epoch %d at %d: got dead %v, want %v", since, l.Epoch(), got, want)
		}
	}
}

// TestJournalIsBounded: old batches leave the file.
func TestJournalIsBounded(t *testing.T) {
	path := journalPath(t)
	l := openAt(t, path, now)
	items := make([]string, MaxPaths)
	for round := range 60 {
		for i := range items {
			items[i] = fmt.Sprintf("/%d/%d", round, i)
		}
		mustAdd(t, l, items...)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 16<<20 || info.Size() != l.journal.size {
			t.Fatalf("round %d: got %d bytes, counted %d, want at most 16 MiB", round, info.Size(), l.journal.size)
		}
	}
	last := probe{path: "/59/7", since: l.Epoch() - 1}
	l.Close()
	if l = openAt(t, path, now); !last.dead(l) || (probe{path: "/60/7", since: last.since}).dead(l) {
		t.Error("after many batches: want the last one in effect and nothing else")
	}
}

// TestJournalFails: a journal that cannot be written is gone, so that nobody
// believes it, and comes back with the next batch.
func TestJournalFails(t *testing.T) {
	path := journalPath(t)
	var failures []error
	l, err := Open(path, Options{Now: now, OnError: func(err error) { failures = append(failures, err) }})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	old := probe{path: "/a", since: l.Epoch()}
	l.journal.file.Close() // the next write fails
	mustAdd(t, l, "/a")
	if _, err := os.Stat(path); !os.IsNotExist(err) || len(failures) != 1 {
		t.Errorf("after a failed write: got %v and failures %v, want no file and one failure", err, failures)
	}
	if !old.dead(l) {
		t.Error("after a failed write: got alive, want the invalidation in effect")
	}
	mustAdd(t, l, "/b")
	if len(failures) != 1 {
		t.Errorf("got failures %v, want no other one", failures)
	}
	l.Close()
	if l := openAt(t, path, now); !old.dead(l) || l.floor >= l.Epoch() {
		t.Error("after the journal was made anew: want both invalidations kept")
	}
	if _, err := Open(filepath.Join(path, "x"), Options{Now: now}); err == nil || !strings.Contains(err.Error(), "invalidation journal") {
		t.Errorf("Open below a file: got %v, want an error", err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.tmp"))
	if err != nil || len(left) > 0 {
		t.Errorf("got temporary files %v, %v, want none", left, err)
	}
}

func TestSyncNames(t *testing.T) {
	for s, want := range []string{"each", "none", "unknown"} {
		if got := Sync(s).String(); got != want {
			t.Errorf("Sync %d: got %q, want %q", s, got, want)
		}
	}
}

// FuzzReplay: whatever follows a journal, what the journal says holds.
func FuzzReplay(f *testing.F) {
	text, probes := writeJournal(f)
	f.Add([]byte("\n"))
	f.Add(text)
	f.Add(appendRecord(nil, record{Kind: recordState, Distribution: "d", State: &memoryState{}}))
	f.Add(appendRecord(nil, record{Kind: recordBatch, Epoch: 1, Distribution: "d", Paths: []string{"/x"}}))
	f.Fuzz(func(t *testing.T, more []byte) {
		l := New()
		intact := l.replay(append(bytes.Clone(text), more...))
		if r, ok := parseRecord(bytes.TrimSuffix(more, []byte("\n"))); ok && r.Kind == recordState {
			return // a state replaces what was before
		}
		for p := range probes {
			if intact && !bytes.Contains(more, []byte(recordState)) && !p.dead(l) {
				t.Errorf("followed by %q: %+v came back", more, p)
			}
		}
	})
}

func ExampleOpen() {
	folder, err := os.MkdirTemp("", "journal")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "invalidations")

	log, err := Open(path, Options{Now: time.Now()})
	if err != nil {
		fmt.Println(err)
		return
	}
	since := log.Epoch() // kept on disk with the response
	_, err = log.Add(Batch{Distribution: "E1", Paths: []string{"/a"}}, time.Now())
	fmt.Println(err, log.Close())

	log, err = Open(path, Options{Now: time.Now()})
	fmt.Println(err, log.Invalidated("E1", "/a", nil, since), log.Invalidated("E1", "/b", nil, since))
	fmt.Println(log.Close())
	// Output:
	// <nil> <nil>
	// <nil> true false
	// <nil>
}

func BenchmarkAddJournal(b *testing.B) {
	for _, s := range []Sync{SyncEach, SyncNone} {
		b.Run(s.String(), func(b *testing.B) {
			l, err := Open(journalPath(b), Options{Now: now, Sync: s})
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				mustAdd(b, l, fmt.Sprint("/", i%5000))
			}
		})
	}
}
