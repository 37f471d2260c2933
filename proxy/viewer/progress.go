package viewer

import (
	"errors"
	"strconv"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A Progress is how far the response to one request has come. Every engine keeps
// one, and asks it whether what a Handler does is in order: the rules of
// ResponseWriter are the same for all versions of HTTP.
type Progress uint8

const (
	ProgressNone    Progress = iota // no final head yet; interim responses may have gone
	ProgressHead                    // the final head is in the output
	ProgressAborted                 // nothing more may be sent
)

// String returns a word for the progress.
func (p Progress) String() string {
	switch p {
	case ProgressNone:
		return "none"
	case ProgressHead:
		return "head"
	case ProgressAborted:
		return "aborted"
	}
	return "Progress(?)"
}

// What a Handler may not do with a response.
var (
	ErrAborted  = errors.New("response is aborted")
	ErrTwice    = errors.New("response head written twice")
	ErrTooEarly = errors.New("content before the head of a response")
	ErrSurplus  = errors.New("more content than announced")
)

// CheckInterim returns why no interim response of that status may be sent now,
// nil if it may. 101 is none: what follows it is no HTTP (RFC 9110 section
// 15.2.2).
func (p Progress) CheckInterim(status int) error {
	switch {
	case p == ProgressAborted:
		return ErrAborted
	case p == ProgressHead || status < 100 || status == 101 || status > 199:
		return errors.New("interim status " + strconv.Itoa(status) + " at the wrong time")
	}
	return nil
}

// CheckHead returns why no final head of that status may be sent now, nil if it
// may.
func (p Progress) CheckHead(status int) error {
	switch {
	case p == ProgressAborted:
		return ErrAborted
	case p == ProgressHead:
		return ErrTwice
	case status < 200 || status > 999:
		return errors.New("status " + strconv.Itoa(status) + " is not final")
	}
	return nil
}

// CheckContent returns why neither content nor trailers may be sent now, nil if
// they may.
func (p Progress) CheckContent() error {
	switch p {
	case ProgressAborted:
		return ErrAborted
	case ProgressNone:
		return ErrTooEarly
	}
	return nil
}

// HasContent reports whether a final response of that status has content, which
// may be empty; head tells that a HEAD request is answered (RFC 9110 section
// 6.4.1).
func HasContent(head bool, status int) bool {
	return !head && status != 204 && status != 304
}

// AsksToClose reports whether the proxy wants the connection to end with this
// response: its fields have Connection with close alone, whatever the version.
func AsksToClose(fields field.Lines) bool {
	value, present := fields.Lookup("Connection")
	return present && field.EqualName(value, "close")
}
