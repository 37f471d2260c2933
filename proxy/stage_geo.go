package proxy

// stageRestrictGeo is where the distribution's geographic restriction is
// enforced (CF-GEO). The configuration refuses one other than "none".
func (x *Exchange) stageRestrictGeo() step { return proceed }
