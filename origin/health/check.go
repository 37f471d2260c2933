package health

import (
	"bytes"
	"time"
)

// Kind is how a check asks.
type Kind uint8

// The kinds.
const (
	KindHTTP  Kind = iota // GET over plain HTTP
	KindHTTPS             // GET over TLS, with any certificate (AG-HC-06)
	KindTCP               // a connection (AG-HC-03)
	kindCount
)

var kindNames = [kindCount]string{"http", "https", "tcp"}

// String returns the kind's word in the configuration.
func (k Kind) String() string {
	if k < kindCount {
		return kindNames[k]
	}
	return "Kind(?)"
}

// A Check is a health check of one origin.
type Check struct {
	Kind Kind
	// Host is the Host field, and with TLS the server name. Port is where to
	// connect, 0 for the origin's own.
	Host string
	Port int
	// Path is the target of the GET.
	Path string
	// Search is text that the first SearchLimit bytes of the content contain as
	// a whole (AG-HC-05); "" looks at the status only.
	Search string
	// Interval is the time between two checks, Threshold how many results in a
	// row change the verdict (AG-HC-01, AG-HC-02).
	Interval  time.Duration
	Threshold int
	// MeasureOnly checks give no verdict: they only measure.
	MeasureOnly bool
}

// The times that Route 53 gives an endpoint (AG-HC-03 to AG-HC-05), and how
// much of the content it looks at.
const (
	TCPTimeout     = 10 * time.Second
	ConnectTimeout = 4 * time.Second
	StatusTimeout  = 2 * time.Second
	ContentTimeout = 2 * time.Second
	SearchLimit    = 5120
)

// GoodStatus reports whether a status is a sign of health (AG-HC-04).
func GoodStatus(status int) bool { return status >= 200 && status < 400 }

// Found reports whether content contains text as it must (AG-HC-05).
func Found(content []byte, text string) bool {
	return bytes.Contains(content[:min(len(content), SearchLimit)], []byte(text))
}

// A verdict is what the results of a check add up to: healthy until there is
// data (AG-HC-08), and changed by so many results in a row that say otherwise
// (AG-HC-02). The zero value is a new one.
type verdict struct {
	unhealthy bool
	against   int // results in a row that say otherwise
}

// add notes a result, and reports whether it has changed the verdict.
func (v *verdict) add(good bool, threshold int) bool {
	if good != v.unhealthy {
		v.against = 0
		return false
	}
	if v.against++; v.against < threshold {
		return false
	}
	v.unhealthy, v.against = !v.unhealthy, 0
	return true
}

// start returns when the first check is due: at a random time within an
// interval, so that many origins are not asked at once. random is from 0 to 1.
// What only measures does not wait as long, for until then nothing is known.
func (c *Check) start(random float64) time.Duration {
	spread := c.Interval
	if c.MeasureOnly {
		spread = min(spread, time.Second)
	}
	return time.Duration(random * float64(spread))
}
