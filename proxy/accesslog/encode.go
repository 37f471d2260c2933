package accesslog

import (
	"slices"
	"strconv"
	"time"
)

// NumFields is the number of fields of a line (table CF-LF, 1 to 33).
const NumFields = 33

// Header is what a log file begins with (CF-LOG-01).
const Header = "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem" +
	" sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id" +
	" x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher" +
	" x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port" +
	" time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end\n"

// Append appends the line of a record with its newline to dst. It allocates
// nothing if dst has room for three times the record's text and some more.
func Append(dst []byte, r *Record) []byte {
	var e encoder
	return e.append(dst, r)
}

// An encoder makes lines, and remembers what lines have in common. A shard
// owns one.
type encoder struct {
	second int64    // of stamp
	length int      // of what stamp has, 0 before the first line
	stamp  [32]byte // fields 1 and 2, which change once a second
	texts  *memory  // nil remembers nothing
}

// append appends the line of a record.
func (e *encoder) append(dst []byte, r *Record) []byte {
	dst = slices.Grow(dst, maxLine(r))
	dst = e.appendTime(dst, r.End)                                  // 1 date, 2 time
	dst = appendText(dst, r.EdgeLocation)                           // 3 x-edge-location
	dst = appendInt(dst, r.BytesOut)                                // 4 sc-bytes
	dst = appendAddr(dst, r)                                        // 5 c-ip
	dst = appendMethod(dst, r.Method)                               // 6 cs-method
	dst = appendOwn(dst, r.Distribution)                            // 7 cs(Host)
	dst = appendText(dst, r.Path)                                   // 8 cs-uri-stem
	dst = appendStatus(dst, r.Status)                               // 9 sc-status
	dst = e.appendReferer(dst, r)                                   // 10 cs(Referer)
	dst = e.appendRepeated(dst, repeatedUserAgent, r.UserAgent)     // 11 cs(User-Agent)
	dst = appendPrivate(dst, r, r.Query)                            // 12 cs-uri-query
	dst = appendPrivate(dst, r, r.Cookie)                           // 13 cs(Cookie)
	dst = appendOwn(dst, r.Result.String())                         // 14 x-edge-result-type
	dst = appendOwn(dst, r.RequestID)                               // 15 x-edge-request-id
	dst = e.appendRepeated(dst, repeatedHost, r.Host)               // 16 x-host-header
	dst = appendOwn(dst, r.Protocol.String())                       // 17 cs-protocol
	dst = appendInt(dst, r.BytesIn)                                 // 18 cs-bytes
	dst = appendSeconds(dst, r.Duration)                            // 19 time-taken
	dst = appendText(dst, r.ForwardedFor)                           // 20 x-forwarded-for
	dst = appendOwn(dst, r.TLSVersion)                              // 21 ssl-protocol
	dst = appendOwn(dst, r.TLSCipher)                               // 22 ssl-cipher
	dst = appendOwn(dst, r.ResponseResult.String())                 // 23 x-edge-response-result-type
	dst = appendOwn(dst, r.ProtocolVersion)                         // 24 cs-protocol-version
	dst = append(dst, "\t-\t-"...)                                  // 25 fle-status, 26 fle-encrypted-fields
	dst = appendPort(dst, r)                                        // 27 c-port
	dst = appendSeconds(dst, r.FirstByte)                           // 28 time-to-first-byte
	dst = appendOwn(dst, r.detailed())                              // 29 x-edge-detailed-result-type
	dst = e.appendRepeated(dst, repeatedContentType, r.ContentType) // 30 sc-content-type
	dst = appendLength(dst, r.ContentLength)                        // 31 sc-content-len
	dst = appendRange(dst, r)                                       // 32 sc-range-start, 33 sc-range-end
	return append(dst, '\n')
}

// appendTime appends date and time in UTC with a tab between.
func (e *encoder) appendTime(dst []byte, t time.Time) []byte {
	if second := t.Unix(); second != e.second || e.length == 0 {
		e.second = second
		e.length = copy(e.stamp[:], t.UTC().AppendFormat(e.stamp[:0], time.DateOnly+"\t"+time.TimeOnly))
	}
	return append(dst, e.stamp[:e.length]...)
}

// detailed returns field 29, which repeats field 14 unless more is known.
func (r *Record) detailed() string {
	if r.Detailed != DetailedTypeNone {
		return r.Detailed.String()
	}
	return r.Result.String()
}

// appendText appends a tab and the escaped text, `-` for none (CF-LOG-04).
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '\t')
	if s == "" {
		return append(dst, '-')
	}
	return AppendEscaped(dst, s)
}

