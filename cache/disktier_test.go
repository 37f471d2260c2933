package cache

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/groundfront/groundfront/cache/disk"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey/field"
)

// A node is what stays of a process: its disk.
type node struct {
	t      *testing.T
	folder string
	starts int
	log    *invalidation.Log
	cache  *Cache
}

// start starts the process again, after the end of the one before.
func (n *node) start(o Options) *Cache {
	n.t.Helper()
	n.stop()
	n.starts++
	var err error
	n.log, err = invalidation.Open(filepath.Join(n.folder, "invalidations"), invalidation.Options{
		Sync: invalidation.SyncNone, Now: start.Add(time.Duration(n.starts) * time.Second),
	})
	if err != nil {
		n.t.Fatal(err)
	}
	o.Invalidations, o.Now = n.log, func() time.Time { return start }
	if o.Disk.Path = filepath.Join(n.folder, "disk"); o.Disk.MaxSize == 0 {
		o.Disk.MaxSize = 64 << 20
	}
	n.cache = newCache(n.t, o)
	n.cache.disk.store.Flush()
	return n.cache
}

func (n *node) stop() {
	n.t.Helper()
	if n.cache == nil {
		return
	}
	n.cache.Close()
	n.cache = nil
	if err := n.log.Close(); err != nil {
		n.t.Error(err)
	}
}

func newNode(t *testing.T) *node {
	n := &node{t: t, folder: t.TempDir()}
	t.Cleanup(n.stop)
	return n
}

// received is a response that is fresh for 10 s from start.
func received(c *Cache, path, content string) *Entry {
	m := Meta{Times: times(0, 0, freshness.StaleOnErrorDefault), Length: int64(len(content))}
	return fetched(c, path, m, content)
}

// TestRestart: row I6, a restart keeps hits, with the right age.
func TestRestart(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{})
	tm := times(30, 60, freshness.StaleOnErrorWindow)
	before := fetched(c, "/a", Meta{Times: tm, Status: 203, Length: 7}, "content")
	store(t, c, before, StoreKept)
	store(t, c, fetched(c, "/head", Meta{Times: tm, HeadOnly: true, Length: 99}, ""), StoreKept)
	store(t, c, fetched(c, "/strict", Meta{Times: tm, Strict: true}, ""), StoreKept)
	store(t, c, fetched(c, "/failed", Meta{Times: tm, Failure: 1}, ""), StoreKept)
	c = n.start(Options{})
	got := lookup(c, "/a", "GET", 9*time.Second)
	if got.Outcome != OutcomeFresh || got.Entry.Times.AgeSeconds(start.Add(9*time.Second)) != 9 {
		t.Fatalf("after the restart: got %+v, want fresh, 9 s old", got)
	}
	want := before.Meta
	want.Order = 0
	if diff := cmp.Diff(want, got.Entry.Meta); diff != "" {
		t.Errorf("Meta (-want +got):\n%s", diff)
	}
	if string(got.Entry.Content()) != "content" || got.Entry.Fields(nil).Get("content-type") != "text/plain" {
		t.Errorf("got content %q, fields %v", got.Entry.Content(), got.Entry.Fields(nil))
	}
	if again := lookup(c, "/a", "GET", 9*time.Second); again.Entry != got.Entry {
		t.Error("the second lookup does not find the Entry in memory")
	}
	for path, want := range map[string]Outcome{"/head": OutcomeMiss, "/failed": OutcomeMiss, "/strict": OutcomeFresh} {
		if got := lookup(c, path, "HEAD", 0); got.Outcome != want {
			t.Errorf("HEAD %s: got %v, want %v", path, got.Outcome, want)
		}
	}
	for at, want := range map[time.Duration]Outcome{20: OutcomeStaleWhileRevalidate, 60: OutcomeStale} {
		if got := lookup(c, "/a", "GET", at*time.Second); got.Outcome != want {
			t.Errorf("at %d s: got %v, want %v", at, got.Outcome, want)
		}
	}
}

