package accesslog

import "strings"

// Whoever has a signature that has not expired may use it, so a log that others
// read should not have it. What is written in the place of a value is this.
const hidden = "hidden"

// signing are names of parameters and, behind "CloudFront-", of cookies.
var signing = [...]string{"Signature", "Policy"}

const signingCookie = "CloudFront-"

// HideSignatures returns a query, cookies, or a URL without the values of
// signatures and policies, for other logs.
func HideSignatures(s string) string {
	if !mentionsSigning(s) {
		return s
	}
	return string(hide(nil, s, false))
}

// hide appends s without the values of signatures and policies, and the rest of it
// escaped or as it is. (With a function for the rest every record would be on the
// heap.)
func hide(dst []byte, s string, escape bool) []byte {
	written := 0
	for at := 0; at < len(s); {
		end := len(s)
		if i := strings.IndexAny(s[at:], "?&; #"); i >= 0 {
			end = at + i
		}
		if name, value, found := strings.Cut(s[at:end], "="); found && value != "" && (isSigning(name) || hasSigned(value)) {
			dst = appendRest(dst, s[written:at+len(name)+1], escape)
			dst = append(dst, hidden...)
			written = end
		}
		at = end + 1
	}
	return appendRest(dst, s[written:], escape)
}

func appendRest(dst []byte, s string, escape bool) []byte {
	if escape {
		return AppendEscaped(dst, s)
	}
	return append(dst, s...)
}

func isSigning(name string) bool {
	name = strings.TrimPrefix(name, signingCookie)
	for _, s := range signing {
		if name == s {
			return true
		}
	}
	return false
}

// hasSigned reports whether a value is a signed URL, or has one in it, encoded: where
// to go after a login, for one.
func hasSigned(value string) bool {
	for rest := value; ; {
		i := strings.Index(rest, "%3")
		if i < 0 {
			return false
		}
		if before := rest[:i]; strings.HasPrefix(rest[i+2:], "D") || strings.HasPrefix(rest[i+2:], "d") {
			for _, s := range signing {
				if strings.HasSuffix(before, s) {
					return true
				}
			}
		}
		rest = rest[i+2:]
	}
}

// mentionsSigning reports whether a text may have something to hide.
func mentionsSigning(s string) bool {
	for _, name := range signing {
		for rest := s; ; {
			i := strings.Index(rest, name)
			if i < 0 {
				break
			}
			if rest = rest[i+len(name):]; strings.HasPrefix(rest, "=") || strings.HasPrefix(rest, "%3") {
				return true
			}
		}
	}
	return false
}

// appendReferer is appendRepeated for a URL that may be signed.
func (e *encoder) appendReferer(dst []byte, r *Record) []byte {
	if r.HideSignatures && mentionsSigning(r.Referer) {
		return appendPrivate(dst, r, r.Referer)
	}
	return e.appendRepeated(dst, repeatedReferer, r.Referer)
}

// appendPrivate is appendText for what may have a signature.
func appendPrivate(dst []byte, r *Record, s string) []byte {
	if !r.HideSignatures || !mentionsSigning(s) {
		return appendText(dst, s)
	}
	return hide(append(dst, '\t'), s, true)
}
