package directory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/groundfront/groundfront/origin"
)

// content is a part of an open file. A file that is cut meanwhile is content
// that ends early.
type content struct {
	ctx  context.Context
	file *os.File
	part *io.SectionReader
}

func newContent(ctx context.Context, file *os.File, part span) *content {
	return &content{ctx: ctx, file: file, part: io.NewSectionReader(file, part.from, part.to-part.from)}
}

// Read implements io.Reader.
func (c *content) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, &origin.Error{Kind: origin.ErrorCanceled, Op: "read file", Err: err}
	}
	n, err := c.part.Read(p)
	at, _ := c.part.Seek(0, io.SeekCurrent)
	switch {
	case err == nil, errors.Is(err, io.EOF) && at == c.part.Size():
		return n, err
	case errors.Is(err, io.EOF):
		err = fmt.Errorf("the file has become shorter: %w", io.ErrUnexpectedEOF)
	}
	return n, &origin.Error{Kind: origin.ErrorRead, Op: "read file", Err: err}
}

// Close implements io.Closer.
func (c *content) Close() error { return c.file.Close() }

// noContent is the content of answers that have none.
type noContent struct{}

func (noContent) Read([]byte) (int, error) { return 0, io.EOF }
func (noContent) Close() error             { return nil }
