package compile

import (
	"slices"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/waf"
)

// insertPrefix is what the names of inserted fields begin with (WF-ACT-06).
const insertPrefix = "x-amzn-waf-"

// An owner is what the actions of rules need of the web ACL or the group that
// these are of.
type owner struct {
	bodies             []config.CustomResponseBody
	captcha, challenge time.Duration // how long each holds
}

// defaultImmunity is how long a captcha or a challenge holds (WF-TOK-02).
const defaultImmunity = 300 * time.Second

func immunity(c *config.ImmunityConfig, otherwise time.Duration) time.Duration {
	if c == nil {
		return otherwise
	}
	return c.ImmunityTimeProperty.ImmunityTime.Std()
}

// of returns o as rule r has it.
func (o owner) of(r *config.WebACLRule) owner {
	o.captcha, o.challenge = immunity(r.CaptchaConfig, o.captcha), immunity(r.ChallengeConfig, o.challenge)
	return o
}

// immunity returns how long an action holds, 0 for one that does not.
func (o owner) immunity(a waf.Action) time.Duration {
	switch a {
	case waf.ActionCaptcha:
		return o.captcha
	case waf.ActionChallenge:
		return o.challenge
	}
	return 0
}

func handling(a *config.RuleAction, o owner) waf.Handling {
	h := waf.Handling{Action: choice(a.Kind, waf.ActionBlock, waf.ActionAllow, waf.ActionCount, waf.ActionCaptcha, waf.ActionChallenge)}
	h.Immunity = o.immunity(h.Action)
	if a.CustomRequestHandling != nil {
		for _, l := range a.CustomRequestHandling.InsertHeaders {
			h.Insert = append(h.Insert, field.Line{Name: insertPrefix + l.Name, Value: l.Value})
		}
	}
	if a.CustomResponse != nil {
		h.Response = response(a.CustomResponse, o.bodies)
	}
	return h
}

func response(r *config.CustomResponse, bodies []config.CustomResponseBody) *waf.Response {
	out := &waf.Response{Status: r.ResponseCode}
	for _, b := range bodies {
		if b.Name == r.CustomResponseBodyKey {
			out.Fields = append(out.Fields, field.Line{Name: "Content-Type", Value: mediaTypes[b.ContentType]})
			out.Content = []byte(b.Content)
		}
	}
	for _, l := range r.ResponseHeaders {
		out.Fields = append(out.Fields, field.Line{Name: l.Name, Value: l.Value})
	}
	if r.ResponseCode == 204 || r.ResponseCode == 304 { // they have none (RFC 9110 sections 15.3.5 and 15.4.5)
		out.Content = nil
	}
	return out
}

// mediaTypes are those of WF-ACT-11.
var mediaTypes = map[config.WAFContentType]string{
	config.WAFContentTypePlain: "text/plain",
	config.WAFContentTypeHTML:  "text/html",
	config.WAFContentTypeJSON:  "application/json",
}

// inserts returns a function that tells whether a web ACL may insert a field.
func inserts(a *waf.ACL) func(name string) bool {
	return func(name string) bool {
		return slices.ContainsFunc(a.Inserts(), func(inserted string) bool { return field.EqualName(inserted, name) })
	}
}