// TestInvalidationSurvivesRestart: row H8, what was invalidated is dead
// after a restart too, whether it was looked up in between or not (CF-INV-23).
func TestInvalidationSurvivesRestart(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{})
	for _, path := range []string{"/a", "/b/1", "/b/2", "/c"} {
		store(t, c, received(c, path, path), StoreKept)
	}
	late := received(c, "/late", "old")
	invalidate(t, c, "/a")
	invalidate(t, c, "/b/*")
	invalidate(t, c, "/late")
	store(t, c, late, StoreInvalidated)
	store(t, c, received(c, "/b/2", "new"), StoreKept)
	c = n.start(Options{})
	for path, want := range map[string]Outcome{
		"/a": OutcomeMiss, "/b/1": OutcomeMiss, "/b/2": OutcomeFresh, "/c": OutcomeFresh, "/late": OutcomeMiss,
	} {
		if got := lookup(c, path, "GET", 0); got.Outcome != want {
			t.Errorf("%s: got %v, want %v", path, got.Outcome, want)
		}
	}
	c.disk.store.Flush()
	if got, _ := c.DiskStats(); got.Records != 2 {
		t.Errorf("got %d records, want 2: what was found invalidated goes", got.Records)
	}
	// One that comes when nothing of it is in memory.
	c = n.start(Options{})
	invalidate(t, c, "/c")
	c = n.start(Options{})
	if got := lookup(c, "/c", "GET", 0); got.Outcome != OutcomeMiss || got.Cause != MissPurged {
		t.Errorf("/c: got %v, %v, want a miss because purged", got.Outcome, got.Cause)
	}
	// Without its journal nobody knows what was invalidated.
	n.stop()
	if err := os.Remove(filepath.Join(n.folder, "invalidations")); err != nil {
		t.Fatal(err)
	}
	c = n.start(Options{})
	if got := lookup(c, "/b/2", "GET", 0); got.Outcome != OutcomeMiss {
		t.Errorf("without the journal: got %v, want %v", got.Outcome, OutcomeMiss)
	}
}

// TestForeignEpoch: an epoch that the log has not reached is of a log that
// was lost, so nobody knows what has been invalidated since.
func TestForeignEpoch(t *testing.T) {
	folder := t.TempDir()
	for range 2 {
		c := newCache(t, Options{Disk: DiskOptions{Path: folder, MaxSize: 1 << 20}}) // a log without journal
		c.disk.store.Flush()
		if got := lookup(c, "/a", "GET", 0); got.Outcome != OutcomeMiss {
			t.Errorf("got %v, want %v", got.Outcome, OutcomeMiss)
		}
		invalidate(t, c, "/other")
		store(t, c, received(c, "/a", "a"), StoreKept)
		c.Close()
	}
}

// TestLargerThanMemory: what memory had to give up comes back from the disk.
func TestLargerThanMemory(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{MaxSize: 1 << 20, MaxObjectSize: 64 << 10})
	content := func(i int) string { return strings.Repeat(fmt.Sprintf("%08d", i), 5000) } // 40 kB
	const entries = 100
	for i := range entries {
		store(t, c, received(c, fmt.Sprintf("/%d", i), content(i)), StoreKept)
		c.memory.Flush()
		c.disk.store.Flush()
	}
	for i := range entries {
		got := lookup(c, fmt.Sprintf("/%d", i), "GET", 0)
		if got.Outcome != OutcomeFresh || string(got.Entry.Content()) != content(i) {
			t.Fatalf("/%d: got %v, want it fresh with its content", i, got.Outcome)
		}
	}
	c.memory.Flush()
	if s := c.Stats(); s.Bytes > s.MaxBytes || c.InFlight() != 0 {
		t.Errorf("got %d bytes in memory, %d in flight, want at most %d and 0", s.Bytes, c.InFlight(), s.MaxBytes)
	}
	if s, _ := c.DiskStats(); s.Hits < entries/2 {
		t.Errorf("got %d hits on disk, want most of %d", s.Hits, entries)
	}
	// No memory to read: a miss, as when there is no room to store.
	c.inFlight.used.Store(c.inFlight.max)
	misses := 0
	for i := range entries {
		if lookup(c, fmt.Sprintf("/%d", i), "GET", 0).Outcome == OutcomeMiss {
			misses++
		}
	}
	c.inFlight.used.Store(0)
	if misses == 0 {
		t.Error("got hits from disk without memory to read them")
	}
}

