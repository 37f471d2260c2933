package transform

import (
	"strings"
	"testing"
)

const unchanged = "the text itself"

// transformations are the rows of the specification, each with what it leaves
// alone.
var transformations = []struct {
	kind     Kind
	id       string
	in, want string
}{
	{None, "WF-TT-01", "A%41 +\\x41\x00", unchanged},

	{Lowercase, "WF-TT-02", "AZaz09@[`{", "azaz09@[`{"},
	{Lowercase, "WF-TT-02 bytes only", "ÄK\u212a\xc4", "Äk\u212a\xc4"},
	{Lowercase, "WF-TT-02", "é\xff\x00", unchanged},

	{CompressWhiteSpace, "WF-TT-03 each becomes a space", "a\fb\tc\nd\re\vf\xa0g", "a b c d e f g"},
	{CompressWhiteSpace, "WF-TT-03 runs", "  a \t\r\n b\xa0\xa0c  ", " a b c "},
	{CompressWhiteSpace, "WF-TT-03 the last is a run", "a b  ", "a b "},
	{CompressWhiteSpace, "WF-TT-03 a byte of a character", "à", "\xc3 "},
	{CompressWhiteSpace, "WF-TT-03", " a b c \x00", unchanged},

	{CmdLine, "WF-TT-04 deletes", `c\a"t'^`, "cat"},
	{CmdLine, "WF-TT-04 spaces before / and (", "cat  /etc /passwd; f (x)", "cat/etc/passwd f(x)"},
	{CmdLine, "WF-TT-04 separators", "a,b;c", "a b c"},
	{CmdLine, "WF-TT-04 runs", "a , ;  b", "a b"},
	{CmdLine, "WF-TT-04 a run over quotes", `a " b`, "a b"},
	{CmdLine, "WF-TT-04 a separator is a space before /", `a;"/b`, "a/b"},
	{CmdLine, "WF-TT-04 letter case", "C:/WINDOWS/CMD.EXE /C DIR", "c:/windows/cmd.exe/c dir"},
	{CmdLine, "WF-TT-04 tabs and line breaks", "a\t\r\nb\n/c", "a b/c"},
	{CmdLine, "WF-TT-04 at the end", `a^`, "a"},
	{CmdLine, "WF-TT-04", "a/b(c) d\x00\xff", unchanged},

	{URLDecode, "WF-TT-05", "%3Cscript%3e+a%00%ff", "<script> a\x00\xff"},
	{URLDecode, "WF-TT-05 invalid ones stay", "%zz%4%%41%4z%", "%zz%4%A%4z%"},
	{URLDecode, "WF-TT-05 no %u", "%u0041", unchanged},
	{URLDecode, "WF-TT-23 once", "%253c", "%3c"},
	{URLDecode, "WF-TT-05", "100% %g1 %1g %4", unchanged},

	{URLDecodeUni, "WF-TT-06 as URL_DECODE", "%3C+%zz", "< %zz"},
	{URLDecodeUni, "WF-TT-06 low byte", "%u0027%U0027%u0141%u2215", "''A\x15"},
	{URLDecodeUni, "WF-TT-06 full width", "%uff1cscript%uFF1E", "<script>"},
	{URLDecodeUni, "WF-TT-06 the bounds of full width", "%uff00%uff01%uff5e%uff5f", "\x00!~\x5f"},
	{URLDecodeUni, "WF-TT-06 %u that is none, and a decoded escape", "%u003%u00g0%u%41", "%u003%u00g0%uA"},
	{URLDecodeUni, "WF-TT-06", "%u%u1%u12%u123%u123g%", unchanged},

	{HTMLEntityDecode, "WF-TT-07 names", "&quot;&lt;&gt;&nbsp;", "\"<>\xa0"},
	{HTMLEntityDecode, "WF-TT-07 letter case", "&QuOt;&LT;", "\"<"},
	{HTMLEntityDecode, "WF-TT-07 numbers", "&#x3c;&#X3C;&#60;&#0000060;&#x000000000000000003c;", "<<<<<"},
	{HTMLEntityDecode, "WF-TT-07 without semicolon", "&lt &#60&#x3c>&gt", "< <<>>"},
	{HTMLEntityDecode, "WF-TT-07 low byte", "&#x13c;&#316;&#99999999999999999999999999;", "<<\xff"},
	{HTMLEntityDecode, "WF-TT-07 decoded once", "&#38;lt;", "&lt;"},
	{HTMLEntityDecode, "WF-TT-07 an ampersand before an entity", "&&lt;&", "&<&"},
	{HTMLEntityDecode, "WF-TT-07", "&amp; &apos; &ltx; &lte &gt1 &# &#; &#x &#x; &#xg; & &q &quo", unchanged},

	{JSDecode, "WF-TT-08 \\u, low byte", `\u003c\u013C`, "<<"},
	{JSDecode, "WF-TT-08 \\u, full width", `\uff1c\uFF5E\uff00`, "<~\x00"},
	{JSDecode, "WF-TT-08 \\x", `\x3cscript\x3E`, "<script>"},
	{JSDecode, "WF-TT-08 octal", `\74\074\0749\7\0\377`, "<<<9\x07\x00\xff"},
	{JSDecode, "WF-TT-08 octal, more than a byte", `\400\777`, "\x200\x3f7"},
	{JSDecode, "WF-TT-08 letters", `\a\b\f\n\r\t\v\?\'\"\\`, "\a\b\f\n\r\t\v?'\"\\"},
	{JSDecode, "WF-TT-08 others", `\8\q\u12\xg\U0041\X41\` + "\n", "8qu12xgU0041X41\n"},
	{JSDecode, "WF-TT-08 code points", `\u{3c}`, "u{3c}"},
	{JSDecode, "WF-TT-08 cut off", `\u003`, "u003"},
	{JSDecode, "WF-TT-08 at the end", `a\`, unchanged},

	{CSSDecode, "WF-TT-09 one to six digits", `\3c|\03c|\003c|\0003c|\00003c|`, "<|<|<|<|<|"},
	{CSSDecode, "WF-TT-09 at most six", `\00003c3c`, "<3c"},
	{CSSDecode, "WF-TT-09 low byte", `\13c|\1013c|\41213c|`, "<|<|<|"},
	{CSSDecode, "WF-TT-09 full width", `\ff1c|\0ff1c|\00ff1c|\1ff1c|\ff5f|`, "<|<|<|\x1c|\x5f|"},
	{CSSDecode, "WF-TT-09 one white space is eaten", "\\3c \\3c\t\\3c\n\\3c\v\\3c\f\\3c\r\\3c  a", "<<<<<<< a"},
	{CSSDecode, "WF-TT-09 newline", "java\\\nscript", "javascript"},
	{CSSDecode, "WF-TT-09 others", `ja\vascript\\\"` + "\\\r", "javascript\\\"\r"},
	{CSSDecode, "WF-TT-09 at the end", `a\`, "a"},
	{CSSDecode, "WF-TT-09 digits at the end", `a\3c`, "a<"},
	{CSSDecode, "WF-TT-09", "a\n\x00\xff", unchanged},

	{EscapeSeqDecode, "WF-TT-10 letters", `\a\b\f\n\r\t\v\\\?\'\"`, "\a\b\f\n\r\t\v\\?'\""},
	{EscapeSeqDecode, "WF-TT-10 \\x", `\x3C\X3c`, "<<"},
	{EscapeSeqDecode, "WF-TT-10 octal of AWS", `\0074\0101\0377`, "<A\xff"},
	{EscapeSeqDecode, "WF-TT-10 octal of C", `\74\074|\0|\08\1018`, "<<|\x00|\x008A8"},
	{EscapeSeqDecode, "WF-TT-10 more than a byte", `\563|\777|\0400`, "s|\xff|\x200"},
	{EscapeSeqDecode, "WF-TT-10 invalid ones stay", `\q\x\xg1\x1\8\u0041` + "\\\n\\", unchanged},

	{Base64Decode, "WF-TT-11", "PHNjcmlwdD4=", "<script>"},
	{Base64Decode, "WF-TT-11 without padding", "PHNjcmlwdD4", "<script>"},
	{Base64Decode, "WF-TT-11 a digit makes no byte", "P", ""},
	{Base64Decode, "WF-TT-11 stops at what is invalid", "PHNj-cmlwdD4=", "<sc"},
	{Base64Decode, "WF-TT-11 stops at padding", "PHM=PHM=", "<s"},
	{Base64Decode, "WF-TT-11 stops in a byte", "PH.N", "<"},
	{Base64Decode, "WF-TT-11 line breaks", "PHNj\r\ncmlwdD4=", "<script>"},
	{Base64Decode, "WF-TT-11 both signs", "++//", "\xfb\xef\xff"},
	{Base64Decode, "WF-TT-11 nothing to decode", "<script>", ""},

	{Base64DecodeExt, "WF-TT-12", "PHNjcmlwdD4=", "<script>"},
	{Base64DecodeExt, "WF-TT-12 passes over what is invalid", " P-H_N\x00j.c=m%l\xffwdD4", "<script>"},

	{HexDecode, "WF-TT-13", "3c7363726970743E", "<script>"},
	{HexDecode, "WF-TT-13 a digit alone stays", "3c3", "<3"},
	{HexDecode, "WF-TT-13 what is no digit stays", "z3cz3z3cz", "z<z3z<z"},
	{HexDecode, "WF-TT-13", "xyz 1 g\x00\xff", unchanged},

	{SQLHexDecode, "WF-TT-14", "0x414243", "ABC"},
	{SQLHexDecode, "WF-TT-14 inside of text", "select(0x414243),0X41 00x41", "select(ABC),A 0A"},
	{SQLHexDecode, "WF-TT-14 a digit alone stays", "0x41424", "AB4"},
	{SQLHexDecode, "WF-TT-14 one behind the other", "0x410x42", "AB"},
	{SQLHexDecode, "WF-TT-14", "0x 0x4 0xg1 x41 0", unchanged},

	{MD5, "WF-TT-15", "\x00", "\x93\xb8\x85\xad\xfe\x0d\xa0\x89\xcd\xf6\x34\x90\x4f\xd5\x9f\x71"},
	{MD5, "WF-TT-15 nothing", "", "\xd4\x1d\x8c\xd9\x8f\x00\xb2\x04\xe9\x80\x09\x98\xec\xf8\x42\x7e"},
	{MD5, "WF-TT-15", "abc", "\x90\x01\x50\x98\x3c\xd2\x4f\xb0\xd6\x96\x3f\x7d\x28\xe1\x7f\x72"},

	{ReplaceComments, "WF-TT-16", "union/**/select/* x */1", "union select 1"},
	{ReplaceComments, "WF-TT-16 neighbours", "a/*1*//*2*/b", "a  b"},
	{ReplaceComments, "WF-TT-16 not nested", "a/*1/*2*/b*/c", "a b*/c"},
	{ReplaceComments, "WF-TT-16 without an end", "a/*b", "a "},
	{ReplaceComments, "WF-TT-16 a star is not both", "a/*/b*/c", "a c"},
	{ReplaceComments, "WF-TT-16 only its beginning", "/*", " "},
	{ReplaceComments, "WF-TT-16", "a*/b // c # d / *", unchanged},

	{RemoveNulls, "WF-TT-17", "\x00a\x00\x00b\x00", "ab"},
	{RemoveNulls, "WF-TT-17", "a%00\\0", unchanged},
	{ReplaceNulls, "WF-TT-18", "\x00a\x00\x00b\x00", " a  b "},
	{ReplaceNulls, "WF-TT-18", "a%00\\0", unchanged},

	{NormalizePath, "WF-TT-19 slashes", "//a///b//", "/a/b/"},
	{NormalizePath, "WF-TT-19 self-references", "/./a/././b/.", "/a/b"},
	{NormalizePath, "WF-TT-19 self-references at the beginning", "./a", "a"},
	{NormalizePath, "WF-TT-19 back-references", "/a/b/../c/../../d", "/d"},
	{NormalizePath, "WF-TT-19 back-references at the end", "/a/b/..", "/a"},
	{NormalizePath, "WF-TT-19 above the root", "/../../etc/passwd", "/etc/passwd"},
	{NormalizePath, "WF-TT-19 above the beginning", "a/../../b/../c", "../c"},
	{NormalizePath, "WF-TT-19 at the beginning", "../../a/..", "../.."},
	{NormalizePath, "WF-TT-19 nothing left", "a/../", ""},
	{NormalizePath, "WF-TT-19 the root left", "/a/..//", "/"},
	{NormalizePath, "WF-TT-19 a slash at the end", "a/b/../", "a/"},
	{NormalizePath, "WF-TT-19", "/a/.b/..c/.../d./e../\\..\\", unchanged},
	{NormalizePath, "WF-TT-19 relative", "../a", unchanged},
	{NormalizePath, "WF-TT-19 parts of a path", "..", unchanged},
	{NormalizePath, "WF-TT-19 nothing", "", unchanged},

	{NormalizePathWin, "WF-TT-20", `\a\.\b\\..\c/..\d`, "/a/d"},
	{NormalizePathWin, "WF-TT-20 a drive", `C:\Windows\..\boot.ini`, "C:/boot.ini"},
	{NormalizePathWin, "WF-TT-20 a backslash at the end", `..\a\`, "../a/"},
	{NormalizePathWin, "WF-TT-20", "/a/.b/..c/file.:$DATA.", unchanged},

	{UTF8ToUnicode, "WF-TT-21", "aé\u20ac\uff1c", "a%u00e9%u20ac%uff1c"},
	{UTF8ToUnicode, "WF-TT-21 more than four digits", "\U0001f600\U0010ffff", "%u1f600%u10ffff"},
	{UTF8ToUnicode, "WF-TT-21 what is invalid stays", "\xc3\xff\xe2\x82é\xc0\xaf\xed\xa0\x80", "\xc3\xff\xe2\x82%u00e9\xc0\xaf\xed\xa0\x80"},
	{UTF8ToUnicode, "WF-TT-21", "a\x00\x7f\xff", unchanged},
}

func TestApply(t *testing.T) {
	for _, tt := range transformations {
		want := tt.want
		if want == unchanged {
			want = tt.in
		}
		var s Scratch
		got := tt.kind.Apply(tt.in, &s)
		if got != want {
			t.Errorf("%s: %s of %q: got %q, want %q", tt.id, tt.kind, tt.in, got, want)
		}
		if want == tt.in && (!same(got, tt.in) || len(s.block) > 0) {
			t.Errorf("%s: %s of %q: got a copy, want the text itself", tt.id, tt.kind, tt.in)
		}
	}
}

// TestEachKind proves that each transformation is tested, and that AWS's words
// read back.
func TestEachKind(t *testing.T) {
	if len(forms) != 21 {
		t.Errorf("got %d transformations, want 21", len(forms))
	}
	for k := range Kind(len(forms)) {
		if got, ok := Parse(k.String()); got != k || !ok {
			t.Errorf("%s parsed: got %s, %v", k, got, ok)
		}
		changed := false
		for _, tt := range transformations {
			changed = changed || tt.kind == k && (tt.want != unchanged || k == None)
		}
		if !changed {
			t.Errorf("%s: got no test in which it changes anything", k)
		}
	}
	for _, word := range []string{"", "none", "URL_DECODE_", "SHA1"} {
		if got, ok := Parse(word); ok {
			t.Errorf("%q parsed: got %s, want none", word, got)
		}
	}
	none := Kind(len(forms))
	if got := none.Apply("A", new(Scratch)); got != "A" {
		t.Errorf("a value that is no transformation: got %q, want the text", got)
	}
	if got := none.String(); !strings.Contains(got, "?") {
		t.Errorf("its name: got %q", got)
	}
}
