package proxy

// GeneratedErrorHeaders says whether the response headers policy is applied to
// errors that the edge makes itself (CF-ERR-25).
type GeneratedErrorHeaders uint8

const (
	// GeneratedErrorHeadersApplied applies it, once a behavior was selected.
	GeneratedErrorHeadersApplied GeneratedErrorHeaders = iota
	// GeneratedErrorHeadersOmitted leaves them as they are.
	GeneratedErrorHeadersOmitted
)

// String returns the word of the configuration.
func (c GeneratedErrorHeaders) String() string {
	switch c {
	case GeneratedErrorHeadersApplied:
		return "applied"
	case GeneratedErrorHeadersOmitted:
		return "omitted"
	}
	return "GeneratedErrorHeaders(?)"
}

// ErrorPageHeaders says whose response headers policy is applied to the page of a
// custom error response (CF-CER-14).
type ErrorPageHeaders uint8

const (
	// ErrorPageHeadersRequest applies that of the request's behavior.
	ErrorPageHeadersRequest ErrorPageHeaders = iota
	// ErrorPageHeadersPage applies that of the page's behavior.
	ErrorPageHeadersPage
)

// String returns the word of the configuration.
func (c ErrorPageHeaders) String() string {
	switch c {
	case ErrorPageHeadersRequest:
		return "request"
	case ErrorPageHeadersPage:
		return "page"
	}
	return "ErrorPageHeaders(?)"
}
