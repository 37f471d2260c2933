package transform

// A Kind is one transformation. The zero value changes nothing.
type Kind uint8

// The transformations of AWS WAF (WF-TT-01 to WF-TT-21).
const (
	None Kind = iota
	Lowercase
	CompressWhiteSpace
	CmdLine
	URLDecode
	URLDecodeUni
	HTMLEntityDecode
	JSDecode
	CSSDecode
	EscapeSeqDecode
	Base64Decode
	Base64DecodeExt
	HexDecode
	SQLHexDecode
	MD5
	ReplaceComments
	RemoveNulls
	ReplaceNulls
	NormalizePath
	NormalizePathWin
	UTF8ToUnicode
)

// A form is what there is to know of a Kind.
type form struct {
	word string // AWS's
	// first returns where the first byte is that write could change, -1 if
	// there is none. What precedes it means nothing to write.
	first func(src string) int
	// write appends what becomes of src, which begins at that byte.
	write func(dst []byte, src string) []byte
}

var forms = [...]form{
	None:               {"NONE", never, nil},
	Lowercase:          {"LOWERCASE", firstUpper, lowercase},
	CompressWhiteSpace: {"COMPRESS_WHITE_SPACE", firstWhiteSpace, compressWhiteSpace},
	CmdLine:            {"CMD_LINE", firstOfCmdLine, cmdLine},
	URLDecode:          {"URL_DECODE", firstURLEscape, urlDecode},
	URLDecodeUni:       {"URL_DECODE_UNI", firstURLEscape, urlDecodeUni},
	HTMLEntityDecode:   {"HTML_ENTITY_DECODE", firstEntity, htmlEntityDecode},
	JSDecode:           {"JS_DECODE", firstBackslash, jsDecode},
	CSSDecode:          {"CSS_DECODE", firstBackslash, cssDecode},
	EscapeSeqDecode:    {"ESCAPE_SEQ_DECODE", firstBackslash, escapeSeqDecode},
	Base64Decode:       {"BASE64_DECODE", always, base64Decode},
	Base64DecodeExt:    {"BASE64_DECODE_EXT", always, base64DecodeExt},
	HexDecode:          {"HEX_DECODE", firstHexPair, hexDecode},
	SQLHexDecode:       {"SQL_HEX_DECODE", firstSQLHex, sqlHexDecode},
	MD5:                {"MD5", always, md5Sum},
	ReplaceComments:    {"REPLACE_COMMENTS", firstComment, replaceComments},
	RemoveNulls:        {"REMOVE_NULLS", firstNull, removeNulls},
	ReplaceNulls:       {"REPLACE_NULLS", firstNull, replaceNulls},
	NormalizePath:      {"NORMALIZE_PATH", pathChanges, normalizePath},
	NormalizePathWin:   {"NORMALIZE_PATH_WIN", windowsPathChanges, normalizePathWin},
	UTF8ToUnicode:      {"UTF8_TO_UNICODE", firstNonASCII, utf8ToUnicode},
}

func never(string) int  { return -1 }
func always(string) int { return 0 }

// Parse returns the Kind of AWS's word for it, as "URL_DECODE", and whether
// there is one. Letter case matters.
func Parse(word string) (Kind, bool) {
	for k := range forms {
		if forms[k].word == word {
			return Kind(k), true
		}
	}
	return None, false
}

// String returns AWS's word.
func (k Kind) String() string {
	if int(k) >= len(forms) {
		return "transform.Kind(?)"
	}
	return forms[k].word
}

// Apply returns what becomes of src: src itself where nothing changes, else a
// view of the memory of s, which is valid until s.Reset. A value that is no
// Kind changes nothing.
//
// Hot path: no allocation where nothing changes, nor once s has room.
func (k Kind) Apply(src string, s *Scratch) string {
	if int(k) >= len(forms) {
		return src
	}
	f := &forms[k]
	at := f.first(src)
	if at < 0 {
		return src
	}
	dst := s.room(at + k.bound(len(src)-at))
	dst = append(dst, src[:at]...)
	dst = f.write(dst, src[at:])
	if string(dst) == src {
		return src
	}
	return s.take(dst)
}

// bound returns how many bytes k makes of n at most (WF-TT-25).
func (k Kind) bound(n int) int {
	switch k {
	case MD5:
		return md5Size
	case UTF8ToUnicode:
		return 3 * n // "é" is two bytes, "%u00e9" six
	}
	return n
}
