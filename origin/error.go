package origin

import (
	"errors"
	"fmt"
)

// ErrorKind says what went wrong between us and an origin. The kinds are
// exactly CloudFront's detailed result types for origins (CF-LDT), so one
// table maps an error to the log field, the status and, later, failover.
type ErrorKind uint8

// The kinds. Add only at the end.
const (
	ErrorUnknown           ErrorKind = iota // OriginError: incorrect response, other
	ErrorDNS                                // name not resolved
	ErrorConnect                            // refused, unreachable
	ErrorTLS                                // handshake or certificate failed
	ErrorConnectTimeout                     // no connection in time
	ErrorReadTimeout                        // no response, or a stall, in time
	ErrorRead                               // connection broke while reading
	ErrorWrite                              // connection broke while writing
	ErrorHeaderTooBig                       // header section over 32,768 bytes (CF-SIZE-06)
	ErrorInvalidResponse                    // not HTTP, bad framing, bad status
	ErrorContentRange                       // Content-Length differs from Content-Range
	ErrorCompletionTimeout                  // response completion timeout (CF-ORT-05)
	ErrorCanceled                           // we gave up: viewer gone or shutting down
	ErrorLimit                              // as many connections and requests that wait for one as there may be
	ErrorSigning                            // no credentials to sign the request with, which was not sent
	errorKindCount
)

var errorKinds = [errorKindCount]struct {
	name   string // snake_case, for our own log and metrics
	detail string // x-edge-detailed-result-type (CF-LDT)
	status int    // CF-ERR-15, CF-ERR-17, CF-ORT-08
}{
	ErrorUnknown:           {"unknown", "OriginError", 502},
	ErrorDNS:               {"dns", "OriginDnsError", 502},
	ErrorConnect:           {"connect", "OriginConnectError", 502},
	ErrorTLS:               {"tls", "OriginConnectError", 502},
	ErrorConnectTimeout:    {"connect_timeout", "OriginCommError", 504},
	ErrorReadTimeout:       {"read_timeout", "OriginCommError", 504},
	ErrorRead:              {"read", "OriginReadError", 502},
	ErrorWrite:             {"write", "OriginWriteError", 502},
	ErrorHeaderTooBig:      {"header_too_big", "OriginHeaderTooBigError", 502},
	ErrorInvalidResponse:   {"invalid_response", "OriginInvalidResponseError", 502},
	ErrorContentRange:      {"content_range", "OriginContentRangeLengthError", 502},
	ErrorCompletionTimeout: {"completion_timeout", "OriginCommError", 504},
	ErrorCanceled:          {"canceled", "ClientCommError", 504},
	ErrorLimit:             {"limit", "", 503}, // its result type says it all
	ErrorSigning:           {"signing", "OriginError", 502},
}

// String returns the kind in snake_case.
func (k ErrorKind) String() string {
	if k < errorKindCount {
		return errorKinds[k].name
	}
	return fmt.Sprintf("ErrorKind(%d)", uint8(k))
}

// Detail returns CloudFront's detailed result type for the kind (CF-LDT).
func (k ErrorKind) Detail() string { return errorKinds[min(k, errorKindCount-1)].detail }

// Status returns the status the viewer gets: 502 or 504 (CF-ORT-08), or 503
// when it is we who do not ask.
func (k ErrorKind) Status() int { return errorKinds[min(k, errorKindCount-1)].status }

// Unreachable reports whether the origin gave no sign that it is there and
// works, as opposed to an answer that is of no use.
func (k ErrorKind) Unreachable() bool {
	switch k {
	case ErrorDNS, ErrorConnect, ErrorTLS, ErrorConnectTimeout, ErrorReadTimeout, ErrorRead, ErrorWrite, ErrorCompletionTimeout:
		return true
	}
	return false
}

// Retry says whether trying again may help.
type Retry uint8

// The retry decisions.
const (
	RetryNo     Retry = iota
	RetryYes          // nothing of the request was processed
	RetryReused       // only because the connection had been used before (CF-ORT-11)
)

// String returns the decision in snake_case.
func (r Retry) String() string {
	switch r {
	case RetryNo:
		return "no"
	case RetryYes:
		return "yes"
	case RetryReused:
		return "reused"
	}
	return "Retry(?)"
}

// An Error is a round trip that gave no usable response.
type Error struct {
	Kind  ErrorKind
	Op    string // "dial api:443", "read response"
	Retry Retry
	Err   error // the cause, may be nil
}

// Error returns "origin: OP: KIND: cause".
func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("origin: %s: %s", e.Op, e.Kind)
	}
	return fmt.Sprintf("origin: %s: %s: %v", e.Op, e.Kind, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first *Error in err's chain, ErrorUnknown
// if there is none.
func KindOf(err error) ErrorKind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ErrorUnknown
}
