package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin/origintest"
)

// An origin that knows ranges, the plain way: one range, no dates. It shares
// no code with the edge.

var errRanges = errors.New("ranges need a 200 and content that ends")

// checkRanges reports whether the reply can be divided.
func (a reply) checkRanges() error {
	ends := slices.ContainsFunc(a.pieces, func(p piece) bool { return slices.Contains(endings, p.what) })
	if a.status != 200 || a.length >= 0 || a.framing != framingLength || ends {
		return errRanges
	}
	return nil
}

// divide returns what the reply does for a request with these fields, nil if
// it does what it does for any.
func (a reply) divide(f *File, now time.Time) func(field.Lines) []origintest.Step {
	if !a.ranges {
		return nil
	}
	return func(request field.Lines) []origintest.Step {
		value, asked := request.Lookup("Range")
		condition, conditional := request.Lookup("If-Range")
		if !asked || conditional && !a.has("ETag", condition) && !a.has("Last-Modified", condition) {
			return nil
		}
		size, err := a.size(f)
		from, to, ok := readRange(value, size)
		switch {
		case err != nil || !ok:
			return nil
		case from >= size:
			return []origintest.Step{origintest.Reply(416, "", fmt.Sprintf("Content-Range: bytes */%d", size))}
		}
		part := a
		part.status, part.pieces = 206, a.cut(f, from, to)
		part.fields = append(slices.Clone(a.fields), fieldLine{name: "Content-Range", value: fmt.Sprintf("bytes %d-%d/%d", from, to-1, size)})
		steps, err := part.steps(f, now)
		if err != nil {
			return nil
		}
		return steps
	}
}

func (a reply) has(name, value string) bool {
	return slices.ContainsFunc(a.fields, func(l fieldLine) bool { return l.name == name && l.value == value })
}

// cut returns the pieces of the bytes from from up to to; pauses stay.
func (a reply) cut(f *File, from, to int) []piece {
	var out []piece
	at := 0
	for _, p := range a.pieces {
		if p.what != "" {
			out = append(out, p)
			continue
		}
		text, _ := p.content.bytes(f) // size has read it
		if l, h := max(from-at, 0), min(to-at, len(text)); l < h {
			out = append(out, piece{content: content{text: text[l:h]}})
		}
		at += len(text)
	}
	return out
}

// readRange reads a field with one range.
func readRange(value string, size int) (from, to int, ok bool) {
	first, last, found := strings.Cut(strings.TrimPrefix(value, "bytes="), "-")
	a, err := strconv.Atoi(first)
	b, err2 := strconv.Atoi(last)
	switch {
	case !found || err != nil && first != "" || err2 != nil && last != "" || first+last == "":
		return 0, 0, false
	case first == "":
		return max(size-b, 0), size, b > 0
	case last == "":
		return a, size, true
	}
	return a, min(b+1, size), a <= b
}