// TestMinObjectSize: small content stays off the disk, and takes the place of
// larger content there.
func TestMinObjectSize(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{Disk: DiskOptions{MinObjectSize: 100}})
	large := strings.Repeat("x", 100)
	store(t, c, received(c, "/large", large), StoreKept)
	store(t, c, received(c, "/small", large[1:]), StoreKept)
	store(t, c, received(c, "/shrunk", large), StoreKept)
	store(t, c, received(c, "/shrunk", "x"), StoreKept)
	c = n.start(Options{MaxObjectSize: 1 << 10})
	for path, want := range map[string]Outcome{"/large": OutcomeFresh, "/small": OutcomeMiss, "/shrunk": OutcomeMiss} {
		if got := lookup(c, path, "GET", 0); got.Outcome != want {
			t.Errorf("%s: got %v, want %v", path, got.Outcome, want)
		}
	}
}

// read returns the content of an Entry, wherever it is.
func read(t *testing.T, c *Cache, e *Entry) string {
	t.Helper()
	if e.Stored() == nil {
		return string(e.Content())
	}
	r := c.Open(e)
	if r == nil {
		t.Fatal("Open: got nothing")
	}
	defer r.Close()
	var content []byte
	buffer := make([]byte, disk.BlockSize)
	for {
		b, err := r.Block(buffer, int64(len(content)))
		if errors.Is(err, io.EOF) {
			return string(content)
		}
		if err != nil {
			t.Fatalf("Block: %v", err)
		}
		content = append(content, b...)
	}
}

// TestLargeStaysOnDisk: of what is large the head comes back to memory, even
// if the content is larger than that or than what is stored now.
func TestLargeStaysOnDisk(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{})
	large, small := strings.Repeat("large", 500_000), strings.Repeat("x", streamSize/2)
	store(t, c, received(c, "/large", large), StoreKept)
	store(t, c, received(c, "/small", small), StoreKept)
	c = n.start(Options{MaxSize: 1 << 20, MaxObjectSize: 1 << 10})
	for range 2 {
		first := lookup(c, "/large", "GET", 0)
		if first.Outcome != OutcomeFresh || first.Entry.Content() != nil || first.Entry.Size() != int64(len(large)) {
			t.Fatalf("got %v, %+v, want it fresh without its content", first.Outcome, first.Entry)
		}
		if read(t, c, first.Entry) != large {
			t.Error("the content is not what was stored")
		}
		if again := lookup(c, "/large", "GET", 0); again.Entry != first.Entry {
			t.Error("the second lookup does not find the Entry in memory")
		}
		c.memory.Flush()
		if s := c.Stats(); s.Bytes > 4096 || c.InFlight() != 0 {
			t.Errorf("got %d bytes in memory, %d in flight, want a head", s.Bytes, c.InFlight())
		}
		c.Unload()
	}
	if got := lookup(c, "/small", "GET", 0); got.Entry == nil || string(got.Entry.Content()) != small {
		t.Error("content that is not large is not in memory")
	}
}

// TestLost: an Entry whose content is gone is a miss, also where it is in
// memory yet, and anything may take its place.
func TestLost(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{})
	large := strings.Repeat("large", 100_000)
	older := received(c, "/a", "older")
	e := received(c, "/a", large)
	store(t, c, e, StoreKept)
	c.Unload()
	head := lookup(c, "/a", "GET", 0).Entry
	m := head.Meta
	m.Order = c.Ticket().Order
	fresh := head.Freshened(m, "", nil, nil)
	c.disk.store.Forget(e.Hash, e.Order)
	c.disk.store.Flush()
	if !c.Usable(head) || !c.Usable(fresh) {
		t.Error("an Entry is not usable before anybody has found out")
	}
	if r := c.Open(head); r != nil {
		t.Error("Open: got the content of a record that is gone")
	}
	if c.Usable(head) || c.Usable(fresh) {
		t.Error("an Entry is usable although its content is lost")
	}
	if got := lookup(c, "/a", "GET", 0); got.Outcome != OutcomeMiss {
		t.Errorf("got %v, want %v", got.Outcome, OutcomeMiss)
	}
	store(t, c, older, StoreKept)
	if got := lookup(c, "/a", "GET", 0); got.Entry != older {
		t.Errorf("got %+v, want what was stored after that", got)
	}
}

