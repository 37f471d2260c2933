package field

import "testing"

func TestHopByHop(t *testing.T) {
	tests := []struct {
		name string
		want bool
	}{
		{"Connection", true},        // CF-HDR-09
		{"keep-alive", true},        // RFC 9110 section 7.6.1
		{"Proxy-Connection", true},  // CF-HDR-28
		{"TE", true},                // CF-HDR-32
		{"te", true},                // CF-GEN-05
		{"Trailer", true},           // CF-HDR-33
		{"TRANSFER-ENCODING", true}, // CF-HDR-34
		{"Upgrade", true},           // CF-HDR-35
		{"", false},
		{"Via", false},
		{"Content-Length", false},
		{"Set-Cookie", false},
		{"Connections", false},
		{"X-Trailer", false},
		{"Referer", false}, // the length of Trailer
	}
	for _, test := range tests {
		if got := HopByHop(test.name); got != test.want {
			t.Errorf("HopByHop(%q): got %v, want %v", test.name, got, test.want)
		}
	}
}
