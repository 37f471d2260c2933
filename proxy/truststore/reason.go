package truststore

import "fmt"

// A Reason says why a handshake ended without a connection, in the words of the
// connection log (CF-CLOG-02).
type Reason uint8

// The reasons. ReasonRejected is a certificate that was revoked, or of which that
// cannot be told.
const (
	ReasonNone Reason = iota // it did not
	ReasonMaxChainDepthExceeded
	ReasonMaxSizeExceeded
	ReasonUntrusted
	ReasonNotYetValid
	ReasonExpired
	ReasonTypeUnsupported
	ReasonInvalid
	ReasonIntentInvalid
	ReasonRejected
	ReasonMissing
	ReasonTCPError
	ReasonTCPTimeout
	ReasonInternal
	ReasonUnmapped
	reasonCount
)

var reasonNames = [reasonCount]string{
	ReasonNone:                  "",
	ReasonMaxChainDepthExceeded: "ClientCertMaxChainDepthExceeded",
	ReasonMaxSizeExceeded:       "ClientCertMaxSizeExceeded",
	ReasonUntrusted:             "ClientCertUntrusted",
	ReasonNotYetValid:           "ClientCertNotYetValid",
	ReasonExpired:               "ClientCertExpired",
	ReasonTypeUnsupported:       "ClientCertTypeUnsupported",
	ReasonInvalid:               "ClientCertInvalid",
	ReasonIntentInvalid:         "ClientCertIntentInvalid",
	ReasonRejected:              "ClientCertRejected",
	ReasonMissing:               "ClientCertMissing",
	ReasonTCPError:              "TcpError",
	ReasonTCPTimeout:            "TcpTimeout",
	ReasonInternal:              "Internal",
	ReasonUnmapped:              "UnmappedConnectionError",
}

// String returns CloudFront's code, "" for ReasonNone.
func (r Reason) String() string {
	if r < reasonCount {
		return reasonNames[r]
	}
	return fmt.Sprintf("Reason(%d)", uint8(r))
}

// OfCertificate reports whether the viewer's certificate is why, or that there is none.
func (r Reason) OfCertificate() bool { return r >= ReasonMaxChainDepthExceeded && r <= ReasonMissing }

// Reasons are all of them, in order, without ReasonNone.
func Reasons() []Reason {
	all := make([]Reason, 0, reasonCount-1)
	for r := ReasonNone + 1; r < reasonCount; r++ {
		all = append(all, r)
	}
	return all
}

// An Error says why a viewer's certificate is refused.
type Error struct {
	Reason Reason
	Err    error
}

// Error begins with CloudFront's code.
func (e *Error) Error() string { return e.Reason.String() + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func refuse(r Reason, format string, args ...any) *Error {
	return &Error{r, fmt.Errorf(format, args...)}
}
