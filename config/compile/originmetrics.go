package compile

import (
	"github.com/groundfront/groundfront/origin/health"
	"github.com/groundfront/groundfront/proxy/metrics"
)

// OriginHealth returns what metrics say of the origins that k keeps.
func OriginHealth(k *health.Keeper) []metrics.OriginHealth {
	var all []metrics.OriginHealth
	for key, state := range k.States() {
		running, waiting := state.Gate().Load()
		all = append(all, metrics.OriginHealth{
			Distribution: key.Distribution, Origin: key.Origin,
			State: state.Availability().String(), Latency: state.Latency(),
			Gated: state.Gate() != nil, Running: running, Waiting: waiting,
		})
	}
	return all
}
