package signedurl

import (
	"bytes"
	"testing"
)

// TestEncoding has the vectors TV-SIG-02 and TV-SIG-03 (CF-SIG-05).
func TestEncoding(t *testing.T) {
	const policy = `{"Statement":[{"Resource":"https://d111111abcdef8.cloudfront.net/training/*","Condition":{"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"},"DateLessThan":{"AWS:EpochTime":1767290400}}}]}`
	for _, test := range []struct{ in, want string }{
		{"\xfb\xff\xfe", "-~~-"},
		{"\xfb\xff", "-~8_"},
		{"", ""},
		{policy, "eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoiaHR0cHM6Ly9kMTExMTExYWJjZGVmOC5jbG91ZGZyb250Lm5ldC90cmFpbmluZy8qIiwiQ29uZGl0aW9uIjp7IklwQWRkcmVzcyI6eyJBV1M6U291cmNlSXAiOiIxOTIuMC4yLjAvMjQifSwiRGF0ZUxlc3NUaGFuIjp7IkFXUzpFcG9jaFRpbWUiOjE3NjcyOTA0MDB9fX1dfQ__"},
	} {
		if got := encode([]byte(test.in)); got != test.want {
			t.Errorf("encode(%q): got %q, want %q", test.in, got, test.want)
		}
		if got, ok := decode(test.want); !ok || string(got) != test.in {
			t.Errorf("decode(%q): got %q, %v, want %q", test.want, got, ok, test.in)
		}
	}
	if len(policy) != 181 {
		t.Errorf("TV-SIG-02: got %d bytes, want 181", len(policy))
	}
	for _, in := range []string{"+//+", "-~8=", "-~8", "-~9_", "A", "AA_", "AA__AA__", "AAA%5F", "AA\r\nAA", "\nAAAA", " AAAA"} {
		if got, ok := decode(in); ok {
			t.Errorf("decode(%q): got %q, want it refused", in, got)
		}
	}
}

// FuzzDecode: what is decoded has one spelling.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"-~~-", "-~8_", "-~9_", "AAAA\n", "+/==", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, ok := decode(text)
		if ok && encode(b) != text {
			t.Errorf("decode(%q): got %q, whose form is %q", text, b, encode(b))
		}
		if again, ok := decode(encode([]byte(text))); !ok || !bytes.Equal(again, []byte(text)) {
			t.Errorf("decode(encode(%q)): got %q, %v", text, again, ok)
		}
	})
}
