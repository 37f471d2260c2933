package compile

import (
	"fmt"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/waf/ratelimit"
)

// throttles compiles those of a behavior, which is called name in metrics.
func throttles(d *proxy.Distribution, b *config.CacheBehavior, out *proxy.Behavior, name string, env Environment) error {
	for i := range b.Throttles {
		c := &b.Throttles[i]
		t := proxy.Throttle{
			Name: c.Name, Field: c.HeaderName,
			Key:    choice(c.Key, proxy.ThrottleKeyAll, proxy.ThrottleKeyAddress, proxy.ThrottleKeyField),
			Tokens: ratelimit.Tokens{Rate: float64(c.RateLimit), Burst: c.BurstLimit, MaxKeys: c.MaxKeys},
		}
		if t.Buckets = previousBuckets(env.Previous, d.Name, out.PathPattern, &t); t.Buckets == nil {
			var err error
			if t.Buckets, err = ratelimit.NewThrottle(t.Tokens); err != nil {
				return fmt.Errorf("throttle %q: %w", c.Name, err)
			}
		}
		if env.Metrics != nil {
			t.Refused = env.Metrics.ThrottleRefused(d.Name, name, c.Name)
		}
		if c.Counts == config.ThrottleCountsAll {
			out.Throttles = append(out.Throttles, t)
		} else {
			out.OriginThrottles = append(out.OriginThrottles, t)
		}
	}
	return nil
}

// previousBuckets returns those of the same throttle in a Snapshot, if it has
// that: a reload fills nobody's bucket.
func previousBuckets(s *proxy.Snapshot, distribution, pattern string, t *proxy.Throttle) *ratelimit.Throttle {
	if s == nil {
		return nil
	}
	for _, d := range s.Distributions {
		if d.Name != distribution {
			continue
		}
		for _, b := range d.Behaviors {
			if b.PathPattern != pattern {
				continue
			}
			for _, list := range [][]proxy.Throttle{b.Throttles, b.OriginThrottles} {
				for i := range list {
					if old := &list[i]; old.Name == t.Name && old.Key == t.Key && old.Field == t.Field && old.Tokens == t.Tokens {
						return old.Buckets
					}
				}
			}
		}
	}
	return nil
}
