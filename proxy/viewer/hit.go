package viewer

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A HitFunc answers a request at once from what is in memory, or reports that
// it does not: the engine then gives the request to its Handler, as if nobody
// had asked. It neither blocks nor starts anything, so it may run on a loop
// that serves many connections. The strings of r may be views of a buffer that
// is reused once it has returned; what the Handler must know of it is in r.Note.
type HitFunc func(h *Hit, r *Request) bool

// A Hit is the answer of a HitFunc, for the engine to put on the wire:
//
//	the status; Stored; Access-Control-Allow-Origin: AllowOrigin, unless that
//	is empty; Edge; X-Amz-Cf-Id: ID; Age, unless it is negative;
//	Server-Timing: ServerTiming, unless that is empty; Content-Length: the
//	length of Content; and, unless the request is a HEAD, Content
//
// That is byte for byte what the engine would send if the Handler had
// answered, but for the id and times. An engine has one Hit and uses it for one request
// after the other.
type Hit struct {
	Status int
	// Stored are field lines as an HTTP/1.1 head has them, each with its CRLF.
	Stored string
	// AllowOrigin is the request's Origin, where it is echoed.
	AllowOrigin string
	Edge        *ReadyFields
	Age         int64
	ID          RequestID
	// ServerTiming is valid until the HitFunc is called again.
	ServerTiming string
	// Content is immutable and may be kept after the call.
	Content []byte

	// WantsFile is set by an engine that can have the kernel send a file. File may
	// then be one with the Content, for the engine to release.
	WantsFile bool
	File      *File

	// Done is told, once for each hit, how many bytes went to the viewer or to
	// the buffer that goes there next, head included. It writes the log line.
	Done func(h *Hit, r *Request, bytes int64)

	// What follows is the HitFunc's own. Key is memory for it to reuse.
	Key   []byte
	State any
}

// RequestID is a value of X-Amz-Cf-Id.
type RequestID [56]byte

// ReadyFields are field lines that many responses have in common, immutable,
// in the forms that engines send.
type ReadyFields struct {
	Lines field.Lines
	// H1 are the Lines as an HTTP/1.1 head has them.
	H1 string
	// Dropped are names of stored fields that the HitFunc leaves out; EchoesOrigin
	// says that it fills in Hit.AllowOrigin.
	Dropped      []string
	EchoesOrigin bool
}

// NewReadyFields prepares lines, which must not change any more.
func NewReadyFields(lines field.Lines) *ReadyFields {
	r := &ReadyFields{Lines: lines}
	for _, l := range lines {
		r.H1 += l.Name + ": " + l.Value + "\r\n"
	}
	return r
}

// Marks tell that a request has fields which more than copying depends on.
type Marks uint32

// The marks, each for one or several names.
const (
	MarkConnection    Marks = 1 << iota // Connection
	MarkFraming                         // Content-Length, Transfer-Encoding, TE, Trailer
	MarkUpgrade                         // Upgrade, HTTP2-Settings
	MarkExpect                          // Expect
	MarkRange                           // Range, If-Range
	MarkCondition                       // If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since
	MarkOrigin                          // Origin
	MarkLoop                            // CDN-Loop
	MarkAuthorization                   // Authorization
	MarkHost                            // Host
	MarkPragma                          // Pragma
)

// MarksBeyondKey are of requests that may need more than a stored response found
// by its key: no HitFunc is asked about them.
const MarksBeyondKey = MarkFraming | MarkUpgrade | MarkExpect | MarkRange | MarkCondition

// String returns the names of the fields in lower case, as in "range, origin".
func (m Marks) String() string {
	if m == 0 {
		return "none"
	}
	var names []string
	for _, known := range markNames {
		if m&known.mark != 0 {
			names = append(names, known.name)
		}
	}
	return strings.Join(names, ", ")
}

// MarkOf returns the mark of the field called name, 0 for most.
//
// Hot path: no allocation.
func MarkOf(name string) Marks {
	if len(name) < 2 || len(name) > len("if-unmodified-since") {
		return 0
	}
	for _, m := range marksByLength[len(name)] {
		if field.EqualName(name, m.name) {
			return m.mark
		}
	}
	return 0
}

// MarksOf returns the marks of all fields.
func MarksOf(fields field.Lines) (m Marks) {
	for i := range fields {
		m |= MarkOf(fields[i].Name)
	}
	return m
}

type marked struct {
	name string
	mark Marks
}

var markNames = [...]marked{
	{"connection", MarkConnection},
	{"content-length", MarkFraming}, {"transfer-encoding", MarkFraming}, {"te", MarkFraming}, {"trailer", MarkFraming},
	{"upgrade", MarkUpgrade}, {"http2-settings", MarkUpgrade},
	{"expect", MarkExpect},
	{"range", MarkRange}, {"if-range", MarkRange},
	{"if-match", MarkCondition}, {"if-none-match", MarkCondition},
	{"if-modified-since", MarkCondition}, {"if-unmodified-since", MarkCondition},
	{"origin", MarkOrigin}, {"cdn-loop", MarkLoop}, {"authorization", MarkAuthorization}, {"host", MarkHost},
	{"pragma", MarkPragma},
}

var marksByLength = func() (table [len("if-unmodified-since") + 1][]marked) {
	for _, m := range markNames {
		table[len(m.name)] = append(table[len(m.name)], m)
	}
	return table
}()
