package compile

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin/health"
	"github.com/groundfront/groundfront/proxy/fetch"
)

const grouped = `version: 1
distributions:
  shop:
    origins:
      api: {domain_name: api.test, ejection: {}, retry_budget: {}, hedging: {delay: 80ms}, concurrency: {max_requests: 1}}
      backup: {domain_name: backup.s3.amazonaws.com, s3_origin_config: {}}
      alone: {domain_name: alone.test, retry_budget: {percent: 10}}
    origin_groups: {ha: {members: [api, backup], failover_criteria: {status_codes: [404, 503]}}}
    default_cache_behavior: {target_origin_id: ha, cache_policy_id: CachingOptimized}
    cache_behaviors:
      - {path_pattern: /alone/*, target_origin_id: alone, cache_policy_id: CachingOptimized}
      - {path_pattern: /backup/*, target_origin_id: backup, cache_policy_id: CachingOptimized}
`

// groups compiles yaml and returns the groups of its three behaviors.
func groups(t *testing.T, yaml string, plan *health.Plan) (alone, backup, ha *fetch.Group) {
	t.Helper()
	c, problems := config.Parse("test.yaml", []byte(yaml))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	s, err := Compile(c, Environment{Health: plan})
	if err != nil {
		t.Fatal(err)
	}
	b := s.Distributions[0].Behaviors
	if b[1].Origin.ID != "backup" || !b[1].Errors.S3Origin || b[2].Origin.ID != "api" || b[2].Errors.S3Origin {
		t.Errorf("origins: got %s, %s", b[1].Origin.ID, b[2].Origin.ID)
	}
	return b[0].Group, b[1].Group, b[2].Group
}

func TestGroups(t *testing.T) {
	alone, backup, ha := groups(t, grouped, nil)
	if backup != nil {
		t.Error("an origin of which nothing is to be known is a group")
	}
	if len(alone.Members) != 1 || alone.Members[0].Origin.Retries == nil || alone.Members[0].Hedging != nil {
		t.Errorf("alone: got %+v", alone)
	}
	if ha.Name != "ha" || len(ha.Members) != 2 || !ha.Criteria.Names(404) || ha.Criteria.Names(500) {
		t.Errorf("ha: got %+v", ha)
	}
	api, second := ha.Members[0], ha.Members[1]
	if api.Origin.ID != "api" || api.State == nil || api.Hedging.Delay.Milliseconds() != 80 || second.Origin.ID != "backup" || second.State != nil || second.Hedging != nil {
		t.Errorf("members: got %+v, %+v", api, second)
	}
}

// What is known of an origin, and what of its budgets is spent, outlives a
// reload until the origin is configured otherwise.
func TestStatesOutliveReloads(t *testing.T) {
	k := health.NewKeeper(health.Options{Logger: slog.New(slog.DiscardHandler)})
	defer k.Close()
	use := func(yaml string) (alone, api fetch.Member) {
		plan := k.Plan()
		a, _, ha := groups(t, yaml, plan)
		plan.Apply()
		return a.Members[0], ha.Members[0]
	}
	alone, api := use(grouped)
	alone2, api2 := use(strings.Replace(grouped, "percent: 10", "percent: 20", 1))
	if api2.State != api.State || api2.Hedging.Budget != api.Hedging.Budget || api2.Origin.Retries != api.Origin.Retries ||
		api2.Origin.Gate == nil || api2.Origin.Gate != api.Origin.Gate {
		t.Error("api is configured alike, and what was known of it is lost")
	}
	if alone2.State == alone.State || alone2.Origin.Retries == alone.Origin.Retries {
		t.Error("alone is configured otherwise, and has what was known of it before")
	}
}

// Origins that a routing group measures have a check that only measures, unless
// they have one of their own.
func TestRoutes(t *testing.T) {
	c, problems := config.Parse("test.yaml", []byte(`version: 1
distributions:
  shop:
    origins:
      eu: {domain_name: eu.test}
      us: {domain_name: us.test, health_check: {}}
      s3: {domain_name: s3.test, s3_origin_config: {}}
    origin_groups: {america: {members: [us, s3], failover_criteria: {status_codes: [503]}}}
    routing:
      near: {policy: latency, half_life: 1m, ttl: 0s, members: {america: {}, eu: {}}}
      share: {policy: weighted, members: {eu: {weight: 1}, us: {weight: 0}}}
    default_cache_behavior: {target_origin_id: near, cache_policy_id: CachingOptimized}
    cache_behaviors: [{path_pattern: /share/*, target_origin_id: share, cache_policy_id: CachingOptimized}]
`))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	s, err := Compile(c, Environment{})
	if err != nil {
		t.Fatal(err)
	}
	share, near := s.Distributions[0].Behaviors[0], s.Distributions[0].Behaviors[1]
	if near.Group != nil || near.Origin.ID != "us" || near.Route.Name != "near" || near.Route.Groups[0].Name != "america" || near.Route.Groups[1].Members[0].Origin.ID != "eu" {
		t.Errorf("near: got %+v", near.Route)
	}
	for _, m := range append(near.Route.Groups[0].Members, near.Route.Groups[1].Members...) {
		if m.State == nil {
			t.Errorf("nothing is measured of %s", m.Origin.ID)
		}
	}
	if share.Route.Name != "share" || share.Route.Groups[0].Members[0].State != near.Route.Groups[1].Members[0].State {
		t.Errorf("share: got %+v, want the states that near has too", share.Route)
	}
	if got := settings(&c.Distributions[0].Origins[0], &c.Distributions[0].Routing[0]); !got.Check.MeasureOnly || got.HalfLife.Minutes() != 1 {
		t.Errorf("eu: got %+v", got)
	}
	if got := settings(&c.Distributions[0].Origins[1], &c.Distributions[0].Routing[0]); got.Check.MeasureOnly {
		t.Errorf("us: got %+v, want its own check", got.Check)
	}
}
