package proxy

// stageSelectBehavior chooses the cache behavior on the normalised path
// (CF-BEH-11) and applies the default root object (CF-ROOT-01). What is keyed
// and forwarded stays the raw path, unless ForwardedPath says otherwise:
// matching one form and forwarding another is a hole in production.
func (x *Exchange) stageSelectBehavior() step {
	d := x.distribution
	x.normal = x.snapshot.Choices.Normalize(x.path)
	x.behavior = d.Behaviors[d.Patterns.Match(x.normal)]
	if x.snapshot.Choices.ForwardedPath == ForwardedPathNormalized {
		x.path = x.normal
	}
	if x.path == "/" && d.DefaultRootObject != "" {
		x.path = "/" + d.DefaultRootObject
	}
	switch {
	case x.r.Upgrade != "" && x.wantsWebSocket():
		x.beginWebSocket()
	case x.behavior.GRPC && isGRPC(x.r):
		x.passing = passingGRPC
	}
	return proceed
}
