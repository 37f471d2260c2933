package accesslog

import (
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
// nothing if dst has room.
func Append(dst []byte, r *Record) []byte {
	utc := r.End.UTC()
	dst = utc.AppendFormat(dst, time.DateOnly) // 1 date
	dst = append(dst, '\t')
	dst = utc.AppendFormat(dst, time.TimeOnly)       // 2 time
	dst = appendText(dst, r.EdgeLocation)            // 3 x-edge-location
	dst = appendInt(dst, r.BytesOut)                 // 4 sc-bytes
	dst = appendAddr(dst, r)                         // 5 c-ip
	dst = appendText(dst, r.Method)                  // 6 cs-method
	dst = appendText(dst, r.Distribution)            // 7 cs(Host)
	dst = appendText(dst, r.Path)                    // 8 cs-uri-stem
	dst = appendStatus(dst, r.Status)                // 9 sc-status
	dst = appendText(dst, r.Referer)                 // 10 cs(Referer)
	dst = appendText(dst, r.UserAgent)               // 11 cs(User-Agent)
	dst = appendText(dst, r.Query)                   // 12 cs-uri-query
	dst = appendText(dst, r.Cookie)                  // 13 cs(Cookie)
	dst = appendText(dst, r.Result.String())         // 14 x-edge-result-type
	dst = appendText(dst, r.RequestID)               // 15 x-edge-request-id
	dst = appendText(dst, r.Host)                    // 16 x-host-header
	dst = appendText(dst, r.Protocol.String())       // 17 cs-protocol
	dst = appendInt(dst, r.BytesIn)                  // 18 cs-bytes
	dst = appendSeconds(dst, r.Duration)             // 19 time-taken
	dst = appendText(dst, r.ForwardedFor)            // 20 x-forwarded-for
	dst = appendText(dst, r.TLSVersion)              // 21 ssl-protocol
	dst = appendText(dst, r.TLSCipher)               // 22 ssl-cipher
	dst = appendText(dst, r.ResponseResult.String()) // 23 x-edge-response-result-type
	dst = appendText(dst, r.ProtocolVersion)         // 24 cs-protocol-version
	dst = append(dst, "\t-\t-"...)                   // 25 fle-status, 26 fle-encrypted-fields
	dst = appendPort(dst, r)                         // 27 c-port
	dst = appendSeconds(dst, r.FirstByte)            // 28 time-to-first-byte
	dst = appendText(dst, r.detailed())              // 29 x-edge-detailed-result-type
	dst = appendText(dst, r.ContentType)             // 30 sc-content-type
	dst = appendLength(dst, r.ContentLength)         // 31 sc-content-len
	dst = appendRange(dst, r)                        // 32 sc-range-start, 33 sc-range-end
	return append(dst, '\n')
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

// AppendEscaped appends s with the characters of CF-LOG-03 percent-encoded.
// A percent sign is one of them, so that an encoded URL is encoded twice and
// every value can be decoded.
func AppendEscaped(dst []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		c := s[i]
		if !escaped[c] {
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		start = i + 1
	}
	return append(dst, s[start:]...)
}

const upperHex = "0123456789ABCDEF"

// escaped are the characters of CF-LOG-03.
var escaped = func() (set [256]bool) {
	for c := range 256 {
		set[c] = c <= ' ' || c >= 127
	}
	for _, c := range []byte("<>\"#%{}|\\^~[]`'") {
		set[c] = true
	}
	return set
}()

func appendInt(dst []byte, n int64) []byte {
	return strconv.AppendInt(append(dst, '\t'), n, 10)
}

func appendAddr(dst []byte, r *Record) []byte {
	if !r.Viewer.IsValid() {
		return append(dst, "\t-"...)
	}
	return r.Viewer.Addr().Unmap().WithZone("").AppendTo(append(dst, '\t'))
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
	ms := max(0, d.Milliseconds())
	dst = appendInt(dst, ms/1000)
	ms %= 1000
	return append(dst, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
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