// TestLargeFreshened: what a 304 made of a large Entry is there after a
// restart, with the same content.
func TestLargeFreshened(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{})
	large := strings.Repeat("large", 100_000)
	store(t, c, received(c, "/a", large), StoreKept)
	for i := range 3 {
		c.Unload()
		e := lookup(c, "/a", "GET", 0).Entry
		m := e.Meta
		m.Order = c.Ticket().Order
		fresh := e.Freshened(m, "", field.Lines{{Name: "X-New", Value: strings.Repeat("x", i)}}, nil)
		store(t, c, fresh, StoreKept)
		if read(t, c, fresh) != large {
			t.Error("the content of the freshened Entry is another")
		}
	}
	c = n.start(Options{})
	got := lookup(c, "/a", "GET", 0)
	if got.Outcome != OutcomeFresh || got.Entry.Fields(nil).Get("X-New") != "xx" || read(t, c, got.Entry) != large {
		t.Errorf("got %v, %+v, want the last", got.Outcome, got.Entry)
	}
	if s, _ := c.DiskStats(); s.Damaged != 0 || s.Records != 1 {
		t.Errorf("got %+v, want one record, none damaged", s)
	}
}

// TestDamagedFile: row I8, whatever bit of a file is wrong is a miss.
func TestDamagedFile(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{})
	for i := range 20 {
		store(t, c, received(c, fmt.Sprintf("/%d", i), "content"), StoreKept)
	}
	n.stop()
	damaged := 0
	err := filepath.WalkDir(filepath.Join(n.folder, "disk"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == changesName {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b[damaged*len(b)/20] ^= 0x10
		damaged++
		return os.WriteFile(path, b, 0o600)
	})
	if err != nil || damaged != 20 {
		t.Fatalf("damaged %d files, %v, want 20", damaged, err)
	}
	c = n.start(Options{})
	for i := range 20 {
		if got := lookup(c, fmt.Sprintf("/%d", i), "GET", 0); got.Outcome != OutcomeMiss {
			t.Errorf("/%d: got %v, want %v", i, got.Outcome, OutcomeMiss)
		}
	}
	if got, _ := c.DiskStats(); got.Damaged != 20 {
		t.Errorf("got %d damaged, want 20", got.Damaged)
	}
}

// TestOlderThanDisk: a slow fetch does not replace what the disk has.
func TestOlderThanDisk(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{})
	older, newer := received(c, "/a", "older"), received(c, "/a", "newer")
	store(t, c, newer, StoreKept)
	c.memory.Flush()
	c.disk.store.Flush()
	c.memory.Delete(newer.Hash, newer)
	store(t, c, older, StoreOutdated)
	if got := lookup(c, "/a", "GET", 0); got.Entry == nil || string(got.Entry.Content()) != "newer" || got.Entry.Order != newer.Order {
		t.Errorf("got %+v, want the newer one", got)
	}
}

// TestServesItsProcess: what means nothing to another process comes back from
// the disk in this one, and the next finds it gone.
func TestServesItsProcess(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{})
	tm := times(0, 0, freshness.StaleOnErrorDefault)
	for path, m := range map[string]Meta{"/head": {HeadOnly: true, Length: 99}, "/failed": {Failure: 1}} {
		m.Times = tm
		store(t, c, fetched(c, path, m, ""), StoreKept)
	}
	if left := c.Unload(); left != 0 || c.Stats().Values != 0 {
		t.Fatalf("Unload: got %d left, %d in memory, want none", left, c.Stats().Values)
	}
	for _, want := range []Outcome{OutcomeFresh, OutcomeMiss} {
		for _, path := range []string{"/head", "/failed"} {
			if got := lookup(c, path, "HEAD", 0); got.Outcome != want {
				t.Errorf("HEAD %s, start %d: got %v, want %v", path, n.starts, got.Outcome, want)
			}
		}
		c = n.start(Options{})
	}
	if got, _ := c.DiskStats(); got.Records != 0 {
		t.Errorf("got %d records after another process, want none", got.Records)
	}
}

