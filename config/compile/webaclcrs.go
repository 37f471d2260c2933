package compile

import (
	"context"
	"net/netip"
	"strconv"

	"github.com/groundfront/groundfront/cachekey/field"
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
	options, where := crs.Options{}, waf.EngineAtOrigin
	if c := m.ManagedRuleGroupConfigs.OWASPCRS; c != nil {
		options = coreRuleSetOptions(c)
		if c.On == config.CRSOnAll {
			where = waf.EngineAtViewer
		}
	}
	engine, err := crs.New(options)
	if err != nil {
		return nil, k.errorAt(config.KeyPath(config.KeyPath(at, "managed_rule_group_configs"), "owasp_crs"), "%v", err)
	}
	return waf.EngineMatch{
		Name: "Groundfront#" + m.Name, Engine: coreRuleSet{engine}, ScopeDown: scope, Where: where,
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

// A coreRuleSet is the engine as package waf asks it.
type coreRuleSet struct{ engine *crs.Engine }

// What labels begin with, and that of a request that is too much work
// (WF-ARC-08, WF-ARC-09).
const (
	coreRuleSetLabels  = "awswaf:managed:owasp:crs:"
	coreRuleSetSkipped = coreRuleSetLabels + "skipped"
)

// Labels implements waf.Engine.
func (c coreRuleSet) Labels() []string {
	all := []string{coreRuleSetSkipped}
	for _, id := range c.engine.Rules() {
		all = append(all, coreRuleSetLabels+strconv.Itoa(id))
	}
	return all
}

// Inspect implements waf.Engine.
func (c coreRuleSet) Inspect(ctx context.Context, r *waf.Request, remote netip.Addr) (waf.EngineResult, error) {
	found, err := c.engine.Inspect(ctx, &crs.Request{
		Method: r.Method, Target: target(r), Proto: r.Proto, Fields: withHost(r), Viewer: netip.AddrPortFrom(remote, 0),
		Body: []byte(r.Body.Text), Cut: r.Body.Truncated,
	})
	if err != nil {
		return waf.EngineResult{}, err
	}
	out := waf.EngineResult{Match: found.Blocked, Score: found.Score, Labels: []string{coreRuleSetLabels + "score:" + strconv.Itoa(found.Score)}}
	if found.Skipped != crs.SkipNothing {
		out.Labels = append(out.Labels, coreRuleSetSkipped)
	}
	for _, id := range found.Rules {
		out.Labels = append(out.Labels, coreRuleSetLabels+strconv.Itoa(id))
		out.Rules = append(out.Rules, strconv.Itoa(id))
	}
	return out, nil
}

// target is the request target as it was received, without a fragment, which
// nobody sends on.
func target(r *waf.Request) string {
	if r.HasQuery {
		return r.Path + "?" + r.Query
	}
	return r.Path
}

// withHost returns the fields with Host in its place.
func withHost(r *waf.Request) field.Lines {
	if r.Host == "" {
		return r.Fields
	}
	at := min(max(r.HostAt, 0), len(r.Fields))
	all := make(field.Lines, 0, len(r.Fields)+1)
	all = append(all, r.Fields[:at]...)
	all = append(all, field.Line{Name: "Host", Value: r.Host})
	return append(all, r.Fields[at:]...)
}
