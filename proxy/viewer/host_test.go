package viewer

import (
	"strings"
	"testing"
)

// TestValidHost: the forms of a host, and what others would read in different ways
// (reliability R6).
func TestValidHost(t *testing.T) {
	for s, want := range map[string]bool{
		"": true, "shop.test": true, "SHOP.test.": true, "shop.test:80": true, "shop.test:": true, "shop.test:65535": true, "xn--bcher-kva.test": true,
		"192.0.2.1": true, "192.0.2.1:443": true, "[2001:db8::1]": true, "[2001:db8::1]:443": true, "[::ffff:192.0.2.1]": true, "a_b.test": true, "%41.test": true,
		"shop.test:x": false, "shop.test:65536": false, "shop.test:+80": false, "shop.test:80:80": false, "shop.test:800000000000000000000": false, ":80": false,
		"user@shop.test": false, "shop.test/": false, "shop.test?": false, "shop.test#": false, "a.test,b.test": false, "a.test, b.test": false, "shop test": false,
		"[2001:db8::1": false, "2001:db8::1": false, "[shop.test]": false, "[]": false, "[::1]x": false, "[::1]:x": false, "x[::1]": false, "[::1%25eth0]": false,
		"shop.test\\": false, "shop.test\x00": false, "shöp.test": false, "<shop>": false, strings.Repeat("a", 1000): true,
	} {
		if got := ValidHost(s); got != want {
			t.Errorf("%.40q: got %t, want %t", s, got, want)
		}
	}
}