// appendMethod is appendText for what is mostly GET.
func appendMethod(dst []byte, method string) []byte {
	if method == "GET" {
		return append(dst, "\tGET"...)
	}
	return appendText(dst, method)
}

// appendRepeated is appendText for what other requests probably said too.
func (e *encoder) appendRepeated(dst []byte, field repeated, s string) []byte {
	dst = append(dst, '\t')
	if s == "" {
		return append(dst, '-')
	}
	return e.texts.append(dst, field, s)
}

// appendOwn is appendText for words of ours, which need no escape.
func appendOwn(dst []byte, s string) []byte {
	dst = append(dst, '\t')
	if s == "" {
		return append(dst, '-')
	}
	return append(dst, s...)
}

// maxLine is what the line of r cannot be longer than: what all but its texts
// need at most, and each text escaped from end to end. With that much room the
// fields are written without a look at the capacity that could fail.
func maxLine(r *Record) int {
	return 512 + len(r.RequestID) + len(r.TLSVersion) + len(r.TLSCipher) + len(r.ProtocolVersion) +
		len(r.Distribution) + maxEscaped*(len(r.EdgeLocation)+len(r.Method)+len(r.Host)+len(r.Path)+len(r.Query)+len(r.Referer)+
		len(r.UserAgent)+len(r.Cookie)+len(r.ForwardedFor)+len(r.ContentType))
}

// appendInt has a way of its own for the numbers that lines are full of.
func appendInt(dst []byte, n int64) []byte {
	dst = append(dst, '\t')
	if n < 0 || n >= 1e6 {
		return strconv.AppendInt(dst, n, 10)
	}
	u := uint32(n)
	switch {
	case u < 10:
		return append(dst, '0'+byte(u))
	case u < 100:
		return append(dst, pairs[u][0], pairs[u][1])
	}
	last := pairs[u%100]
	u /= 100
	switch {
	case u < 10:
		return append(dst, '0'+byte(u), last[0], last[1])
	case u < 100:
		return append(dst, pairs[u][0], pairs[u][1], last[0], last[1])
	}
	middle := pairs[u%100]
	u /= 100
	if u < 10 {
		return append(dst, '0'+byte(u), middle[0], middle[1], last[0], last[1])
	}
	return append(dst, pairs[u][0], pairs[u][1], middle[0], middle[1], last[0], last[1])
}

func appendAddr(dst []byte, r *Record) []byte {
	dst = append(dst, '\t')
	switch addr := r.Viewer.Addr(); {
	case !r.Viewer.IsValid():
		return append(dst, '-')
	case addr.Is4():
		b := addr.As4()
		dst = append(appendByte(dst, b[0]), '.')
		dst = append(appendByte(dst, b[1]), '.')
		dst = append(appendByte(dst, b[2]), '.')
		return appendByte(dst, b[3])
	default:
		return addr.Unmap().WithZone("").AppendTo(dst)
	}
}

func appendByte(dst []byte, b byte) []byte {
	switch {
	case b >= 100:
		return append(dst, '0'+b/100, '0'+b/10%10, '0'+b%10)
	case b >= 10:
		return append(dst, '0'+b/10, '0'+b%10)
	}
	return append(dst, '0'+b)
}

func appendPort(dst []byte, r *Record) []byte {
	if !r.Viewer.IsValid() {
		return append(dst, "\t-"...)
	}
	return appendInt(dst, int64(r.Viewer.Port()))
}

// appendStatus appends three digits; 000 when there was no response.
func appendStatus(dst []byte, status int) []byte {
	if status < 100 || status > 999 {
		return append(dst, "\t000"...)
	}
	return appendInt(dst, int64(status))
}

// appendSeconds appends a duration as seconds with three decimals, rounded
// down.
func appendSeconds(dst []byte, d time.Duration) []byte {
	ms := uint64(max(0, d)) / uint64(time.Millisecond)
	if ms < 1000 {
		dst = append(dst, "\t0."...)
	} else {
		dst = append(appendInt(dst, int64(ms/1000)), '.')
		ms %= 1000
	}
	last := pairs[ms%100]
	return append(dst, '0'+byte(ms/100), last[0], last[1])
}

func appendLength(dst []byte, n int64) []byte {
	if n < 0 {
		return append(dst, "\t-"...)
	}
	return appendInt(dst, n)
}

func appendRange(dst []byte, r *Record) []byte {
	if !r.HasRange {
		return append(dst, "\t-\t-"...)
	}
	return appendInt(appendInt(dst, r.RangeStart), r.RangeEnd)
}

// pairs are the numbers from 00 to 99.
var pairs = func() (table [100][2]byte) {
	for i := range table {
		table[i] = [2]byte{'0' + byte(i/10), '0' + byte(i%10)}
	}
	return table
}()
