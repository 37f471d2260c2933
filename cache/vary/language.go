package vary

import (
	"encoding/binary"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A variant by Accept-Language answers more requests than those with the same
// field: if a stored response is in the one language that a viewer likes best,
// nothing better can come (RFC 9110 sections 8.5 and 12.5.4). Such a response
// has a second place, its language in place of the field's value.
//
// What the first viewer wrote is not in that place. So it must have been
// nothing but languages and weights: an origin that repeats it in its content
// cannot be made to say more to others.

// maxRanges bounds the language ranges of a field that is looked into.
const maxRanges = 16

// LanguageOf returns the language that a response for this request is in, in
// lower case. ok is false if it may not be selected by that: if the names do
// not have Accept-Language, if it is in no language or in several, or if the
// request's field is not well-formed.
func (n Names) LanguageOf(request, response field.Lines) (language string, ok bool) {
	language = strings.ToLower(field.TrimSpace(response.Joined("Content-Language")))
	if !n.Covers(acceptLanguage) || !isLanguageRange(language) {
		return "", false
	}
	_, _, wellFormed := preferred(request)
	return language, wellFormed
}

// Preferred returns the one language that a request likes better than all
// others, in lower case. ok is false if there is none, or if the names do not
// have Accept-Language.
func (n Names) Preferred(request field.Lines) (language string, ok bool) {
	if !n.Covers(acceptLanguage) {
		return "", false
	}
	language, alone, wellFormed := preferred(request)
	return language, wellFormed && alone && language != "*"
}

// AppendLanguage is Append with a language in place of the Accept-Language
// field. No field has the bytes that it appends.
func (n Names) AppendLanguage(key []byte, request field.Lines, language string) []byte {
	key = n.Without(acceptLanguage).Append(key, request)
	key = append(key, 0, 0)
	key = binary.AppendUvarint(key, uint64(len(language)))
	return append(key, language...)
}

const acceptLanguage = "accept-language"

// preferred returns the range with the greatest weight, and whether no other
// has that weight too. A weight of 0 excludes.
func preferred(request field.Lines) (best string, alone, wellFormed bool) {
	most, n := 0, 0
	for member := range field.Elements(request.Joined(acceptLanguage)) {
		name, weight, ok := cutWeight(squeeze(member))
		if n++; !ok || n > maxRanges || name != "*" && !isLanguageRange(name) {
			return "", false, false
		}
		switch {
		case weight > most:
			best, most, alone = name, weight, true
		case weight == most && name != best:
			alone = false
		}
	}
	return best, alone && most > 0, n > 0
}

// cutWeight splits "de;q=0.5" into the range and the weight in thousandths,
// 1000 without one (RFC 9110 section 12.4.2).
func cutWeight(member string) (name string, weight int, ok bool) {
	name, q, weighted := strings.Cut(member, ";q=")
	if !weighted {
		return name, 1000, true
	}
	whole, fraction, dot := strings.Cut(q, ".")
	if whole != "0" && whole != "1" || len(fraction) > 3 || strings.Trim(fraction, "0123456789") != "" {
		return "", 0, false
	}
	if dot {
		for i := range 3 {
			weight *= 10
			if i < len(fraction) {
				weight += int(fraction[i] - '0')
			}
		}
	}
	if whole == "1" {
		return name, 1000, weight == 0
	}
	return name, weight, true
}

// isLanguageRange reports whether s is a basic language range other than "*"
// (RFC 4647 section 2.1), in lower case: "de", "de-at", "zh-hant-tw".
func isLanguageRange(s string) bool {
	for subtag := range strings.SplitSeq(s, "-") {
		if len(subtag) == 0 || len(subtag) > 8 || strings.Trim(subtag, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
	}
	return len(s) <= maxLanguage
}

// maxLanguage bounds a language tag, in bytes; the longest that are in use
// have 35 (RFC 5646 section 4.4.1).
const maxLanguage = 35
