package config

import (
	"fmt"
	"strconv"
	"time"
)

// RoutingGroup chooses one of several origins and origin groups before anything
// is asked, as Route 53 does in a resolver's answer. Members that are not healthy
// are left out, unless all are (AG-R53-08). Not at AWS's CloudFront, to which an
// origin is one name: what that leads to is decided elsewhere (AG-R53-04).
type RoutingGroup struct {
	// Name is the local name, which no origin and no origin group has.
	Name string `config:"name,key"`

	// Policy is latency, weighted, failover or geo. With geo, members say for
	// which viewers they are (countries, continents, default), and server.geo says
	// where viewers are. The most specific one that is healthy is chosen, as by
	// the geolocation records of Route 53 (AG-R53-07); members for elsewhere never
	// are.
	Policy RoutingPolicy `config:"policy,required"`

	// Members are origins and origin groups by name, in the order of their
	// rank; at most 100.
	Members []RoutingMember `config:"members,required"`

	// Header is a field of the viewer's request, such as x-release, whose value
	// may name the member to ask, whatever the policy says of it, weight 0
	// included. Other values mean nothing, and the policy chooses; so it does for
	// a member that is not healthy while others are. Behaviors with the group have
	// the field in their cache key, or cache nothing. Default none.
	Header string `config:"header"`

	// TTL is how long a choice holds, for all requests, as the answer of a
	// resolver would (AG-LAT-03); 0s chooses for each request. A member that
	// fails is left before. Default 60s. With policy geo each request has its own.
	TTL Duration `config:"ttl" default:"60s" range:"0s..1h"`

	// Measure is what the latency of an origin is, where members have none by
	// configuration: connect, the time to connect by TCP, which is measured
	// every 30 seconds of origins without health check; or first_byte, from a
	// request to the answer, for which each origin needs a health check by http
	// or https (AG-LAT-01). Default connect.
	Measure LatencyMeasure `config:"measure" default:"connect"`

	// HalfLife is after which time a measurement counts half. Default 5m.
	HalfLife Duration `config:"half_life" default:"5m" range:"1s..24h"`

	// HysteresisPercent is by how much another member has to be nearer, and
	// HysteresisTime for how long, to be chosen instead (AG-LAT-01). Default 20
	// and 1m.
	HysteresisPercent int      `config:"hysteresis_percent" default:"20" range:"1..90"`
	HysteresisTime    Duration `config:"hysteresis_time" default:"1m" range:"0s..1h"`
}

// RoutingMember is an origin or origin group that a RoutingGroup may choose.
type RoutingMember struct {
	// Name is that of the origin or origin group.
	Name string `config:"name,key"`

	// Weight is its share with policy weighted, 0 to 255. One of 0 is never
	// chosen, unless all members that are healthy have it: then they have equal
	// shares (AG-R53-05).
	Weight *Weight `config:"weight"`

	// Latency is how far away it is with policy latency, such as 20ms. Either
	// all members have one, which are compared, or none (AG-LAT-01).
	Latency Latency `config:"latency"`

	// Countries are those whose viewers it is for with policy geo, by ISO 3166-1,
	// such as DE. A country has one member.
	Countries []Country `config:"countries"`

	// Continents are those whose viewers it is for with policy geo, if their
	// country has no member: AF, AN, AS, EU, NA, OC, SA. A continent has one
	// member.
	Continents []Continent `config:"continents"`

	// Default makes it the one for all other viewers with policy geo. One member
	// must be: without one, Route 53 answers nothing. Default false.
	Default bool `config:"default"`
}

// RoutingPolicy is how a member is chosen.
type RoutingPolicy string

// The routing policies.
const (
	RoutingPolicyLatency  RoutingPolicy = "latency"
	RoutingPolicyWeighted RoutingPolicy = "weighted"
	RoutingPolicyFailover RoutingPolicy = "failover"
	RoutingPolicyGeo      RoutingPolicy = "geo"
)

func (RoutingPolicy) values() []string { return []string{"latency", "weighted", "failover", "geo"} }
func (RoutingPolicy) notBuilt() []string {
	return []string{"geoproximity", "ip", "multivalue"}
}

// LatencyMeasure is what is measured of an origin.
type LatencyMeasure string

// The measures.
const (
	LatencyMeasureConnect   LatencyMeasure = "connect"
	LatencyMeasureFirstByte LatencyMeasure = "first_byte"
)

func (LatencyMeasure) values() []string { return []string{"connect", "first_byte"} }

// Weight is a number from 0 to 255.
type Weight int

// UnmarshalText reads the number.
func (w *Weight) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 8)
	if err != nil {
		return fmt.Errorf("%q is not a weight from 0 to 255 (AG-R53-05)", text)
	}
	*w = Weight(n)
	return nil
}

// MarshalText writes the number.
func (w Weight) MarshalText() ([]byte, error) { return strconv.AppendInt(nil, int64(w), 10), nil }

func (Weight) pattern() string { return `^[0-9]{1,3}$` }

// Latency is a time of whole microseconds; 0 is none.
type Latency time.Duration

// UnmarshalText reads a time such as 20ms, above 0 and at most 1m.
func (l *Latency) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v <= 0 || v > time.Minute || v%time.Microsecond != 0 {
		return fmt.Errorf("%q is not a latency such as 20ms, at most 1m", text)
	}
	*l = Latency(v)
	return nil
}

// MarshalText writes what UnmarshalText reads, nothing for none.
func (l Latency) MarshalText() ([]byte, error) {
	if l == 0 {
		return nil, nil
	}
	return []byte(time.Duration(l).String()), nil
}
