package h1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/groundfront/groundfront/cachekey/field"
)

var errLineTooLong = errors.New("line is too long")

// maxTrailer bounds the fields behind the last chunk, in bytes.
const maxTrailer = 8 << 10

// A syntaxError is a fault in the framing of content: what follows on the
// connection means nothing.
type syntaxError string

func (e syntaxError) Error() string { return "chunked content: " + string(e) }

// A chunkedReader reads content in the chunked coding (RFC 9112 section 7.1)
// by the letter: sizes are hexadecimal digits, every line and every chunk ends
// in CRLF. Chunk extensions are read over, trailer fields checked and dropped.
type chunkedReader struct {
	in    *input
	left  int64 // of the chunk
	begun bool  // a chunk was read, its CRLF not yet
	// maxFields bounds the fields behind the last chunk; 0 means any number.
	maxFields int
	err       error
}

// Read reads content up to the end of a chunk.
func (c *chunkedReader) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if c.left == 0 {
		if c.err = c.nextChunk(); c.err != nil {
			return 0, c.err
		}
	}
	n, err := c.in.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if err != nil {
		c.err = unexpectedEOF(err)
	}
	return n, c.err
}

func unexpectedEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// nextChunk reads up to the next chunk's content; io.EOF after the last one.
func (c *chunkedReader) nextChunk() error {
	if c.begun {
		if line, err := c.line(); err != nil || len(line) > 0 {
			return cause(err, "a chunk is longer than its size")
		}
	}
	c.begun = true
	line, err := c.line()
	if err != nil {
		return err
	}
	if c.left, err = chunkSize(line); err != nil {
		return err
	}
	if c.left == 0 {
		return c.trailer()
	}
	return nil
}

func cause(err error, text string) error {
	if err != nil {
		return err
	}
	return syntaxError(text)
}

// chunkSize reads a chunk's first line.
func chunkSize(line []byte) (n int64, err error) {
	digits := 0
	for ; digits < len(line); digits++ {
		v := field.HexDigit(line[digits])
		if v < 0 {
			break
		}
		if n > math.MaxInt64>>4 {
			return 0, syntaxError("chunk size is too large")
		}
		n = n<<4 | int64(v)
	}
	extension := bytes.TrimLeft(line[digits:], " \t") // BWS (RFC 9112 section 7.1.1)
	switch {
	case digits == 0:
		return 0, syntaxError(fmt.Sprintf("bad chunk size %.20q", line))
	case len(extension) == 0 && digits < len(line), len(extension) > 0 && extension[0] != ';':
		return 0, syntaxError(fmt.Sprintf("bad chunk size %.20q", line))
	}
	return n, nil
}

// trailer reads the fields behind the last chunk.
func (c *chunkedReader) trailer() error {
	for size, fields := 0, 0; ; {
		line, err := c.line()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return io.EOF
		}
		name, value, colon := bytes.Cut(line, []byte(":"))
		if size += len(line); size > maxTrailer {
			return syntaxError("trailer section is too large")
		}
		if fields++; c.maxFields > 0 && fields > c.maxFields {
			return syntaxError("too many trailer fields")
		}
		if !colon || !field.ValidName(string(name)) || !field.ValidValue(string(bytes.Trim(value, " \t"))) {
			return syntaxError(fmt.Sprintf("bad trailer field %.20q", line))
		}
	}
}

// line reads up to a CRLF, which it leaves out.
func (c *chunkedReader) line() ([]byte, error) {
	for {
		end := bytes.IndexByte(c.in.ahead, '\n')
		if end < 0 {
			if err := c.in.fill(); err != nil {
				if errors.Is(err, errLineTooLong) {
					return nil, syntaxError(err.Error())
				}
				return nil, unexpectedEOF(err)
			}
			continue
		}
		line := c.in.ahead[:end]
		c.in.ahead = c.in.ahead[end+1:]
		if len(line) == 0 || line[len(line)-1] != '\r' {
			return nil, syntaxError("bare LF")
		}
		line = line[:len(line)-1]
		if at := valueEnd(view(line), 0); at < len(line) {
			return nil, syntaxError("control character")
		}
		return line, nil
	}
}
