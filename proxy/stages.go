package proxy

import "context"

// run is the product's table of contents: the stages of an Exchange in their
// order (CF-PIPE-01 to CF-PIPE-24). A stage up to Obtain may give the answer;
// then the rest of these is skipped. Each stage is in the file named after
// it: stage_accept.go, stage_distribution.go, ...
func (x *Exchange) run(ctx context.Context) {
	defer x.endContent()
	defer x.stageLog()
	defer x.giveUp()

	switch {
	case x.stageAccept() == answered:
	case x.stageSelectDistribution() == answered:
	case x.stageSelectBehavior() == answered:
	case x.firewallFirst() == answered:
	case x.stageEnforceProtocol() == answered:
	case x.stageRestrictGeo() == answered:
	case x.stageFirewall() == answered:
	case x.stageAuthorize() == answered:
	case x.stageViewerRequest() == answered:
	case x.stageThrottle() == answered:
	case x.stageBuildKey() == answered:
	case x.stageLookup(ctx) == answered:
	case x.stageObtain(ctx) == answered:
	}
	x.replaceError(ctx)

	x.stageCondition(ctx)
	x.stageViewerResponse()
	x.stageDeliver(ctx)
}

// Stages lists the stages in order, by name.
var Stages = [...]string{
	"Accept", "SelectDistribution", "SelectBehavior", "EnforceProtocol", "RestrictGeo",
	"Firewall", "Authorize", "ViewerRequest", "Throttle", "BuildKey", "Lookup", "Obtain",
	"Condition", "ViewerResponse", "Deliver", "Log",
}
