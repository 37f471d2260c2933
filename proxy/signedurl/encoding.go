package signedurl

import (
	"encoding/base64"
	"strings"
)

// encoding is base64 with "-", "_" and "~" where standard base64 has "+", "=" and
// "/" (CF-SIG-05). It is not base64url.
var encoding = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-~").WithPadding('_').Strict()

// encode returns the form of bytes in a URL or a cookie.
func encode(b []byte) string { return encoding.EncodeToString(b) }

// decode reads what encode wrote and nothing else: each text of bytes has one
// form, so padding must be there and the bits behind the end be zero.
func decode(text string) ([]byte, bool) {
	if strings.ContainsAny(text, "\r\n") { // which encoding/base64 passes over
		return nil, false
	}
	b, err := encoding.DecodeString(text)
	return b, err == nil
}
