package managed

import "github.com/groundfront/groundfront/waf"

// What these will be as soon as waf has them.
const (
	actionCaptcha   = waf.ActionBlock
	actionChallenge = waf.ActionBlock
)
