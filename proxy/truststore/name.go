package truststore

import (
	"encoding/asn1"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// An attribute is one of a distinguished name.
type attribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

// The attribute types that RFC 2253 section 2.3 has a word for.
var attributeWords = map[string]string{
	"2.5.4.3": "CN", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.6": "C", "2.5.4.9": "STREET",
	"0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID",
}

// distinguishedName returns a name as RFC 2253 writes it (CF-MTLS-06): the last
// attribute first. It is of printable ASCII whatever the name has, because it
// becomes a field's value: all other bytes are escaped by their number. What cannot
// be parsed is "".
func distinguishedName(der []byte) string {
	var sets []asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &sets); err != nil || len(rest) > 0 {
		return ""
	}
	var b strings.Builder
	for i, set := range slices.Backward(sets) {
		if i < len(sets)-1 {
			b.WriteByte(',')
		}
		for j, rest := 0, set.Bytes; len(rest) > 0; j++ {
			var a attribute
			var err error
			if rest, err = asn1.Unmarshal(rest, &a); err != nil {
				return ""
			}
			if j > 0 {
				b.WriteByte('+')
			}
			writeAttribute(&b, a)
		}
	}
	return b.String()
}

// writeAttribute writes type=value. A type without a word, and a value that is no
// text, are written by number (RFC 2253 sections 2.3 and 2.4).
func writeAttribute(b *strings.Builder, a attribute) {
	number := a.Type.String()
	word, known := attributeWords[number]
	value, isText := text(a.Value)
	if !known || !isText {
		if !known {
			word = number
		}
		b.WriteString(word + "=#" + hex.EncodeToString(a.Value.FullBytes))
		return
	}
	b.WriteString(word + "=")
	writeValue(b, value)
}

// text returns a value in UTF-8.
func text(v asn1.RawValue) (string, bool) {
	if v.Class != asn1.ClassUniversal || v.IsCompound {
		return "", false
	}
	switch v.Tag {
	case asn1.TagPrintableString, asn1.TagUTF8String, asn1.TagIA5String, asn1.TagNumericString:
		return string(v.Bytes), utf8.Valid(v.Bytes)
	case asn1.TagBMPString:
		units := make([]uint16, 0, len(v.Bytes)/2)
		for i := 0; i+1 < len(v.Bytes); i += 2 {
			units = append(units, uint16(v.Bytes[i])<<8|uint16(v.Bytes[i+1]))
		}
		return string(utf16.Decode(units)), len(v.Bytes)%2 == 0
	}
	return "", false
}

// writeValue escapes as RFC 2253 section 2.4 says.
func writeValue(b *strings.Builder, value string) {
	for i := range len(value) {
		c := value[i]
		switch {
		case c < ' ' || c >= 0x7f:
			b.WriteString(`\` + strings.ToUpper(hex.EncodeToString([]byte{c})))
			continue
		case strings.IndexByte(`,+"\<>;`, c) >= 0,
			i == 0 && (c == ' ' || c == '#'),
			i == len(value)-1 && c == ' ':
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
}
