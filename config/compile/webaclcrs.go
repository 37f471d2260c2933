package compile

import (
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/crs"
)

// coreRuleSet compiles a reference to the OWASP Core Rule Set.
func (k *firewall) coreRuleSet(m *config.ManagedRuleGroupStatement, at string) (waf.Statement, error) {
	scope, err := k.statement(m.ScopeDownStatement, config.KeyPath(at, "scope_down_statement"))
	if err != nil {
		return nil, err
	}
	options, where, skipped := crs.Options{}, waf.EngineAtOrigin, crs.SkippedLabel
	if c := m.ManagedRuleGroupConfigs.OWASPCRS; c != nil {
		options = coreRuleSetOptions(c)
		skipped = choice(c.Skipped, crs.SkippedLabel, crs.SkippedFail)
		if c.On == config.CRSOnAll {
			where = waf.EngineAtViewer
		}
	}
	engine, err := crs.New(options)
	if err != nil {
		return nil, k.errorAt(config.KeyPath(config.KeyPath(at, "managed_rule_group_configs"), "owasp_crs"), "%v", err)
	}
	return waf.EngineMatch{
		Name: "Groundfront#" + m.Name, Engine: engine.Group(skipped), ScopeDown: scope, Where: where,
	}, nil
}

func coreRuleSetOptions(c *config.CRSConfig) crs.Options {
	o := crs.Options{
		ParanoiaLevel: c.ParanoiaLevel, Threshold: c.InboundAnomalyScoreThreshold, BodyLimit: int(c.BodySizeLimit),
		MaxLeaves: c.MaxLeaves, Concurrency: c.MaxConcurrency, Wait: c.QueueTimeout.Std(),
		Files: c.Files, Settings: map[string]string{},
	}
	if o.BodyLimit == 0 {
		o.BodyLimit = crs.NoBody
	}
	for _, s := range c.Settings {
		o.Settings[s.Name] = s.Value
	}
	return o
}
