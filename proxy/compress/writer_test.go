package compress

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

var codings = []Coding{CodingIdentity, CodingGzip, CodingBrotli}

// decode returns the content behind a coding.
func decode(c Coding, coded []byte) ([]byte, error) {
	switch c {
	case CodingGzip:
		r, err := gzip.NewReader(bytes.NewReader(coded))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	case CodingBrotli:
		return io.ReadAll(brotli.NewReader(bytes.NewReader(coded)))
	}
	return coded, nil
}

// encode writes the content in steps of n bytes.
func encode(c Coding, content []byte, n int) ([]byte, error) {
	var out bytes.Buffer
	w := NewWriter(c, &out)
	for len(content) > 0 {
		step := content[:min(n, len(content))]
		if _, err := w.Write(step); err != nil {
			return nil, err
		}
		content = content[len(step):]
	}
	err := w.Close()
	return out.Bytes(), err
}

func products(n int) []byte {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":%d,"name":"product %d","price":%d.99,"tags":["a","b"]},`, i, i*7919%1000, i%90)
	}
	return []byte(b.String())
}

func TestWriterRoundTrip(t *testing.T) {
	content := products(5000)
	for _, c := range codings {
		for _, step := range []int{1 << 10, 100_000, len(content)} {
			coded, err := encode(c, content, step)
			if err != nil {
				t.Fatalf("%v in steps of %d: got error %v, want none", c, step, err)
			}
			got, err := decode(c, coded)
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%v in steps of %d: got %d bytes and %v, want the %d written", c, step, len(got), err, len(content))
			}
			if c != CodingIdentity && len(coded) > len(content)/4 {
				t.Errorf("%v: got %d bytes, want less than a quarter of %d", c, len(coded), len(content))
			}
		}
	}
}

// TestWriterAfterEnd proves that a used Writer does not touch an encoder that
// may belong to somebody else by then.
func TestWriterAfterEnd(t *testing.T) {
	for _, c := range codings {
		var out bytes.Buffer
		w := NewWriter(c, &out)
		w.Write([]byte("content"))
		if err := w.Close(); err != nil {
			t.Fatalf("%v: Close: got %v, want nil", c, err)
		}
		length := out.Len()
		if _, err := w.Write([]byte("late")); err != io.ErrClosedPipe {
			t.Errorf("%v: Write after Close: got %v, want %v", c, err, io.ErrClosedPipe)
		}
		if err := w.Close(); err != nil || out.Len() != length {
			t.Errorf("%v: second Close: got %v and %d bytes, want nil and %d", c, err, out.Len(), length)
		}
		w.Discard()
	}
}

// TestDiscard proves that content that was cut off is not completed.
func TestDiscard(t *testing.T) {
	for _, c := range []Coding{CodingGzip, CodingBrotli} {
		var out bytes.Buffer
		w := NewWriter(c, &out)
		w.Write(products(3000))
		w.Discard()
		if err := w.Close(); err != nil {
			t.Errorf("%v: Close after Discard: got %v, want nil", c, err)
		}
		if _, err := decode(c, out.Bytes()); err == nil {
			t.Errorf("%v: decoding what Discard left: got no error, want one", c)
		}
	}
}

var errFull = errors.New("full")

// A fullDisk accepts one write.
type fullDisk struct{ writes int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.writes++; d.writes > 1 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriterFailure(t *testing.T) {
	for _, c := range codings {
		disk := new(fullDisk)
		w := NewWriter(c, disk)
		var err error
		for range 100 {
			if _, err = w.Write(products(1000)); err != nil {
				break
			}
		}
		if !errors.Is(err, errFull) {
			t.Errorf("%v: Write: got %v, want %v", c, err, errFull)
		}
		writes := disk.writes
		if err := w.Close(); !errors.Is(err, errFull) || disk.writes != writes {
			t.Errorf("%v: Close: got %v and %d writes, want %v and %d", c, err, disk.writes, errFull, writes)
		}
		coded, err := encode(c, []byte("next"), 4)
		if got, _ := decode(c, coded); err != nil || string(got) != "next" {
			t.Errorf("%v: after a failure: got %q and %v, want %q", c, got, err, "next")
		}
	}
}

// TestPool runs writers at the same time and checks that none sees the
// content of another.
func TestPool(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			content := bytes.Repeat(fmt.Appendf(nil, "viewer %d ", i), 5000)
			c := codings[i%len(codings)]
			for range 5 {
				coded, err := encode(c, content, 7000)
				if err != nil {
					t.Errorf("%v: got error %v, want none", c, err)
				}
				if got, err := decode(c, coded); err != nil || !bytes.Equal(got, content) {
					t.Errorf("%v: got other content or %v, want viewer %d's", c, err, i)
				}
			}
		})
	}
	wg.Wait()
}

func TestCodingNames(t *testing.T) {
	for c, want := range map[Coding]string{CodingIdentity: "identity", CodingGzip: "gzip", CodingBrotli: "br", numCodings: "coding(3)"} {
		if got := c.String(); got != want {
			t.Errorf("coding %d: got %q, want %q", c, got, want)
		}
	}
}

func FuzzWriter(f *testing.F) {
	f.Add([]byte("aaaaaaaaabaaaaaaaaab"), 3)
	f.Add([]byte{}, 1)
	f.Fuzz(func(t *testing.T, content []byte, step int) {
		if step < 1 {
			step = 1
		}
		for _, c := range codings {
			coded, err := encode(c, content, step)
			if err != nil {
				t.Fatalf("%v: got error %v, want none", c, err)
			}
			if got, err := decode(c, coded); err != nil || !bytes.Equal(got, content) {
				t.Errorf("%v: got %q and %v, want %q", c, got, err, content)
			}
		}
	})
}

func BenchmarkWriter(b *testing.B) {
	content := products(1000)
	for _, c := range codings[1:] {
		b.Run(c.String(), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				w := NewWriter(c, io.Discard)
				w.Write(content)
				w.Close()
			}
		})
	}
}

func ExampleNewWriter() {
	var stored bytes.Buffer
	w := NewWriter(CodingGzip, &stored)
	w.Write(bytes.Repeat([]byte("groundfront "), 1000))
	if err := w.Close(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(stored.Len() < 200)
	// Output: true
}
