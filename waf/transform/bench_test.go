package transform

import (
	"strings"
	"testing"
)

// BenchmarkUnchanged is a value of an ordinary request, and 8 KiB of body,
// which all but Lowercase and the decoders of whole texts leave alone.
func BenchmarkUnchanged(b *testing.B) {
	value := "/catalogue/books/9781/reviews-of-2024"
	body := strings.Repeat(`{"name":"green tea","price":4.21,"tags":["tea","organic"]},`, 8192/59)
	for _, text := range []struct{ name, text string }{{"value", value}, {"body", body}} {
		for k := Lowercase; int(k) < len(forms); k++ {
			var s Scratch
			if !same(k.Apply(text.text, &s), text.text) {
				continue
			}
			b.Run(text.name+"/"+k.String(), func(b *testing.B) {
				run(b, k, text.text)
			})
		}
	}
}

// BenchmarkChanged is 8 KiB in which everything changes that a transformation
// is for.
func BenchmarkChanged(b *testing.B) {
	dense := [...]string{
		Lowercase: "SELECT", CompressWhiteSpace: "a \t\n", CmdLine: `C"A^T  /`,
		URLDecode: "%3Ca+", URLDecodeUni: "%uff1c%3C", HTMLEntityDecode: "&lt;&#x3c;a", JSDecode: `\u003c\x3c\n`,
		CSSDecode: `\3c a\b`, EscapeSeqDecode: `\x3c\074\n`, Base64Decode: "PHNj", Base64DecodeExt: "PHNj", HexDecode: "3c",
		SQLHexDecode: "0x4142,", MD5: "abcdefgh", ReplaceComments: "a/**/", RemoveNulls: "a\x00", ReplaceNulls: "a\x00",
		NormalizePath: "/a/../b/./", NormalizePathWin: `\a\..\b`, UTF8ToUnicode: "aé\u20ac",
	}
	for k := Lowercase; int(k) < len(forms); k++ {
		b.Run(k.String(), func(b *testing.B) {
			run(b, k, strings.Repeat(dense[k], 8192/len(dense[k])))
		})
	}
}

func run(b *testing.B, k Kind, text string) {
	var s Scratch
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		k.Apply(text, &s)
		s.Reset()
	}
}
