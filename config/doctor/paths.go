package doctor

import (
	"fmt"
	"strings"

	"github.com/groundfront/groundfront/config"
)

// Path patterns, and what arrives under them.

// barePathMissed warns of /api/* whose requests for /api go to another origin.
func barePathMissed(b *behavior, say say) {
	bare, open := strings.CutSuffix("/"+strings.TrimPrefix(b.PathPattern, "/"), "/*")
	if !open || bare == "" || strings.ContainsAny(bare, "*?") || !b.isAPI() {
		return
	}
	for _, other := range b.distribution.behaviors {
		if matchesBare(other.PathPattern, bare) {
			if other.TargetOriginID != b.TargetOriginID {
				say(b.key("path_pattern"),
					fmt.Sprintf("%s does not match %s itself, which goes to origin %q", b.PathPattern, bare, other.TargetOriginID),
					fmt.Sprintf("add a cache behavior with path_pattern: %s, if it is asked for", bare))
			}
			return
		}
	}
}

// matchesBare reports whether a pattern surely matches path: patterns with
// wildcards other than a last star are taken for ones that do not.
func matchesBare(pattern, path string) bool {
	pattern = "/" + strings.TrimPrefix(pattern, "/")
	beginning, open := strings.CutSuffix(pattern, "*")
	return pattern == path || open && strings.HasPrefix(path, beginning)
}

// rawPathInProduction: the default of the mode is the safe form (CF-BEH-15).
func rawPathInProduction(c *config.Config, say say) {
	if c.Server.Mode == config.ModeProduction && c.Choices.ForwardedPath == config.ForwardedPathRaw {
		say("choices.forwarded_path", "behaviors are matched on the normalised path and the origin gets the raw one: /public/../admin may reach what /admin is kept from",
			"leave forwarded_path out, or write forwarded_path: normalized")
	}
}

func redirectedContent(b *behavior, say say) {
	if b.ViewerProtocolPolicy == config.ViewerProtocolPolicyRedirectToHTTPS && b.AllowedMethods.Contains("POST") {
		say(b.key("viewer_protocol_policy"), "a POST in cleartext has sent its content and credentials before it is redirected (307), and old programs follow with a GET without content",
			"write viewer_protocol_policy: https-only")
	}
}
