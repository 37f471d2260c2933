package invalidation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"
	"time"
)

// recordKind says what a record of a journal is.
type recordKind string

const (
	recordOpen  recordKind = "open"  // the first: epoch and floor of the Log, and how many records were written with it
	recordState recordKind = "state" // the memory of a distribution
	recordPast  recordKind = "past"  // a batch that the states contain, for the history
	recordBatch recordKind = "batch" // a batch
)

// A record is one line of a journal.
type record struct {
	Kind         recordKind   `json:"kind"`
	Epoch        uint64       `json:"epoch"`
	Floor        uint64       `json:"floor,omitempty"`
	Following    int          `json:"following,omitempty"`
	Distribution string       `json:"distribution,omitempty"`
	Created      time.Time    `json:"created,omitzero"`
	Reference    string       `json:"reference,omitempty"`
	Paths        []string     `json:"paths,omitempty"`
	Escapes      Escapes      `json:"escapes,omitempty"`
	State        *memoryState `json:"state,omitempty"`
}

// memoryState is a memory as it is written.
type memoryState struct {
	Floor     uint64          `json:"floor"`
	Paths     marksState      `json:"paths"`
	Kept      bool            `json:"kept,omitempty"`
	Tags      marksState      `json:"tags"`
	Wildcards []wildcardState `json:"wildcards"`
}

type marksState struct {
	Forgotten uint64      `json:"forgotten"`
	Marks     [][2]uint64 `json:"marks"` // hash and epoch, oldest first
}

type wildcardState struct {
	Path    string  `json:"path"`
	Epoch   uint64  `json:"epoch"`
	Escapes Escapes `json:"escapes,omitempty"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendRecord appends the line of r.
func appendRecord(dst []byte, r record) []byte {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // cannot happen: a record holds only text and numbers
	}
	dst = fmt.Appendf(dst, "%08x ", crc32.Checksum(text, castagnoli))
	dst = append(dst, text...)
	return append(dst, '\n')
}

// parseRecord reads a line without its end, and reports whether it is as it
// was written.
func parseRecord(line []byte) (r record, ok bool) {
	sum, text, found := bytes.Cut(line, []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if !found || err != nil || crc32.Checksum(text, castagnoli) != uint32(want) {
		return record{}, false
	}
	return r, json.Unmarshal(text, &r) == nil
}

func batchRecord(kind recordKind, i Invalidation) record {
	return record{
		Kind: kind, Epoch: i.Epoch, Distribution: i.Distribution,
		Created: i.Created, Reference: i.CallerReference, Paths: i.Paths, Escapes: i.Escapes,
	}
}

func (r record) batch() Batch {
	// The batch was accepted once, whatever the distribution says today.
	return Batch{Distribution: r.Distribution, CallerReference: r.Reference, Paths: r.Paths, AcceptsTags: true, Escapes: r.Escapes}
}

// replayRecord applies one record of a journal. Only Open's goroutine has l.
func (l *Log) replayRecord(r record) error {
	epoch := max(l.epoch.Load(), r.Epoch)
	defer func() { l.epoch.Store(epoch) }()
	switch r.Kind {
	case recordOpen:
		l.floor = r.Floor
		return nil
	case recordState:
		if r.State == nil {
			return fmt.Errorf("record %q without state", r.Kind)
		}
		return l.restore(r.Distribution, *r.State)
	case recordPast:
		l.history.add(r.batch(), r.Epoch, r.Created)
		return nil
	case recordBatch:
		items, err := r.batch().compile()
		if err != nil {
			return err
		}
		_, err = l.apply(r.batch(), items, r.Epoch, r.Created)
		return err
	}
	return fmt.Errorf("unknown record %q", r.Kind)
}

// restore makes l remember what a state says of a distribution.
func (l *Log) restore(distribution string, s memoryState) error {
	m, err := l.memoryLocked(distribution)
	if err != nil {
		return err
	}
	*m = memory{floor: s.Floor, paths: s.Paths.marks(), kept: s.Kept, tags: s.Tags.marks()}
	for _, w := range s.Wildcards {
		p, err := CompilePath(w.Path)
		if err != nil {
			return err
		}
		m.addWildcard(p.keeping(w.Escapes), w.Epoch)
	}
	return nil
}

// appendState appends a journal with what l knows. The caller holds adding.
func (l *Log) appendState(dst []byte) []byte {
	dst = appendRecord(dst, record{
		Kind: recordOpen, Epoch: l.epoch.Load(), Floor: l.floor,
		Following: len(l.distributions) + len(l.history.records),
	})
	for _, name := range slices.Sorted(maps.Keys(l.distributions)) {
		dst = appendRecord(dst, record{Kind: recordState, Distribution: name, State: l.distributions[name].state()})
	}
	for _, r := range l.history.records {
		dst = appendRecord(dst, batchRecord(recordPast, r))
	}
	return dst
}

func (m *memory) state() *memoryState {
	s := &memoryState{Floor: m.floor, Paths: m.paths.state(), Kept: m.kept, Tags: m.tags.state()}
	for _, w := range m.wildcards {
		s.Wildcards = append(s.Wildcards, wildcardState{w.path.String(), w.epoch, w.path.escapes})
	}
	return s
}

// state returns the marks that count, without repetitions.
func (m *marks) state() marksState {
	s := marksState{Forgotten: m.forgotten}
	for _, k := range m.order {
		if m.last[k.hash] == k.epoch {
			s.Marks = append(s.Marks, [2]uint64{k.hash, k.epoch})
		}
	}
	return s
}

func (s marksState) marks() marks {
	m := marks{forgotten: s.Forgotten}
	for _, k := range s.Marks {
		m.add(k[0], k[1])
	}
	return m
}
