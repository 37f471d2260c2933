package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Duration is a span of whole seconds, because CloudFront counts in whole
// seconds everywhere. In a file it is a bare number of seconds, or numbers
// with the units d, h, m and s in that order: 30s, 1h30m, 365d. The largest is
// 100 years (CF-TTL-11).
type Duration time.Duration

const (
	day         = 24 * time.Hour
	maxDuration = 100 * 365 * day
)

var durationUnits = []struct {
	letter byte
	span   time.Duration
}{{'d', day}, {'h', time.Hour}, {'m', time.Minute}, {'s', time.Second}}

// Std returns d as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String returns d in the file's notation, with the fewest units.
func (d Duration) String() string {
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	rest := time.Duration(d)
	for _, u := range durationUnits {
		if n := rest / u.span; n > 0 {
			fmt.Fprintf(&b, "%d%c", n, u.letter)
			rest -= n * u.span
		}
	}
	return b.String()
}

// MarshalText returns the file's notation.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the file's notation.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := parseDuration(string(text))
	if err != nil {
		return err
	}
	*d = Duration(v)
	return nil
}

func (Duration) pattern() string {
	return `^([0-9]+|[0-9]+d([0-9]+h)?([0-9]+m)?([0-9]+s)?|[0-9]+h([0-9]+m)?([0-9]+s)?|[0-9]+m([0-9]+s)?|[0-9]+s)$`
}

func parseDuration(s string) (time.Duration, error) {
	bad := fmt.Errorf("%q is not a duration such as 30s, 1h30m or 365d", s)
	if s == "" {
		return 0, bad
	}
	if n, err := strconv.ParseUint(s, 10, 63); err == nil {
		return addSpan(0, n, time.Second)
	}
	var total time.Duration
	units := durationUnits
	for rest := s; rest != ""; {
		n, after, ok := leadingNumber(rest)
		if !ok || after == "" {
			return 0, bad
		}
		for len(units) > 0 && units[0].letter != after[0] {
			units = units[1:]
		}
		if len(units) == 0 {
			return 0, bad
		}
		var err error
		if total, err = addSpan(total, n, units[0].span); err != nil {
			return 0, err
		}
		units, rest = units[1:], after[1:]
	}
	return total, nil
}

func addSpan(total time.Duration, n uint64, unit time.Duration) (time.Duration, error) {
	if n > uint64((maxDuration-total)/unit) {
		return 0, errors.New("duration is longer than 100 years")
	}
	return total + time.Duration(n)*unit, nil
}

// leadingNumber splits the digits off the front of s.
func leadingNumber(s string) (n uint64, rest string, ok bool) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, err := strconv.ParseUint(s[:i], 10, 63)
	return n, s[i:], err == nil
}

// Size is a number of bytes. In a file it is a bare number of bytes, or a
// number with the unit KiB, MiB, GiB or TiB.
type Size int64

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

// String returns s in the file's notation, with the largest unit that divides
// it.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if n := int64(s); n != 0 && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// MarshalText returns the file's notation.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the file's notation.
func (s *Size) UnmarshalText(text []byte) error {
	n, unit, ok := leadingNumber(string(text))
	bytes := int64(1)
	for _, u := range sizeUnits {
		if u.name == unit {
			bytes, unit = u.bytes, ""
		}
	}
	if !ok || unit != "" {
		return fmt.Errorf("%q is not a size such as 512KiB, 10MiB or 1GiB", text)
	}
	if n > uint64(math.MaxInt64/bytes) {
		return fmt.Errorf("size %q is too large", text)
	}
	*s = Size(int64(n) * bytes)
	return nil
}

func (Size) pattern() string { return `^[0-9]+(KiB|MiB|GiB|TiB)?$` }

// Endpoint is a place to connect to. In a file it is "host:port", or
// "http://host[:port]" or "https://host[:port]". A Unix socket is
// "unix:/path", or "http://unix:/path" or "https://unix:/path".
type Endpoint struct {
	Scheme string // http, https, or empty when the file names none
	Host   string // name or address, IPv6 without brackets
	Port   int    // 1 to 65535
	Socket string // path of a Unix socket, without Host and Port; else empty
}

// IsZero reports whether no endpoint was configured.
func (e Endpoint) IsZero() bool { return e == Endpoint{} }

// Address returns "host:port" as dialers take it, or "unix:/path".
func (e Endpoint) Address() string {
	if e.Socket != "" {
		return unixPrefix + e.Socket
	}
	return net.JoinHostPort(e.Host, strconv.Itoa(e.Port))
}

const unixPrefix = "unix:"

// String returns the file's notation.
func (e Endpoint) String() string {
	switch {
	case e.IsZero():
		return ""
	case e.Scheme == "":
		return e.Address()
	default:
		return e.Scheme + "://" + e.Address()
	}
}

// MarshalText returns the file's notation.
func (e Endpoint) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads the file's notation.
func (e *Endpoint) UnmarshalText(text []byte) error {
	v, err := parseEndpoint(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a place to connect to such as api:3000, http://minio:9000 or unix:/run/app.sock", text)
	}
	*e = v
	return nil
}

func parseEndpoint(s string) (Endpoint, error) {
	e := Endpoint{}
	address := s
	if scheme, socket, is := cutSocket(s); is {
		if !socketPath(socket) {
			return e, errEndpoint
		}
		return Endpoint{Scheme: scheme, Socket: socket}, nil
	}
	if strings.Contains(s, "://") {
		u, err := url.Parse(s)
		if err != nil || u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(s, "#") {
			return e, errEndpoint
		}
		ports := map[string]string{"http": "80", "https": "443"}
		if ports[u.Scheme] == "" {
			return e, errEndpoint
		}
		e.Scheme, address = u.Scheme, u.Host
		if u.Port() == "" {
			address = net.JoinHostPort(u.Hostname(), ports[u.Scheme])
		}
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || !hostSyntax(host) {
		return e, errEndpoint
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return e, errEndpoint
	}
	e.Host, e.Port = host, int(n)
	return e, nil
}

// cutSocket splits what begins as the name of a Unix socket.
func cutSocket(s string) (scheme, path string, is bool) {
	scheme, rest, found := strings.Cut(s, "://")
	if !found || scheme != "http" && scheme != "https" {
		scheme, rest = "", s
	}
	path, is = strings.CutPrefix(rest, unixPrefix+"/")
	return scheme, "/" + path, is
}

// socketPath reports whether a system can have a socket at an absolute path:
// the kernel takes 107 bytes on Linux and 103 elsewhere.
func socketPath(path string) bool {
	for i := range len(path) {
		if path[i] <= ' ' || path[i] == 0x7f {
			return false
		}
	}
	return len(path) > 1 && len(path) <= 103 && !strings.HasSuffix(path, "/")
}

var errEndpoint = errors.New("not an endpoint")

// hostSyntax reports whether s may be a host name or an IP address. It is
// deliberately lenient about labels: local names may contain underscores.
func hostSyntax(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '-' && c != '_' && c != '.' && c != ':' {
			return false
		}
	}
	return s != "" && len(s) <= 253 && !strings.HasPrefix(s, ".")
}
