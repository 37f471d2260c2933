package byterange

import "strconv"

// AppendContentRange appends the value of Content-Range for one range of a
// response: "bytes 0-499/1234".
func AppendContentRange(dst []byte, r Range, length int64) []byte {
	dst = append(dst, "bytes "...)
	dst = appendPositions(dst, r)
	dst = append(dst, '/')
	return strconv.AppendInt(dst, length, 10)
}

func appendPositions(dst []byte, r Range) []byte {
	dst = strconv.AppendInt(dst, r.From, 10)
	dst = append(dst, '-')
	return strconv.AppendInt(dst, r.To-1, 10)
}

// ContentRange returns the value of Content-Range for one range.
func ContentRange(r Range, length int64) string {
	return string(AppendContentRange(make([]byte, 0, 64), r, length))
}

// UnsatisfiedRange returns the value of Content-Range in a 416 (CF-RNG-07):
// "bytes */1234".
func UnsatisfiedRange(length int64) string {
	return "bytes */" + strconv.FormatInt(length, 10)
}

// Plan is the content of a 206 as pieces in the order of sending. The body
// itself is not touched: whoever writes the plan copies the ranges from it.
type Plan struct {
	Segments []Segment
	Length   int64 // of all segments together: the Content-Length
	// ContentType replaces that of the stored response, "" leaves it.
	ContentType string
	// ContentRange is the field of a single range, "" for several.
	ContentRange string
}

// Segment is one piece: the literal bytes, then the range of the body. Either
// may be empty.
type Segment struct {
	Literal string
	Body    Range
}

// Len returns the number of bytes in both halves.
func (s Segment) Len() int64 { return int64(len(s.Literal)) + s.Body.Len() }

// NewPlan frames the ranges of a SelectionPartial: one range as it is,
// several as multipart/byteranges (RFC 9110 section 14.6, CF-RNG-06).
// contentType is that of the stored response, "" if it has none; boundary is
// 1 to 70 letters and digits that the body does not contain, in practice
// random ones.
func NewPlan(ranges []Range, length int64, contentType, boundary string) Plan {
	if len(ranges) == 1 {
		return Plan{
			Segments:     []Segment{{Body: ranges[0]}},
			Length:       ranges[0].Len(),
			ContentRange: ContentRange(ranges[0], length),
		}
	}
	p := Plan{
		Segments:    make([]Segment, 0, len(ranges)+1),
		ContentType: "multipart/byteranges; boundary=" + boundary,
	}
	for i, r := range ranges {
		p.add(Segment{Literal: partHead(r, length, contentType, boundary, i == 0), Body: r})
	}
	p.add(Segment{Literal: "\r\n--" + boundary + "--\r\n"})
	return p
}

func (p *Plan) add(s Segment) {
	p.Segments = append(p.Segments, s)
	p.Length += s.Len()
}

// partHead returns what precedes the bytes of one part. The line break before
// a boundary belongs to the boundary, so the first one has none.
func partHead(r Range, length int64, contentType, boundary string, first bool) string {
	b := make([]byte, 0, 128+len(contentType)+len(boundary))
	if !first {
		b = append(b, "\r\n"...)
	}
	b = append(append(append(b, "--"...), boundary...), "\r\n"...)
	if contentType != "" {
		b = append(append(append(b, "Content-Type: "...), contentType...), "\r\n"...)
	}
	b = append(b, "Content-Range: "...)
	b = AppendContentRange(b, r, length)
	return string(append(b, "\r\n\r\n"...))
}