// TestHeadOlderThanDisk: a HEAD's answer is not used past a newer one to a GET
// that only the disk has (CF-KEY-04).
func TestHeadOlderThanDisk(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{})
	head := fetched(c, "/a", Meta{Times: times(0, 0, freshness.StaleOnErrorDefault), HeadOnly: true, Length: 99}, "")
	get := fetched(c, "/a", Meta{Times: freshness.Times{Lifetime: time.Second}, Length: 7}, "content")
	store(t, c, head, StoreKept)
	c.Unload()
	store(t, c, get, StoreKept)
	c.Unload()
	if !c.superseded(head) {
		t.Error("the answer to HEAD is not older than that to GET on disk")
	}
	if got := lookup(c, "/a", "HEAD", 5*time.Second); got.Entry == nil || got.Entry.HeadOnly {
		t.Errorf("HEAD: got %+v, want the newer answer to GET, stale", got)
	}
}

// TestRestOnDisk: an origin that failed has its rest also while the response
// that is served stale is on disk only, and one that replaces it has none
// (CF-STALE-01).
func TestRestOnDisk(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{})
	e := received(c, "/a", "content")
	store(t, c, e, StoreKept)
	c.DelayRetry(e, start.Add(40*time.Second))
	for at, want := range map[time.Duration]Outcome{39 * time.Second: OutcomeStaleRetryLater, 40 * time.Second: OutcomeStale} {
		c.Unload()
		if got := lookup(c, "/a", "GET", at); got.Outcome != want || got.Entry == e {
			t.Errorf("at %v: got %v, want %v, from the disk", at, got.Outcome, want)
		}
	}
	store(t, c, received(c, "/a", "newer"), StoreKept)
	c.Unload()
	if got := lookup(c, "/a", "GET", 39*time.Second); got.Outcome != OutcomeStale {
		t.Errorf("the one after it: got %v, want %v", got.Outcome, OutcomeStale)
	}
}

// TestWithdrawReloaded: what is withdrawn does not come back from the disk, nor
// is it there if it had come back before.
func TestWithdrawReloaded(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{})
	e := received(c, "/a", "content")
	store(t, c, e, StoreKept)
	c.Unload()
	again := lookup(c, "/a", "GET", 0).Entry
	if again == nil || again == e {
		t.Fatalf("got %p, want another than %p, from the disk", again, e)
	}
	c.Withdraw(e)
	if got := lookup(c, "/a", "GET", 0); got.Outcome != OutcomeMiss || c.Usable(again) {
		t.Errorf("got %v, usable %v, want %v", got.Outcome, c.Usable(again), OutcomeMiss)
	}
}

// TestFreshenedOnDisk: the Entry of a 304 goes to the disk with the content
// of the one before.
func TestFreshenedOnDisk(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{})
	tm := times(0, 0, freshness.StaleOnErrorDefault)
	e := fetched(c, "/a", Meta{Times: tm, Length: 7}, "content")
	store(t, c, e, StoreKept)
	m := e.Meta
	m.Order = c.Ticket().Order
	m.Times.Validated = freshness.MomentOf(start.Add(time.Minute))
	tags := invalidation.AppendTags(nil, "red,green")
	store(t, c, e.Freshened(m, "", field.Lines{{Name: "X-New", Value: "1"}}, tags), StoreKept)
	c = n.start(Options{})
	got := lookup(c, "/a", "GET", time.Minute)
	if got.Outcome != OutcomeFresh || string(got.Entry.Content()) != "content" ||
		got.Entry.Fields(nil).Get("X-New") != "1" || !bytes.Equal(got.Entry.Tags(), tags) {
		t.Errorf("got %v, %+v", got.Outcome, got.Entry)
	}
}

