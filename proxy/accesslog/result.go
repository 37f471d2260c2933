package accesslog

import "strconv"

// A ResultType is the value of x-edge-result-type and of
// x-edge-response-result-type (table CF-LRT).
type ResultType uint8

// The result types. The last two are not in Amazon's table: they mirror
// X-Cache for responses that a function made (CF-LOG-11).
const (
	ResultTypeNone                      ResultType = iota // not known: logged as `-`
	ResultTypeHit                                         // CF-LRT-01
	ResultTypeRefreshHit                                  // CF-LRT-02
	ResultTypeMiss                                        // CF-LRT-03
	ResultTypeLimitExceeded                               // CF-LRT-04
	ResultTypeCapacityExceeded                            // CF-LRT-05
	ResultTypeError                                       // CF-LRT-06
	ResultTypeRedirect                                    // CF-LRT-07
	ResultTypeLambdaExecutionError                        // CF-LRT-08
	ResultTypeFunctionGeneratedResponse                   // CF-XC-07
	ResultTypeLambdaGeneratedResponse                     // CF-XC-06
	numResultTypes
)

// resultTypes has X-Cache beside each name, so that setting the header
// allocates nothing.
var resultTypes = [numResultTypes]struct{ name, xCache string }{
	ResultTypeNone:                      {"", ""},
	ResultTypeHit:                       {"Hit", "Hit from cloudfront"},
	ResultTypeRefreshHit:                {"RefreshHit", "RefreshHit from cloudfront"},
	ResultTypeMiss:                      {"Miss", "Miss from cloudfront"},
	ResultTypeLimitExceeded:             {"LimitExceeded", "LimitExceeded from cloudfront"},
	ResultTypeCapacityExceeded:          {"CapacityExceeded", "CapacityExceeded from cloudfront"},
	ResultTypeError:                     {"Error", "Error from cloudfront"},
	ResultTypeRedirect:                  {"Redirect", "Redirect from cloudfront"},
	ResultTypeLambdaExecutionError:      {"LambdaExecutionError", "Error from cloudfront"},
	ResultTypeFunctionGeneratedResponse: {"FunctionGeneratedResponse", "FunctionGeneratedResponse from cloudfront"},
	ResultTypeLambdaGeneratedResponse:   {"LambdaGeneratedResponse", "LambdaGeneratedResponse from cloudfront"},
}

// String returns the word of the log; ResultTypeNone is empty.
func (r ResultType) String() string {
	if r >= numResultTypes {
		return "result(" + strconv.Itoa(int(r)) + ")"
	}
	return resultTypes[r].name
}

// XCache returns the value of the X-Cache field (table CF-XC); for
// ResultTypeNone it is empty.
func (r ResultType) XCache() string {
	if r >= numResultTypes {
		return ""
	}
	return resultTypes[r].xCache
}

// A DetailedType is the value of x-edge-detailed-result-type when it says
// more than the result type (table CF-LDT).
type DetailedType uint8

// The detailed result types. Those about the origin are the kinds of error
// that the origin side reports.
const (
	DetailedTypeNone                          DetailedType = iota // equal to the result type
	DetailedTypeOriginShieldHit                                   // CF-LDT-01
	DetailedTypeMissGeneratedResponse                             // CF-LDT-02
	DetailedTypeAbortedOrigin                                     // CF-LDT-03
	DetailedTypeClientCommError                                   // CF-LDT-04
	DetailedTypeClientGeoBlocked                                  // CF-LDT-05
	DetailedTypeClientHungUpRequest                               // CF-LDT-06
	DetailedTypeError                                             // CF-LDT-07
	DetailedTypeInvalidRequest                                    // CF-LDT-08
	DetailedTypeInvalidRequestBlocked                             // CF-LDT-09
	DetailedTypeInvalidRequestCertificate                         // CF-LDT-10
	DetailedTypeInvalidRequestHeader                              // CF-LDT-11
	DetailedTypeInvalidRequestMethod                              // CF-LDT-12
	DetailedTypeOriginCommError                                   // CF-LDT-13
	DetailedTypeOriginConnectError                                // CF-LDT-14
	DetailedTypeOriginContentRangeLengthError                     // CF-LDT-15
	DetailedTypeOriginDNSError                                    // CF-LDT-16
	DetailedTypeOriginError                                       // CF-LDT-17
	DetailedTypeOriginHeaderTooBigError                           // CF-LDT-18
	DetailedTypeOriginInvalidResponseError                        // CF-LDT-19
	DetailedTypeOriginReadError                                   // CF-LDT-20
	DetailedTypeOriginWriteError                                  // CF-LDT-21
	DetailedTypeOriginZeroSizeObjectError                         // CF-LDT-22
	DetailedTypeSlowReaderOriginError                             // CF-LDT-23
	numDetailedTypes
)

var detailedTypeNames = [numDetailedTypes]string{
	DetailedTypeNone:                          "",
	DetailedTypeOriginShieldHit:               "OriginShieldHit",
	DetailedTypeMissGeneratedResponse:         "MissGeneratedResponse",
	DetailedTypeAbortedOrigin:                 "AbortedOrigin",
	DetailedTypeClientCommError:               "ClientCommError",
	DetailedTypeClientGeoBlocked:              "ClientGeoBlocked",
	DetailedTypeClientHungUpRequest:           "ClientHungUpRequest",
	DetailedTypeError:                         "Error",
	DetailedTypeInvalidRequest:                "InvalidRequest",
	DetailedTypeInvalidRequestBlocked:         "InvalidRequestBlocked",
	DetailedTypeInvalidRequestCertificate:     "InvalidRequestCertificate",
	DetailedTypeInvalidRequestHeader:          "InvalidRequestHeader",
	DetailedTypeInvalidRequestMethod:          "InvalidRequestMethod",
	DetailedTypeOriginCommError:               "OriginCommError",
	DetailedTypeOriginConnectError:            "OriginConnectError",
	DetailedTypeOriginContentRangeLengthError: "OriginContentRangeLengthError",
	DetailedTypeOriginDNSError:                "OriginDnsError",
	DetailedTypeOriginError:                   "OriginError",
	DetailedTypeOriginHeaderTooBigError:       "OriginHeaderTooBigError",
	DetailedTypeOriginInvalidResponseError:    "OriginInvalidResponseError",
	DetailedTypeOriginReadError:               "OriginReadError",
	DetailedTypeOriginWriteError:              "OriginWriteError",
	DetailedTypeOriginZeroSizeObjectError:     "OriginZeroSizeObjectError",
	DetailedTypeSlowReaderOriginError:         "SlowReaderOriginError",
}

// String returns the word of the log; DetailedTypeNone is empty.
func (d DetailedType) String() string {
	if d >= numDetailedTypes {
		return "detailed(" + strconv.Itoa(int(d)) + ")"
	}
	return detailedTypeNames[d]
}
