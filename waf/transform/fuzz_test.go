package transform

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"path"
	"strings"
	"testing"
)

// idempotent are the transformations that change nothing of what they made
// (WF-TT-25).
var idempotent = []Kind{None, Lowercase, CompressWhiteSpace, CmdLine, RemoveNulls, ReplaceNulls, NormalizePath, NormalizePathWin, UTF8ToUnicode}

// FuzzApply proves WF-TT-25 of all transformations: the bound on growth,
// idempotence, and that the scan for the first byte that changes is right:
// without it the result is the same.
func FuzzApply(f *testing.F) {
	for _, tt := range transformations {
		f.Add(uint8(tt.kind), tt.in)
	}
	f.Fuzz(func(t *testing.T, n uint8, in string) {
		k := Kind(n) % Kind(len(forms))
		var s Scratch
		before := strings.Clone(in)
		got := k.Apply(in, &s)
		if in != before {
			t.Fatalf("%s changed its argument %q to %q", k, before, in)
		}
		if len(got) > k.bound(len(in)) {
			t.Errorf("%s of %q: got %d bytes %q, want at most %d", k, in, len(got), got, k.bound(len(in)))
		}
		if write := forms[k].write; write != nil {
			if slow := string(write(nil, in)); got != slow {
				t.Errorf("%s of %q: got %q, want %q as without the scan", k, in, got, slow)
			}
		}
		if got == in && !same(got, in) {
			t.Errorf("%s of %q: got a copy, want the text itself", k, in)
		}
	})
}

func FuzzIdempotent(f *testing.F) {
	for _, tt := range transformations {
		f.Add(uint8(tt.kind), tt.in)
	}
	f.Fuzz(func(t *testing.T, n uint8, in string) {
		k := idempotent[int(n)%len(idempotent)]
		var s Scratch
		once := k.Apply(in, &s)
		if twice := k.Apply(once, &s); !same(once, twice) {
			t.Errorf("%s of %q: got %q, and of that %q, want it left alone", k, in, once, twice)
		}
	})
}

// FuzzAgainstStandardLibrary compares with what it has for the same.
func FuzzAgainstStandardLibrary(f *testing.F) {
	for _, tt := range transformations {
		f.Add(tt.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		for _, tt := range []struct {
			kind     Kind
			in, want string
		}{
			{URLDecode, url.QueryEscape(in), in},
			{URLDecodeUni, url.QueryEscape(in), in},
			{Base64Decode, base64.StdEncoding.EncodeToString([]byte(in)), in},
			{Base64DecodeExt, base64.RawStdEncoding.EncodeToString([]byte(in)), in},
			{HexDecode, hex.EncodeToString([]byte(in)), in},
			{RemoveNulls, in, strings.ReplaceAll(in, "\x00", "")},
			{ReplaceNulls, in, strings.ReplaceAll(in, "\x00", " ")},
			{NormalizePath, in, cleanPath(in)},
			{NormalizePathWin, in, cleanPath(strings.ReplaceAll(in, `\`, "/"))},
		} {
			if got := tt.kind.Apply(tt.in, new(Scratch)); got != tt.want {
				t.Errorf("%s of %q: got %q, want %q", tt.kind, tt.in, got, tt.want)
			}
		}
	})
}

// cleanPath is path.Clean but for the slash at the end, and that "." is nothing.
func cleanPath(in string) string {
	clean := path.Clean(in)
	switch {
	case clean == ".":
		return ""
	case strings.HasSuffix(in, "/") && clean != "/":
		return clean + "/"
	}
	return clean
}
