package compile

import (
	"hash/fnv"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin/inject"
)

// faults compiles what goes wrong with an origin on purpose, nil for nothing. A
// new Snapshot begins with the first fault again.
func faults(distribution string, o *config.Origin, env Environment) *inject.Injector {
	i := o.Inject
	if i == nil {
		return nil
	}
	plan := inject.Plan{
		Seed:       seedOf(i.Seed, distribution, o.Name),
		MinLatency: (i.Latency.Min - i.Jitter).Std(), MaxLatency: (i.Latency.Max + i.Jitter).Std(),
		ErrorRate: float64(i.ErrorRate), ErrorStatus: i.ErrorStatus, ResetRate: float64(i.ResetRate),
		Header: trickle(i.SlowHeader), Body: trickle(i.SlowBody), ShortBodyRate: float64(i.ShortBodyRate),
	}
	if env.Metrics == nil {
		return inject.New(plan, nil)
	}
	var counts [inject.NumKinds]func()
	for k := range inject.Kind(inject.NumKinds) {
		counts[k] = env.Metrics.Injected(distribution, o.Name, k.String())
	}
	return inject.New(plan, func(k inject.Kind) { counts[k]() })
}

// seedOf gives each origin faults of its own.
func seedOf(seed int, distribution, origin string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(distribution + "\x00" + origin)) // cannot fail
	return h.Sum64() ^ uint64(seed)
}

func trickle(t *config.Trickle) inject.Trickle {
	if t == nil {
		return inject.Trickle{}
	}
	return inject.Trickle{Rate: float64(t.Rate), BytesPerSecond: t.BytesPerSecond}
}
