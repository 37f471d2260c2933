// Package errorpage holds the bodies that the edge writes itself, byte for
// byte as CloudFront writes them, and the custom error responses that a
// distribution may put in their place (CF-ERR-20, CF-VPP-07, CF-CER).
//
// It is a part of proxy.
package errorpage
