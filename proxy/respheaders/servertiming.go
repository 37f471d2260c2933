package respheaders

import (
	"strconv"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A ServerTiming is the Server-Timing part of a policy (CF-STM-01).
type ServerTiming struct {
	// SamplingRate is how many of a million responses get the field without
	// being asked for it, at most a million.
	SamplingRate uint32
}

const million = 1_000_000

// serverTiming is the name of the field.
const serverTiming = "Server-Timing"

// HasServerTiming reports whether responses may get a Server-Timing field.
//
// Hot path: no allocation, like Samples.
func (rw *Rewriter) HasServerTiming() bool { return rw != nil && rw.timing != nil }

// Samples reports whether a response gets Server-Timing without being asked for
// it. random is one of all numbers, each as likely as the others.
func (rw *Rewriter) Samples(random uint32) bool {
	return rw.HasServerTiming() && uint64(random)*million>>32 < uint64(rw.timing.SamplingRate)
}

// AsksForTiming reports whether a request asks for Server-Timing, whatever the
// sampling rate (CF-STM-01).
func AsksForTiming(fields field.Lines) bool {
	for i := range fields {
		if field.EqualName(fields[i].Name, "Pragma") && listed(fields[i].Value, "server-timing") {
			return true
		}
	}
	return false
}

// CacheResult says what the cache did for a response, as far as Server-Timing
// tells (CF-STM-02).
type CacheResult uint8

// The cache results.
const (
	CacheResultNone    CacheResult = iota // the cache was not asked: a redirect, a refusal
	CacheResultHit                        // from the cache, without a request to the origin
	CacheResultRefresh                    // from the cache, after a request to the origin
	CacheResultMiss                       // from the origin
	numCacheResults
)

var cacheResultNames = [numCacheResults]string{"none", "cdn-cache-hit", "cdn-cache-refresh", "cdn-cache-miss"}

// String returns the metric.
func (c CacheResult) String() string {
	if c >= numCacheResults {
		return "CacheResult(?)"
	}
	return cacheResultNames[c]
}

// Layers of cache, as metrics name them. There is no regional cache here.
const (
	LayerEdge   = "EDGE"
	LayerShield = "Origin Shield"
)

// A Timing is what Server-Timing says of one response (CF-STM-02).
type Timing struct {
	Cache          CacheResult
	Pop, RequestID string
	HitLayer       string        // which cache a hit is of
	Origin         *OriginTiming // of a miss whose origin has answered; else nil
	// FirstByte is the time from the end of the request to the first byte of the
	// response.
	FirstByte time.Duration
}

// An OriginTiming is what a miss cost at the origin.
type OriginTiming struct {
	Layer string // which cache asked the origin
	// DNS is 0 where a name was known or a connection reused, Connect, which
	// includes TLS, where a connection was reused (CF-STM-05).
	DNS, Connect, FirstByte time.Duration
}

// Append appends the metrics in the order of CF-STM-03 and CF-STM-04.
func (t *Timing) Append(dst []byte) []byte {
	if o := t.Origin; o != nil {
		dst = appendDescription(dst, "cdn-upstream-layer", o.Layer)
		dst = appendDuration(append(dst, ','), "cdn-upstream-dns", o.DNS)
		dst = appendDuration(append(dst, ','), "cdn-upstream-connect", o.Connect)
		dst = appendDuration(append(dst, ','), "cdn-upstream-fbl", o.FirstByte)
		dst = append(dst, ',')
	}
	if t.Cache != CacheResultNone {
		dst = append(append(dst, t.Cache.String()...), ',')
	}
	dst = appendDescription(dst, "cdn-pop", t.Pop)
	dst = appendDescription(append(dst, ','), "cdn-rid", t.RequestID)
	if t.Cache == CacheResultHit {
		dst = appendDescription(append(dst, ','), "cdn-hit-layer", t.HitLayer)
	}
	return appendDuration(append(dst, ','), "cdn-downstream-fbl", t.FirstByte)
}

func appendDescription(dst []byte, name, text string) []byte {
	return append(append(append(append(dst, name...), `;desc="`...), text...), '"')
}

// appendDuration writes whole milliseconds.
func appendDuration(dst []byte, name string, d time.Duration) []byte {
	dst = append(append(dst, name...), ";dur="...)
	return strconv.AppendInt(dst, max(0, d.Milliseconds()), 10)
}

// AddTiming adds the field, with what the origin says in its own behind it
// (CF-STM-06).
func AddTiming(fields *field.Lines, t *Timing) {
	value := t.Append(make([]byte, 0, 256))
	if origins := fields.Joined(serverTiming); origins != "" {
		value = append(append(value, ','), origins...)
	}
	fields.Del(serverTiming)
	fields.Add(serverTiming, string(value))
}

// DropTiming drops the origin's Server-Timing: it is about the request that
// brought a stored response (CF-STM-06).
func DropTiming(fields *field.Lines) { fields.Del(serverTiming) }
