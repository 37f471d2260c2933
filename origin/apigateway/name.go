package apigateway

import (
	"fmt"
	"net"
	"strings"
)

// A Form is one of the forms that the host name of an API can have.
type Form uint8

// The forms. Which of them names a private API cannot be told: with private
// DNS it has the default form (AG-HOST-04). Nor can an edge-optimized API be
// told from a regional one (AG-PRX-02).
const (
	// FormOther is any other name: a custom domain name, or no API at all.
	FormOther Form = iota
	// FormDefault is "{api}.execute-api.{region}.amazonaws.com" (AG-HOST-01).
	FormDefault
	// FormAlias is "{api}-{vpce}.execute-api.{region}.amazonaws.com", the alias
	// of a VPC endpoint that is associated with a private API (AG-HOST-04 c).
	FormAlias
	// FormEndpoint is "vpce-{id}-{suffix}[-{zone}].execute-api.{region}.vpce.amazonaws.com",
	// a VPC endpoint's own name. It serves all private APIs of the region and
	// names none: Host or X-Apigw-Api-Id must (AG-HOST-04 b, AG-HOST-05).
	FormEndpoint
	// FormEmulated is "{api}[-{vpce}].execute-api." and anything else, as
	// emulators such as LocalStack take it (AG-LS-01).
	FormEmulated
)

// String returns the form in lower case.
func (f Form) String() string {
	switch f {
	case FormOther:
		return "other"
	case FormDefault:
		return "default"
	case FormAlias:
		return "alias"
	case FormEndpoint:
		return "endpoint"
	case FormEmulated:
		return "emulated"
	}
	return fmt.Sprintf("Form(%d)", uint8(f))
}

// A Name is what the host name of an API tells. Parts that it does not tell
// are "".
type Name struct {
	Form Form
	// APIID is the API's id, such as "a1b2c3d4e5". FormEndpoint has none.
	APIID string
	// VPCEndpoint is the id of a VPC endpoint, such as
	// "vpce-0123456789abcdef0", of FormAlias and FormEndpoint.
	VPCEndpoint string
	// Region is the region, such as "us-east-1". FormEmulated has none.
	Region string
}

// ParseName reads a host name, with or without a port, in any case. All that
// is not one of the service's own forms is FormOther, never an error: then
// nothing can be said about it.
func ParseName(host string) Name {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	first, rest, isAPI := strings.Cut(strings.ToLower(host), ".execute-api.")
	if !isAPI || !consistsOf(first, lowerAlphanumeric+"-") {
		return Name{}
	}
	region, private := regionOf(rest)
	if private {
		id := endpointID(first)
		if id == "" {
			return Name{}
		}
		return Name{Form: FormEndpoint, VPCEndpoint: id, Region: region}
	}
	n := Name{Form: FormDefault, Region: region}
	api, endpoint, isAlias := strings.Cut(first, "-vpce-")
	if isAlias {
		n.Form, n.VPCEndpoint = FormAlias, "vpce-"+endpoint
	}
	if api == "" || !consistsOf(api, lowerAlphanumeric) || isAlias && endpointID(n.VPCEndpoint) != n.VPCEndpoint {
		return Name{}
	}
	if region == "" {
		n.Form = FormEmulated
	}
	n.APIID = api
	return n
}

// NeedsAPIID reports whether requests by this name must say which API they
// are for, by X-Apigw-Api-Id or another Host (AG-HOST-04 b).
func (n Name) NeedsAPIID() bool { return n.Form == FormEndpoint }

const lowerAlphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789"

// regionOf returns the region of what follows "execute-api.", "" if that is
// not AWS's. private tells that it is a VPC endpoint's.
func regionOf(suffix string) (region string, private bool) {
	region, isAWS := strings.CutSuffix(suffix, ".amazonaws.com")
	if !isAWS {
		if region, isAWS = strings.CutSuffix(suffix, ".amazonaws.com.cn"); !isAWS {
			return "", false
		}
	}
	region, private = strings.CutSuffix(region, ".vpce")
	if !ValidRegion(region) {
		return "", false
	}
	return region, private
}

// endpointID returns "vpce-{id}" of a label that begins with it, "" if it does
// not.
func endpointID(label string) string {
	id, isEndpoint := strings.CutPrefix(label, "vpce-")
	id, _, _ = strings.Cut(id, "-")
	if !isEndpoint || id == "" {
		return ""
	}
	return "vpce-" + id
}

// ValidRegion reports whether s has the form of an AWS region: words with
// dashes between them and a number at the end, as in "us-gov-west-1".
func ValidRegion(s string) bool {
	parts := strings.Split(s, "-")
	for _, p := range parts {
		if p == "" || !consistsOf(p, lowerAlphanumeric) {
			return false
		}
	}
	return len(parts) >= 3 && consistsOf(parts[len(parts)-1], "0123456789")
}

// APIIDField is the field by which a request to a VPC endpoint says which API
// it is for (AG-HOST-04 b).
const APIIDField = "X-Apigw-Api-Id"