// TestPersistedMeta: every field of Meta survives, whatever Meta comes to hold.
func TestPersistedMeta(t *testing.T) {
	var m Meta
	fill(reflect.ValueOf(&m).Elem(), new(int64))
	m.Length, m.TagCount, m.Order = int64(len("content")), 0, 0
	e := build(m, "key", `"tag"`, field.Lines{{Name: "A", Value: ""}, {Name: "B", Value: "c: d"}}, "content")
	got, err := entryOf(recordOf(t, e), testEra)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e.Meta, got.Meta); diff != "" {
		t.Errorf("Meta (-want +got):\n%s", diff)
	}
	if got.block != e.block || got.keyEnd != e.keyEnd || got.tagEnd != e.tagEnd || got.fields != e.fields {
		t.Errorf("got block %q, want %q", got.block, e.block)
	}
}

// fill sets every exported field to a value of its own that is not zero.
func fill(v reflect.Value, n *int64) {
	*n++
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(start.Add(time.Duration(*n))))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.Kind() == reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case v.CanUint():
		v.SetUint(uint64(*n))
	case v.CanInt():
		v.SetInt(*n)
	default:
		panic("a kind of field that this test does not know: " + v.Type().String())
	}
}

// testEra is an era of changes.
const testEra = 7

// recordOf returns the record of e.
func recordOf(t testing.TB, e *Entry) disk.Record {
	t.Helper()
	head, err := e.appendHead(nil, testEra)
	if err != nil {
		t.Fatal(err)
	}
	return recordWith(head, e.Content())
}

func recordWith(head, content []byte) disk.Record {
	joined := append(bytes.Clone(head), content...)
	return disk.Record{Head: joined[:len(head):len(head)], Content: joined[len(head):], Joined: joined}
}

// TestDiskConcurrently: one key is asked for by many at once after a restart,
// while it is stored and invalidated.
func TestDiskConcurrently(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{})
	for i := range 8 {
		store(t, c, received(c, fmt.Sprint("/", i), strings.Repeat("x", 10_000)), StoreKept)
	}
	c = n.start(Options{})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 100 {
				path := fmt.Sprint("/", (g+i)%8)
				switch {
				case g == 0 && i%10 == 0:
					invalidate(t, c, path)
				case g == 1:
					c.Store(received(c, path, strings.Repeat("y", 9_000)))
				}
				if got := lookup(c, path, "GET", 0); got.Entry != nil && len(got.Entry.Content()) < 9_000 {
					t.Errorf("%s: got %d bytes", path, len(got.Entry.Content()))
				}
			}
		})
	}
	wg.Wait()
	if got := c.InFlight(); got != 0 {
		t.Errorf("got %d bytes in flight, want 0", got)
	}
}

func TestDiskRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := New(Options{MaxSize: 1 << 20, Invalidations: invalidation.New(), Disk: DiskOptions{Path: path, MaxSize: 1 << 20}})
	if err == nil {
		c.Close()
		t.Error("a file as the folder: got no error")
	}
}

// FuzzEntryOf: what is taken for an Entry can be used, and is written as the
// same record again.
func FuzzEntryOf(f *testing.F) {
	e := build(Meta{Length: 7}, "key", "", field.Lines{{Name: "A", Value: "b"}}, "content")
	head, err := e.appendHead(nil, testEra)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(head, []byte("content"))
	f.Add(head[:len(head)-1], []byte("content"))
	f.Add([]byte{persistVersion, 2, '{', '}', 'A', ':', ' ', '\r', '\n'}, []byte{})
	f.Fuzz(func(t *testing.T, head, content []byte) {
		e, err := entryOf(recordWith(head, content), testEra)
		if err != nil {
			return
		}
		e.Fields(nil)
		e.Validators()
		again, err := e.appendHead(nil, testEra)
		if err != nil {
			t.Fatalf("appendHead: %v", err)
		}
		e2, err := entryOf(recordWith(again, content), testEra)
		if err != nil {
			t.Fatalf("what was written again: %v", err)
		}
		if e2.block != e.block || !cmp.Equal(e2.Meta, e.Meta) {
			t.Errorf("got %+v %q, want %+v %q", e2.Meta, e2.block, e.Meta, e.block)
		}
	})
}
