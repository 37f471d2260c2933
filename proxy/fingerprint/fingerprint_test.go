package fingerprint

import (
	"crypto/md5"
	"crypto/tls"
	"encoding/hex"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The ClientHello of the example in the description of JA4, with the numbers of
// GREASE that such a browser adds.
func browser() *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{
		CipherSuites: []uint16{0x6a6a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035},
		Extensions: []uint16{
			0xdada, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x1a1a, 0x0015,
		},
		SupportedCurves:   []tls.CurveID{0x8a8a, tls.X25519, tls.CurveP256, tls.CurveP384},
		SupportedPoints:   []uint8{0},
		SignatureSchemes:  []tls.SignatureScheme{0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601},
		SupportedProtos:   []string{"h2", "http/1.1"},
		SupportedVersions: []uint16{0x2a2a, tls.VersionTLS13, tls.VersionTLS12},
	}
}

// TestJA3: the examples of its description, and a browser.
func TestJA3(t *testing.T) {
	tests := []struct {
		hello     tls.ClientHelloInfo
		text, sum string
	}{
		{
			tls.ClientHelloInfo{
				CipherSuites: []uint16{47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4}, Extensions: []uint16{0, 10, 11},
				SupportedCurves: []tls.CurveID{23, 24, 25}, SupportedPoints: []uint8{0}, SupportedVersions: []uint16{tls.VersionTLS10},
			},
			"769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0", "ada70206e40642a3e4461f35503241d5",
		},
		{
			tls.ClientHelloInfo{CipherSuites: []uint16{4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99}, SupportedVersions: []uint16{tls.VersionTLS10}},
			"769,4-5-10-9-100-98-3-6-19-18-99,,,", "de350869b8c85de67a350c8d186f11e6",
		},
		{
			*browser(),
			"771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,27-0-51-16-17513-23-45-13-5-35-18-43-65281-11-10-21,29-23-24,0", "",
		},
	}
	for _, tt := range tests {
		if got := string(appendJA3(nil, &tt.hello)); got != tt.text {
			t.Errorf("text: got  %s\nwant %s", got, tt.text)
		}
		want := tt.sum
		if want == "" {
			sum := md5.Sum([]byte(tt.text))
			want = hex.EncodeToString(sum[:])
		}
		if got := JA3(&tt.hello); got != want {
			t.Errorf("%s: got %s, want %s", tt.text, got, want)
		}
	}
}

