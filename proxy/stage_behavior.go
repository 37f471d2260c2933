package proxy

import "github.com/groundfront/groundfront/proxy/behavior"

// stageSelectBehavior chooses the cache behavior on the normalised path
// (CF-BEH-11) and applies the default root object (CF-ROOT-01). What is keyed
// and forwarded stays the raw path, unless the Snapshot says otherwise:
// matching one form and forwarding another is a hole in production.
func (x *Exchange) stageSelectBehavior() step {
	d := x.distribution
	normalized := behavior.NormalizePath(x.path)
	x.behavior = d.Behaviors[d.Patterns.Match(normalized)]
	if x.snapshot.ForwardNormalizedPath {
		x.path = normalized
	}
	if x.path == "/" && d.DefaultRootObject != "" {
		x.path = "/" + d.DefaultRootObject
	}
	return proceed
}
