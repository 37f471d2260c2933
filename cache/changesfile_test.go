package cache

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func boot(b byte) []byte { return bytes.Repeat([]byte{b}, bootSize) }

// What a file tells after an end of every kind, and whether the era goes on.
func TestChangesFile(t *testing.T) {
	for _, c := range []struct {
		name   string
		boots  [2][]byte
		end    bool
		damage func(text []byte) []byte
		goesOn bool
	}{
		{"the process ended", [2][]byte{boot(1), boot(1)}, false, nil, true},
		{"the machine went down", [2][]byte{boot(1), boot(2)}, false, nil, false},
		{"a good end", [2][]byte{boot(1), boot(1)}, true, nil, true},
		{"a good end, then the machine's", [2][]byte{boot(1), boot(2)}, true, nil, true},
		{"no boot is known", [2][]byte{nil, nil}, false, nil, false},
		{"no boot is known, a good end", [2][]byte{nil, nil}, true, nil, true},
		{"damaged head", [2][]byte{boot(1), boot(1)}, true, func(b []byte) []byte { b[20] ^= 1; return b }, false},
		{"cut off", [2][]byte{boot(1), boot(1)}, true, func(b []byte) []byte { return b[:len(b)-1] }, false},
		{"gone", [2][]byte{boot(1), boot(1)}, true, func(b []byte) []byte { return nil }, false},
		{"of another version", [2][]byte{boot(1), boot(1)}, true, func(b []byte) []byte { b[7]++; return b }, false},
	} {
		path := filepath.Join(t.TempDir(), "changes")
		first, second := new(changes), new(changes)
		start, err := first.openChanges(path, c.boots[0])
		if err != nil {
			t.Fatal(err)
		}
		first.add("d", []byte("/a"), start+5)
		first.add("d", []byte("/a"), start+3) // an older one says nothing
		if c.end {
			first.kept.file.end(start)
		}
		if c.damage != nil {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, c.damage(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		again, err := second.openChanges(path, c.boots[1])
		if err != nil {
			t.Fatal(err)
		}
		if got := second.era() == first.era(); got != c.goesOn || second.era() == 0 {
			t.Errorf("%s: got the era goes on %v, want %v", c.name, got, c.goesOn)
		}
		want := uint64(0)
		if c.goesOn {
			want = start + 5
			if again <= start+1<<orderBits-1 {
				t.Errorf("%s: got first orders %d and %d, want room between them", c.name, start, again)
			}
		}
		if got := second.latest("d", []byte("/a")); got != want {
			t.Errorf("%s: got order %d, want %d", c.name, got, want)
		}
		second.kept.file.end(again)
	}
}

// A damaged slot is changed at the start; the others are what they were.
func TestDamagedSlot(t *testing.T) {
	for _, offset := range []int{0, 7, 8, 11} {
		path := filepath.Join(t.TempDir(), "changes")
		first, second := new(changes), new(changes)
		start, err := first.openChanges(path, boot(1))
		if err != nil {
			t.Fatal(err)
		}
		first.add("d", []byte("/a"), start+1)
		first.add("d", []byte("/b"), start+2)
		first.kept.file.end(start)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		a := first.places("d", []byte("/a"))[0]
		text[headSize+a*slotSize+offset] ^= 4
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := second.openChanges(path, boot(1))
		if err != nil {
			t.Fatal(err)
		}
		if got := second.slots[a].Load(); got != again {
			t.Errorf("byte %d of a slot: got %d, want the start %d", offset, got, again)
		}
		if got := second.latest("d", []byte("/b")); got != start+2 {
			t.Errorf("byte %d of another slot: got %d, want %d", offset, got, start+2)
		}
		if got := second.latest("d", []byte("/a")); got < start+1 {
			t.Errorf("byte %d of a slot: got the latest change %d, want at least %d", offset, got, start+1)
		}
		second.kept.file.end(again)
	}
}

// A change that cannot be written ends the era, and is told once.
func TestChangesNotWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "changes")
	table := new(changes)
	start, err := table.openChanges(path, boot(1))
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	table.kept.failed = func(error) { failed++ }
	table.kept.file.file.Close()
	for range 3 {
		table.add("d", []byte("/a"), start+1)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) || failed != 1 {
		t.Errorf("got %d failures and the file %v, want 1 and none", failed, err)
	}
	if _, err := new(changes).openChanges(filepath.Join(path, "none"), nil); err == nil {
		t.Error("a folder that is not there: got no error")
	}
}

// FuzzParseHead: what is believed is what was written, byte for byte.
func FuzzParseHead(f *testing.F) {
	size := headSize + slotSize*len(changes{}.slots)
	f.Add((&changesFile{era: 3}).appendHead(nil, 4, boot(1)))
	f.Add((&changesFile{era: 3}).appendHead(nil, 4, nil))
	f.Add([]byte(changesMagic))
	f.Fuzz(func(t *testing.T, head []byte) {
		text := make([]byte, size)
		copy(text, head)
		var file changesFile
		start, believed := file.parseHead(text, boot(1))
		if !believed {
			return
		}
		if again := file.appendHead(nil, start, text[24:40]); !bytes.Equal(again, text[:headSize]) {
			t.Errorf("got start %d and era %d of %x", start, file.era, text[:headSize])
		}
	})
}

// TestChangesSurviveRestart: a Strict response comes back after a restart
// unless its target was changed, before or after that (RFC 9111 section 4.4).
func TestChangesSurviveRestart(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{})
	put := func(path string) {
		e := fetched(c, path, Meta{Times: times(30, 0, 0), Strict: true, Length: 1}, "x")
		store(t, c, e, StoreKept)
	}
	want := func(when string, fresh ...string) {
		t.Helper()
		for _, path := range []string{"/a", "/b", "/c"} {
			got := lookup(c, path, "GET", time.Second).Outcome
			if want := slices.Contains(fresh, path); want != (got == OutcomeFresh) || !want && got != OutcomeMiss {
				t.Errorf("%s: %s: got %v, want fresh %v", when, path, got, want)
			}
		}
	}
	change := func(path string) {
		e := fetched(c, path, Meta{}, "")
		c.Changed(e.distribution(), e.Key(), c.Ticket().Order)
	}
	put("/a")
	put("/b")
	change("/b")
	put("/c")
	want("before", "/a", "/c")
	c = n.start(Options{})
	want("after a restart", "/a", "/c")
	change("/a")
	want("after a change", "/c")
	put("/b")
	c = n.start(Options{})
	want("after another", "/b", "/c")
	put("/a")
	n.stop()
	if err := os.Remove(filepath.Join(n.folder, "disk", changesName)); err != nil {
		t.Fatal(err)
	}
	c = n.start(Options{})
	want("without the file")
}

// BenchmarkChanged is what an unsafe request pays for a change that outlives
// the process, and for one that does not.
func BenchmarkChanged(b *testing.B) {
	for _, kept := range []bool{false, true} {
		b.Run(map[bool]string{false: "memory", true: "disk"}[kept], func(b *testing.B) {
			table := new(changes)
			if kept {
				start, err := table.openChanges(filepath.Join(b.TempDir(), "changes"), boot(1))
				if err != nil {
					b.Fatal(err)
				}
				defer table.kept.file.end(start)
			}
			b.ReportAllocs()
			for i := uint64(1); b.Loop(); i++ {
				table.add("d111111abcdef8.cloudfront.net", []byte("/a/path"), i<<orderBits)
			}
		})
	}
}
