package proxy

// stageFirewall is where the distribution's web ACL is evaluated (CF-WAF).
// The configuration refuses a web ACL until there is an evaluator.
func (x *Exchange) stageFirewall() step { return proceed }
