package config

import (
	"fmt"
	"time"
)

// HealthCheck asks an origin how it is, by the rules of Route 53 (AG-HC-01 to
// AG-HC-08): a GET every interval, on a connection of its own that has 4
// seconds to come about, 2 for a status from 200 to 399, and 2 more for the
// content. An origin is healthy until there is data. An unhealthy one is passed
// over in an origin group, unless all are. Not at AWS's CloudFront; the keys are
// those of Route 53's HealthCheckConfig.
type HealthCheck struct {
	// Type is how it asks: http, https with any certificate, or tcp, which only
	// connects, within 10 seconds. Default https if the origin is asked by it
	// always, else http.
	Type HealthCheckType `config:"type"`

	// FullyQualifiedDomainName is the Host, and the server name of TLS. Default
	// DomainName.
	FullyQualifiedDomainName string `config:"fully_qualified_domain_name"`

	// Port is where to connect. Default the origin's port for the type. Not
	// with connect_to, which has a port.
	Port int `config:"port" range:"1..65535"`

	// ResourcePath is the target of the GET; OriginPath is not put before it.
	// Default /.
	ResourcePath string `config:"resource_path"`

	// SearchString is text that the first 5120 bytes of the content must
	// contain as a whole (AG-HC-05), at most 255 characters. Default none.
	SearchString string `config:"search_string"`

	// RequestInterval is from one result to the next request: 30s or 10s at AWS
	// (AG-HC-01), where many places ask; here one does, 1s to 5m. Default 30s.
	RequestInterval Duration `config:"request_interval" default:"30s" range:"1s..5m"`

	// FailureThreshold is how many results in a row change the verdict, in
	// either direction (AG-HC-02). Default 3.
	FailureThreshold int `config:"failure_threshold" default:"3" range:"1..10" rule:"AG-HC-02"`
}

// HealthCheckType is how a health check asks.
type HealthCheckType string

// The types of health checks.
const (
	HealthCheckHTTP  HealthCheckType = "http"
	HealthCheckHTTPS HealthCheckType = "https"
	HealthCheckTCP   HealthCheckType = "tcp"
)

func (HealthCheckType) values() []string { return []string{"http", "https", "tcp"} }

// Ejection keeps viewers' requests from an origin that fails them: no answer,
// or 500, 502, 503 or 504. It is passed over in its origin group for a while,
// and then a copy of a GET or HEAD, one at a time, finds out whether it is back;
// no viewer waits for that. Not at AWS.
type Ejection struct {
	// ConsecutiveFailures is how many in a row eject it, 1 to 100. Default 5.
	ConsecutiveFailures int `config:"consecutive_failures" default:"5" range:"1..100"`

	// BaseTime is how long it is passed over the first time. That doubles each
	// time that it is not back, or not for as long as MaxTime. Default 10s.
	BaseTime Duration `config:"base_time" default:"10s" range:"1s..1h"`

	// MaxTime is the longest; not below BaseTime. Default 5m.
	MaxTime Duration `config:"max_time" default:"5m" range:"1s..24h"`
}

// RetryBudget bounds the attempts after the first of all requests to an origin
// together, beside ConnectionAttempts. Not at AWS.
type RetryBudget struct {
	// Percent is how many there may be for a hundred requests. Default 20.
	Percent int `config:"percent" default:"20" range:"1..100"`

	// Burst is how many there may be beyond that at once. Default 10.
	Burst int `config:"burst" default:"10" range:"1..10000"`
}

// Concurrency bounds the requests that an origin has at the same time, each from
// when it is asked until its content has come, or a WebSocket has ended. More may
// wait, in the order of their arrival. Past what may wait, or for so long, an
// origin group with 503 among its criteria goes on to the next member, a stale
// response is served where stale-if-error lets it be, and else viewers get a 503
// with Retry-After. Not at AWS.
type Concurrency struct {
	// MaxRequests is how many there may be, 1 to 100000.
	MaxRequests int `config:"max_requests,required" range:"1..100000"`

	// MaxQueued is how many more may wait, 0 to 100000. Default 0.
	MaxQueued int `config:"max_queued" range:"0..100000"`

	// QueueTimeout is how long each of these may, 1s to 60s. Default 10s.
	QueueTimeout Duration `config:"queue_timeout" default:"10s" range:"1s..60s"`
}

// Hedging sends a GET or HEAD that takes long a second time: to the next member
// of the origin group, or to the same origin. The first good answer counts, and
// the other request is given up. Not at AWS.
type Hedging struct {
	// Delay is how long the origin has for its answer to begin: a duration, or
	// p95, the time in which 95 of 100 of its latest answers began. Default p95.
	Delay HedgingDelay `config:"delay"`

	// Percent is for how many of a hundred requests there may be a second one.
	// Default 5.
	Percent int `config:"percent" default:"5" range:"1..100"`

	// Burst is how many there may be beyond that at once. Default 10.
	Burst int `config:"burst" default:"10" range:"1..10000"`
}

// HedgingDelay is a time of whole milliseconds, or 0 for the word p95.
type HedgingDelay time.Duration

// UnmarshalText reads p95, or a time such as 80ms or 2s: 1ms to 1m.
func (d *HedgingDelay) UnmarshalText(text []byte) error {
	if string(text) == "p95" {
		*d = 0
		return nil
	}
	v, err := time.ParseDuration(string(text))
	if err != nil || v < time.Millisecond || v > time.Minute || v%time.Millisecond != 0 {
		return fmt.Errorf("%q is neither p95 nor a time from 1ms to 1m", text)
	}
	*d = HedgingDelay(v)
	return nil
}

// MarshalText writes what UnmarshalText reads, nothing for the default.
func (d HedgingDelay) MarshalText() ([]byte, error) {
	if d == 0 {
		return nil, nil
	}
	return []byte(time.Duration(d).String()), nil
}
