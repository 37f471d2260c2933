package proxy

// stageViewerRequest is where the viewer-request function runs (CF-FN). The
// configuration refuses function associations until there is a runtime.
func (x *Exchange) stageViewerRequest() step { return proceed }
