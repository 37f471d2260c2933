package cache

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
)

// A changesFile keeps the table of changes on disk, beside the responses that
// they concern:
//
//	offset  size  field
//	0       8     magic, the last byte is the format's version
//	8       8     era, a random number that stored responses name
//	16      8     number of the start: its orders begin at start << orderBits
//	24      16    the machine's boot while the file is in use, zero after a good end
//	40      4     CRC-32C of what is before
//	44            slots: order, and CRC-32C of the slot's number and the order
//
// Integers are big-endian. A change is a few small writes, which survive the end
// of the process. They are not synced, which would cost each unsafe request some
// milliseconds; so what a machine that went down without a good end has left
// is not believed, nor is a file that is damaged or gone. A new era begins
// then, and no Strict response of the old one is used again. A slot that is
// damaged counts as changed at the start.
type changesFile struct {
	path string
	file *os.File // nil after an error
	era  uint64
}

const (
	changesMagic = "grndchg\x02"
	// orderBits leaves room for more fetches than a process can do.
	orderBits    = 40
	bootSize     = 16
	headSize     = 44
	slotSize     = 12
	changesCheck = headSize - 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// openChanges makes t what the file at path holds and has it kept there, and
// returns the first order of this start. boot identifies the machine's boot,
// nil if it is not known.
func (t *changes) openChanges(path string, boot []byte) (first uint64, err error) {
	text, _ := os.ReadFile(path) // without one, a new era
	f := &changesFile{path: path}
	number, believed := f.parseHead(text, boot)
	if number++; !believed {
		var random [8]byte
		_, _ = rand.Read(random[:]) // never fails
		f.era, number = binary.BigEndian.Uint64(random[:])|1, 1
	}
	first = number << orderBits
	if believed {
		t.parseSlots(text[headSize:], first)
	}
	if err := f.renew(t, number, boot); err != nil {
		return first, fmt.Errorf("changes by unsafe requests: %w", err)
	}
	t.kept.file = f
	return first, nil
}

// parseHead reads era and start, and reports whether the file is to be
// believed.
func (f *changesFile) parseHead(text, boot []byte) (start uint64, believed bool) {
	if len(text) != headSize+slotSize*len(changes{}.slots) || string(text[:8]) != changesMagic ||
		crc32.Checksum(text[:changesCheck], castagnoli) != binary.BigEndian.Uint32(text[changesCheck:]) {
		return 0, false
	}
	f.era, start = binary.BigEndian.Uint64(text[8:]), binary.BigEndian.Uint64(text[16:])
	used := text[24 : 24+bootSize]
	ended := bytes.Equal(used, make([]byte, bootSize))
	return start, f.era != 0 && start < 1<<(63-orderBits) && (ended || bytes.Equal(used, boot))
}

func (t *changes) parseSlots(text []byte, first uint64) {
	for i := range t.slots {
		order, ok := parseSlot(i, text[i*slotSize:])
		if !ok {
			order = first
		}
		t.slots[i].Store(order)
	}
}

func parseSlot(i int, text []byte) (order uint64, ok bool) {
	order = binary.BigEndian.Uint64(text)
	return order, bytes.Equal(appendSlot(nil, i, order), text[:slotSize])
}

func appendSlot(dst []byte, i int, order uint64) []byte {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(i))
	binary.BigEndian.PutUint64(b[8:], order)
	return binary.BigEndian.AppendUint32(append(dst, b[8:]...), crc32.Checksum(b[:], castagnoli))
}

// appendHead appends the head; boot is nil for a good end.
func (f *changesFile) appendHead(dst []byte, number uint64, boot []byte) []byte {
	at := len(dst)
	dst = append(dst, changesMagic...)
	dst = binary.BigEndian.AppendUint64(dst, f.era)
	dst = binary.BigEndian.AppendUint64(dst, number)
	dst = append(dst, make([]byte, bootSize)...)
	copy(dst[at+24:], boot)
	return binary.BigEndian.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
}

// renew puts a file with what t knows in the place of the old one.
func (f *changesFile) renew(t *changes, number uint64, boot []byte) (err error) {
	if len(boot) != bootSize {
		boot = bytes.Repeat([]byte{0xff}, bootSize) // that of no boot
	}
	text := f.appendHead(make([]byte, 0, headSize+slotSize*len(t.slots)), number, boot)
	for i := range t.slots {
		text = appendSlot(text, i, t.slots[i].Load())
	}
	temporary := f.path + ".tmp"
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if _, err = file.Write(text); err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = os.Rename(temporary, f.path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(f.path))
	}
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(temporary))
	}
	f.file = file
	return nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// write keeps the order of a slot. After an error the file is removed, so that
// the next start begins a new era.
func (f *changesFile) write(i int, order uint64) error {
	if f.file == nil {
		return nil
	}
	_, err := f.file.WriteAt(appendSlot(nil, i, order), headSize+int64(i)*slotSize)
	if err == nil {
		return nil
	}
	err = errors.Join(err, f.file.Close(), os.Remove(f.path))
	f.file = nil
	return fmt.Errorf("changes by unsafe requests: %w", err)
}

// end marks a good end. The slots are safe before the mark is.
func (f *changesFile) end(first uint64) {
	if f.file == nil {
		return
	}
	if f.file.Sync() == nil { // an error leaves the file without its mark
		if _, err := f.file.WriteAt(f.appendHead(nil, first>>orderBits, nil), 0); err == nil {
			_ = f.file.Sync()
		}
	}
	_ = f.file.Close()
	f.file = nil
}

// bootOf returns what identifies the machine's boot, nil where that is not
// known.
func bootOf() []byte {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return nil
	}
	var b []byte
	if _, err := fmt.Sscanf(strings.ReplaceAll(strings.TrimSpace(string(text)), "-", ""), "%x", &b); err != nil || len(b) != bootSize {
		return nil
	}
	return b
}
