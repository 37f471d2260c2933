package config

import (
	"strings"
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	for _, test := range []struct {
		in   string
		want string // printed back; "" means refused
	}{
		{"30s", "30s"}, {"0", "0s"}, {"90", "1m30s"}, {"1h30m", "1h30m"}, {"24h", "1d"}, {"365d", "365d"},
		{"1d2h3m4s", "1d2h3m4s"}, {"3600s", "1h"}, {"36500d", "36500d"},
		{"36501d", ""}, {"36500d1s", ""}, {"99999999999999999999", ""}, {"", ""}, {"s", ""}, {"-1s", ""}, {"1.5s", ""},
		{"1ms", ""}, {"30s1m", ""}, {"1m1m", ""}, {"1h30", ""}, {"1 h", ""}, {"1w", ""}, {"+1s", ""},
	} {
		var d Duration
		got := ""
		if err := d.UnmarshalText([]byte(test.in)); err == nil {
			got = d.String()
		}
		if got != test.want {
			t.Errorf("duration %q: got %q, want %q", test.in, got, test.want)
		}
	}
	if d := Duration(90 * time.Second); d.Std() != 90*time.Second {
		t.Errorf("Std of %s: got %s", d, d.Std())
	}
}

func TestSize(t *testing.T) {
	for _, test := range []struct {
		in   string
		want string // printed back; "" means refused
	}{
		{"0", "0"}, {"1", "1"}, {"1024", "1KiB"}, {"1536", "1536"}, {"10MiB", "10MiB"}, {"1024MiB", "1GiB"}, {"2TiB", "2TiB"},
		{"8388608TiB", ""}, {"10MB", ""}, {"10mib", ""}, {"MiB", ""}, {"", ""}, {"-1", ""}, {"1.5GiB", ""}, {"1 KiB", ""},
	} {
		var s Size
		got := ""
		if err := s.UnmarshalText([]byte(test.in)); err == nil {
			got = s.String()
		}
		if got != test.want {
			t.Errorf("size %q: got %q, want %q", test.in, got, test.want)
		}
	}
}

func TestEndpoint(t *testing.T) {
	for _, test := range []struct {
		in   string
		want string // printed back; "" means refused
	}{
		{"api:3000", "api:3000"}, {"127.0.0.1:80", "127.0.0.1:80"}, {"[::1]:80", "[::1]:80"}, {"my_api:1", "my_api:1"},
		{"http://minio:9000", "http://minio:9000"}, {"http://minio", "http://minio:80"}, {"https://[::1]", "https://[::1]:443"},
		{"unix:/run/app.sock", "unix:/run/app.sock"}, {"http://unix:/run/a:b.sock", "http://unix:/run/a:b.sock"}, {"https://unix:/s", "https://unix:/s"},
		{"unix:80", "unix:80"}, {"unix:run", ""}, {"unix:/", ""}, {"unix:/a b", ""}, {"unix:/run/", ""}, {"ftp://unix:/s", ""}, {"://unix:/s", ""},
		{"unix:/" + strings.Repeat("x", 102), "unix:/" + strings.Repeat("x", 102)}, {"unix:/" + strings.Repeat("x", 103), ""},
		{"api", ""}, {":80", ""}, {"api:", ""}, {"api:0", ""}, {"api:65536", ""}, {"api:http", ""}, {"ftp://api:21", ""},
		{"http://api/path", ""}, {"http://api?", ""}, {"http://user@api", ""}, {"http://", ""}, {"a b:80", ""}, {"", ""},
	} {
		var e Endpoint
		got := ""
		if err := e.UnmarshalText([]byte(test.in)); err == nil {
			got = e.String()
		}
		if got != test.want {
			t.Errorf("endpoint %q: got %q, want %q", test.in, got, test.want)
		}
	}
}

// The property of the three notations: what is read prints to a form that
// reads as the same value, and printing is then stable.

func FuzzDuration(f *testing.F) {
	for _, s := range []string{"30", "1d2h3m4s", "36500d", "1h30"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var d, again Duration
		if d.UnmarshalText([]byte(in)) != nil {
			return
		}
		if err := again.UnmarshalText([]byte(d.String())); err != nil || again != d || d < 0 || d > Duration(maxDuration) {
			t.Errorf("%q reads as %d, prints as %q, reads again as %d, %v", in, d, d, again, err)
		}
	})
}

