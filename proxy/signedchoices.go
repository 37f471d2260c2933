package proxy

// SignedOptions says whether OPTIONS needs a signature where other methods do
// (CF-SIG-33).
type SignedOptions uint8

const (
	// SignedOptionsRequired asks for one, which no CORS preflight has by cookies.
	SignedOptionsRequired SignedOptions = iota
	// SignedOptionsExempt asks for none.
	SignedOptionsExempt
)

// String returns the word of the configuration.
func (c SignedOptions) String() string {
	switch c {
	case SignedOptionsRequired:
		return "required"
	case SignedOptionsExempt:
		return "exempt"
	}
	return "SignedOptions(?)"
}

// SignedErrorResponses says whether a custom error response takes the place of
// the answer to a request without a valid signature (CF-CER-05).
type SignedErrorResponses uint8

const (
	// SignedErrorResponsesReplaced has it do so.
	SignedErrorResponsesReplaced SignedErrorResponses = iota
	// SignedErrorResponsesKept leaves the answer as it is.
	SignedErrorResponsesKept
)

// String returns the word of the configuration.
func (c SignedErrorResponses) String() string {
	switch c {
	case SignedErrorResponsesReplaced:
		return "replaced"
	case SignedErrorResponsesKept:
		return "kept"
	}
	return "SignedErrorResponses(?)"
}

// PublicSigningParameters says what becomes of the parameters of a signed URL in
// a behavior that asks for no signature (CF-SIG-28).
type PublicSigningParameters uint8

const (
	// PublicSigningParametersKept keys and forwards them like others.
	PublicSigningParametersKept PublicSigningParameters = iota
	// PublicSigningParametersRemoved takes them out.
	PublicSigningParametersRemoved
)

// String returns the word of the configuration.
func (c PublicSigningParameters) String() string {
	switch c {
	case PublicSigningParametersKept:
		return "kept"
	case PublicSigningParametersRemoved:
		return "removed"
	}
	return "PublicSigningParameters(?)"
}