// TestJA4: the example of its description, and what each part depends on.
func TestJA4(t *testing.T) {
	suites := func(n int) (s []uint16) {
		for i := range n {
			s = append(s, uint16(i))
		}
		return s
	}
	for want, change := range map[string]func(h *tls.ClientHelloInfo){
		"t13d1516h2_8daaf6152771_e5627efa2ab1": func(*tls.ClientHelloInfo) {},
		"t12d1516h2_8daaf6152771_e5627efa2ab1": func(h *tls.ClientHelloInfo) { h.SupportedVersions = []uint16{tls.VersionTLS11, tls.VersionTLS12} },
		"t11d1516h2_8daaf6152771_e5627efa2ab1": func(h *tls.ClientHelloInfo) { h.SupportedVersions = []uint16{tls.VersionTLS11, tls.VersionTLS10} },
		"t10d1516h2_8daaf6152771_e5627efa2ab1": func(h *tls.ClientHelloInfo) { h.SupportedVersions = []uint16{tls.VersionTLS10} },
		"t00d1516h2_8daaf6152771_e5627efa2ab1": func(h *tls.ClientHelloInfo) { h.SupportedVersions = []uint16{0x0305, tls.VersionTLS13} },
		"t13i1515h2_8daaf6152771_e5627efa2ab1": func(h *tls.ClientHelloInfo) {
			h.Extensions = slices.DeleteFunc(h.Extensions, func(e uint16) bool { return e == 0 })
		},
		"t13d1516h1_8daaf6152771_e5627efa2ab1": func(h *tls.ClientHelloInfo) { h.SupportedProtos = []string{"http/1.1", "h2"} },
		"t13d151600_8daaf6152771_e5627efa2ab1": func(h *tls.ClientHelloInfo) { h.SupportedProtos = nil },
		"t13d1516h2_8daaf6152771_6d807ffa2a79": func(h *tls.ClientHelloInfo) { h.SignatureSchemes = []tls.SignatureScheme{0x3a3a} },
		"t13d1502h2_8daaf6152771_000000000000": func(h *tls.ClientHelloInfo) { h.Extensions = []uint16{16, 0x0a0a, 0} },
		"t13d0016h2_000000000000_e5627efa2ab1": func(h *tls.ClientHelloInfo) { h.CipherSuites = []uint16{0x0a0a} },
		"q13d1502h3_8daaf6152771_e90653fa86c7": func(h *tls.ClientHelloInfo) {
			h.Extensions, h.SupportedProtos = []uint16{57, 0}, []string{"h3"}
		},
		"t13d9916h2_13b0a67ab2fd_e5627efa2ab1": func(h *tls.ClientHelloInfo) { h.CipherSuites = suites(120) },
	} {
		h := browser()
		change(h)
		if got := JA4(h); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for protocol, want := range map[string]string{
		"": "00", "x": "xx", "\xab": "ab", "\xab\xcd": "ad", "0\xab": "3b", "01\xab\xcd": "3d", "0\xab\xcd1": "01", "-a": "21", "h3-Z": "hZ",
	} {
		h := browser()
		h.SupportedProtos = []string{protocol}
		if got := JA4(h)[8:10]; got != want {
			t.Errorf("protocol %q: got %q, want %q", protocol, got, want)
		}
	}
}

var ja4Form = regexp.MustCompile(`^[tq](00|1[0-3])[di][0-9]{4}[0-9A-Za-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$`)

// FuzzFingerprints: whatever is offered, both have their form and do not depend
// on GREASE; and JA4 does not depend on the order of suites and extensions.
func FuzzFingerprints(f *testing.F) {
	f.Add([]byte("\x13\x01\x0a\x0a\xc0\x2b"), []byte("\x00\x00\x00\x10\x00\x2b"), []byte("\x04\x03\x08\x04"), "h2", uint64(1))
	f.Add([]byte{}, []byte{}, []byte{}, "", uint64(2))
	f.Fuzz(func(t *testing.T, suites, extensions, algorithms []byte, protocol string, seed uint64) {
		h := &tls.ClientHelloInfo{
			CipherSuites: numbers[uint16](suites), Extensions: numbers[uint16](extensions), SignatureSchemes: numbers[tls.SignatureScheme](algorithms),
			SupportedCurves: numbers[tls.CurveID](algorithms), SupportedVersions: numbers[uint16](suites), SupportedProtos: strings.Split(protocol, ","),
		}
		ja3, ja4 := JA3(h), JA4(h)
		if len(ja3) != 32 || strings.Trim(ja3, "0123456789abcdef") != "" || !ja4Form.MatchString(ja4) {
			t.Fatalf("%+v: got %q and %q", h, ja3, ja4)
		}
		random := rand.New(rand.NewPCG(seed, 0))
		h.CipherSuites, h.Extensions = withMore(random, h.CipherSuites), withMore(random, h.Extensions)
		h.SupportedCurves, h.SignatureSchemes = withMore(random, h.SupportedCurves), withMore(random, h.SignatureSchemes)
		if again := JA3(h); again != ja3 {
			t.Fatalf("with GREASE %+v: got %q, want %q", h, again, ja3)
		}
		for _, list := range [][]uint16{h.CipherSuites, h.Extensions} {
			random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		}
		if again := JA4(h); again != ja4 {
			t.Fatalf("shuffled %+v: got %q, want %q", h, again, ja4)
		}
	})
}

func numbers[N ~uint16](b []byte) (out []N) {
	for ; len(b) >= 2; b = b[2:] {
		out = append(out, N(b[0])<<8|N(b[1]))
	}
	return out
}

// withMore adds a number of GREASE somewhere.
func withMore[N ~uint16](random *rand.Rand, list []N) []N {
	return slices.Insert(slices.Clone(list), random.IntN(len(list)+1), N(0x0a0a+0x1010*random.IntN(16)))
}

func BenchmarkFingerprints(b *testing.B) {
	h := browser()
	for name, of := range map[string]func(*tls.ClientHelloInfo) string{"ja3": JA3, "ja4": JA4} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				of(h)
			}
		})
	}
}