func FuzzSize(f *testing.F) {
	for _, s := range []string{"0", "10MiB", "8388607TiB", "1536"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var s, again Size
		if s.UnmarshalText([]byte(in)) != nil {
			return
		}
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s || s < 0 {
			t.Errorf("%q reads as %d, prints as %q, reads again as %d, %v", in, s, s, again, err)
		}
	})
}

func FuzzEndpoint(f *testing.F) {
	for _, s := range []string{"api:3000", "http://[::1]", "https://minio:9000", "a:b:1", "unix:/run/a", "https://unix:/a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var e, again Endpoint
		if e.UnmarshalText([]byte(in)) != nil {
			return
		}
		if err := again.UnmarshalText([]byte(e.String())); err != nil || again != e {
			t.Errorf("%q reads as %#v, prints as %q, reads again as %#v, %v", in, e, e, again, err)
		}
	})
}

func TestMethodSet(t *testing.T) {
	for _, name := range MethodSet("").values() {
		set := MethodSet(name)
		if got, err := methodSetOf(set.Methods()); got != set || err != nil {
			t.Errorf("methodSetOf(%v): got %s, %v, want %s", set.Methods(), got, err, set)
		}
	}
	for _, test := range []struct {
		name string
		set  MethodSet
		in   string
		want bool
	}{
		{"CF-METH-02", MethodSetRead, "HEAD", true},
		{"CF-METH-01", MethodSetRead, "OPTIONS", false},
		{"CF-METH-01", MethodSetReadOptions, "OPTIONS", true},
		{"CF-METH-01", MethodSetAll, "DELETE", true},
		{"CF-METH-04", MethodSetAll, "TRACE", false},
		{"case", MethodSetAll, "get", false},
	} {
		if got := test.set.Contains(test.in); got != test.want {
			t.Errorf("%s: %s contains %s: got %t, want %t", test.name, test.set, test.in, got, test.want)
		}
	}
}

func TestCORSOrigin(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     bool
	}{
		{"any", "*", true},
		{"CF-CORS-11", "http://*.example.org", true},
		{"CF-CORS-12", "*.example.org", true},
		{"CF-CORS-13", "example.org", true},
		{"CF-CORS-15", "http://example.org:*", true},
		{"CF-CORS-16", "http://example.org:1*3", true},
		{"CF-CORS-17", "*.example.org:1*", true},
		{"CF-CORS-18", "example.*", false},
		{"CF-CORS-18", "test.*.example.org", false},
		{"CF-CORS-18", "*test.example.org", false},
		{"CF-CORS-18", "exa*mple.org", false},
		{"CF-CORS-18", "*.*.example.org", false},
		{"CF-CORS-18", "https://example.org/", false},
		{"CF-CORS-14", "http://[::1]:8080", true},
		{"CF-CORS-14", "http://[::1]", true},
		{"CF-CORS-14", "http://[::1", false},
		{"CF-CORS-14", "http://[::1]8080", false},
		{"two in a port", "example.org:*1*", false},
		{"path", "http://example.org/", false},
		{"scheme", "*://example.org", false},
		{"empty", "", false},
	} {
		if got := corsOrigin(test.in); got != test.want {
			t.Errorf("%s: corsOrigin(%q): got %t, want %t", test.name, test.in, got, test.want)
		}
	}
}

func TestAliasForm(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     bool
	}{
		{"CF-DIST-04", "*.example.com", true},
		{"CF-DIST-04", "*domain.example.com", false},
		{"CF-DIST-04", "sub.*.example.com", false},
		{"CF-DIST-03", "Example.com", false},
		{"label", "localhost", true},
		{"port", "localhost:80", false},
		{"star", "*.", false},
		{"trailing dot", "example.com.", false},
		{"hyphen", "-a.test", false},
		{"empty", "", false},
	} {
		if got := validAlias(test.in); got != test.want {
			t.Errorf("%s: validAlias(%q): got %t, want %t", test.name, test.in, got, test.want)
		}
	}
}
