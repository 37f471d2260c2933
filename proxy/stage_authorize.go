package proxy

// stageAuthorize is where signed URLs and signed cookies are verified and
// their parameters stripped (CF-SIG, CF-PIPE-08). The configuration refuses
// trusted key groups until there is a verifier.
func (x *Exchange) stageAuthorize() step { return proceed }
