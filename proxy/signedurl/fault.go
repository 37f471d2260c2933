package signedurl

import "strconv"

// A Fault says why a request is refused. The viewer learns less: see Denial.
type Fault uint8

// The faults, in the order in which they are looked for.
const (
	FaultNone               Fault = iota
	FaultUnsigned                 // neither a parameter nor a cookie of a signature
	FaultRepeated                 // a parameter is there twice, with different values
	FaultEncodedName              // the name of a parameter is percent-encoded
	FaultNoKeyID                  // Key-Pair-Id is missing
	FaultUnknownKey               // the key is in no key group of the behavior
	FaultNoSignature              // Signature is missing
	FaultNoPolicy                 // neither Policy nor Expires
	FaultTwoPolicies              // Policy and Expires
	FaultHashAlgorithm            // Hash-Algorithm is neither SHA1 nor SHA256
	FaultSignatureEncoding        // Signature is not in the base64 of CF-SIG-05
	FaultPolicyEncoding           // Policy is not, or is too long
	FaultPolicy                   // the policy is not JSON, or not a policy
	FaultExpires                  // Expires is not a number of seconds
	FaultURL                      // the URL cannot be in a canned policy
	FaultSignature                // the signature is not that of the policy by this key
	FaultExpired                  // the time of DateLessThan has come
	FaultNotYet                   // the time of DateGreaterThan is not over
	FaultAddress                  // the viewer's address is not in AWS:SourceIp
	FaultResource                 // the URL is not the resource
	FaultNormalizedResource       // the URL is, but its normalised path is not
	numFaults
)

// NumFaults is the number of faults, for tables that are indexed by them.
const NumFaults = int(numFaults)

var faults = [numFaults]struct {
	name   string
	denial Denial
}{
	FaultNone:               {"none", DenialNone},
	FaultUnsigned:           {"unsigned", DenialMissingKey},
	FaultRepeated:           {"repeated parameter", DenialAccessDenied},
	FaultEncodedName:        {"percent-encoded parameter name", DenialAccessDenied},
	FaultNoKeyID:            {"no key id", DenialMissingKey},
	FaultUnknownKey:         {"unknown key", DenialInvalidKey},
	FaultNoSignature:        {"no signature", DenialAccessDenied},
	FaultNoPolicy:           {"neither policy nor expiry", DenialAccessDenied},
	FaultTwoPolicies:        {"policy and expiry", DenialAccessDenied},
	FaultHashAlgorithm:      {"unknown hash algorithm", DenialAccessDenied},
	FaultSignatureEncoding:  {"signature not decodable", DenialMalformedSignature},
	FaultPolicyEncoding:     {"policy not decodable", DenialMalformedPolicy},
	FaultPolicy:             {"policy not understood", DenialMalformedPolicy},
	FaultExpires:            {"expiry not a time", DenialMalformedPolicy}, // as a time in milliseconds was answered
	FaultURL:                {"URL not signable", DenialAccessDenied},
	FaultSignature:          {"wrong signature", DenialAccessDenied},
	FaultExpired:            {"expired", DenialAccessDenied},
	FaultNotYet:             {"not yet valid", DenialAccessDenied},
	FaultAddress:            {"address not allowed", DenialAccessDenied},
	FaultResource:           {"another resource", DenialAccessDenied},
	FaultNormalizedResource: {"another resource by its normalised path", DenialAccessDenied},
}

// String returns a few words for explanations.
func (f Fault) String() string {
	if f >= numFaults {
		return "Fault(" + strconv.Itoa(int(f)) + ")"
	}
	return faults[f].name
}

// Denial returns what the viewer is told.
func (f Fault) Denial() Denial {
	if f >= numFaults {
		return DenialAccessDenied
	}
	return faults[f].denial
}

// A Denial is what CloudFront tells the viewer, a code and a message
// (CF-SIG-51 to CF-SIG-56).
type Denial uint8

// The denials.
const (
	DenialNone               Denial = iota
	DenialMissingKey                // CF-SIG-51
	DenialInvalidKey                // CF-SIG-52
	DenialMalformedSignature        // CF-SIG-53
	DenialMalformedPolicy           // CF-SIG-54
	DenialAccessDenied              // CF-SIG-55
	numDenials
)

var denials = [numDenials]struct{ code, message string }{
	DenialNone:               {"None", ""},
	DenialMissingKey:         {"MissingKey", "Missing Key-Pair-Id query parameter or cookie value"},
	DenialInvalidKey:         {"InvalidKey", "Unknown Key"},
	DenialMalformedSignature: {"MalformedSignature", "Could not unencode Signature"},
	DenialMalformedPolicy:    {"MalformedPolicy", "Malformed Policy"},
	DenialAccessDenied:       {"AccessDenied", "Access Denied"},
}

// String returns the code, such as "AccessDenied".
func (d Denial) String() string {
	if d >= numDenials {
		return "Denial(" + strconv.Itoa(int(d)) + ")"
	}
	return denials[d].code
}

// Message returns the sentence that goes with the code.
func (d Denial) Message() string {
	if d >= numDenials {
		return ""
	}
	return denials[d].message
}
