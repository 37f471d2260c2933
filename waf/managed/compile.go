package managed

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/ipset"
	"github.com/groundfront/groundfront/waf/ratelimit"
	"github.com/groundfront/groundfront/waf/transform"
)

// Options are what an operator gives to groups.
type Options struct {
	// Lists has the addresses for rules that AWS has lists for, by the rule's
	// name, such as AnonymousIPList. Without, such a rule matches nobody
	// (WF-MRG-01).
	Lists map[string][]netip.Prefix
	// Verified has the addresses from which bots come that are what they say, by
	// the organization that runs them, such as google (WF-MRG-02).
	Verified map[string][]netip.Prefix
	// Targeted is Bot Control's inspection level TARGETED; otherwise it is
	// COMMON, and rules whose names begin with TGT_ are not in the group.
	Targeted bool
}

// Lists returns the names that Options.Lists may have.
func Lists() []string {
	var names []string
	for i := range groups {
		for _, r := range groups[i].Rules {
			if r.Inspects == ComponentAddress {
				names = append(names, r.Name)
			}
		}
	}
	return names
}

// Organizations returns the names that Options.Verified may have.
func Organizations() []string {
	var names []string
	for i := range knownBots {
		if o := knownBots[i].organization; o != "" {
			names = append(names, o)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// all is the pack that all groups scan with: a web ACL has one scanner.
var all = sync.OnceValue(func() *pack { return newPack(^Family(0), searches) })

// Compile returns the group as rules of waf.
func (g *Group) Compile(o Options) (*waf.RuleGroup, error) {
	out := &waf.RuleGroup{Name: g.Name, ID: "AWS#" + g.Name, Namespace: g.Prefix(), Managed: true}
	verified, err := verifiedBots(g.Prefix(), o.Verified)
	if err != nil {
		return nil, err
	}
	for i := range g.Rules {
		r := &g.Rules[i]
		if !o.Targeted && strings.HasPrefix(r.Name, "TGT_") {
			continue
		}
		s, err := g.statement(r, &o, verified)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Name, err)
		}
		if g.Namespace == "bot-control" && len(out.Rules) == 0 {
			s = waf.Or{waf.And{waf.TokenAbsent{}, nothing}, s} // which labels, and no more
		}
		out.Rules = append(out.Rules, waf.Rule{Name: r.Name, Statement: s, Handling: waf.Handling{Action: r.Action}, Labels: r.Labels})
	}
	return out, nil
}

// statement returns what a rule asks.
func (g *Group) statement(r *Rule, o *Options, verified waf.Statement) (waf.Statement, error) {
	switch {
	case r.Coverage == CoverageAbsent:
		return nothing, nil
	case r.Inspects == ComponentAddress:
		return addressesIn(r.Name, o.Lists[r.Name])
	case g.Namespace == "bot-control":
		return g.bot(r, verified), nil
	case r.Finds&(FamilyScript|FamilySQL|FamilySQLExtended) != 0:
		return detection(r), nil
	case r.Finds != 0:
		return scan(r), nil
	}
	return r.Inspects.exact(), nil
}

// isOther matches content that a detector does not know as a whole: XML, to
// which all of it is HTML, what is no text, and forms of several parts, which it
// is given one by one. Whoever also says that it is something else is not
// believed.
var isOther = waf.And{
	contentType(`^(image|video|audio|font|multipart)/|^(text|application)/xml|^application/([a-z0-9.-]+\+xml|octet-stream|pdf|zip|gzip|x-gzip)`),
	waf.Not{Statement: contentType(`urlencoded|json|^text/(plain|html)`)},
}

func contentType(pattern string) waf.Statement {
	i := header("content-type")
	i.Transformations = transform.Chain{transform.Lowercase}
	return waf.RegexMatch{Patterns: []string{pattern}, Inspection: i}
}

func scan(r *Rule) waf.Statement {
	return waf.ScanMatch{Name: r.Finds.String(), Scanner: all(), Kinds: uint64(r.Finds), Inspection: r.Inspects.inspection()}
}

// nothing matches no request.
var nothing = waf.IPSetReference{Name: "managed: nobody"}

// exact returns the statements of rules that leave nothing open.
func (c Component) exact() waf.Statement {
	switch c {
	case ComponentUserAgent: // none, or an empty one
		return waf.Not{Statement: waf.SizeConstraint{Operator: waf.ComparisonGE, Size: 1, Inspection: header("user-agent")}}
	case ComponentQuerySize:
		return larger(2048, waf.Field{Kind: waf.FieldQueryString})
	case ComponentCookieSize:
		return larger(10240, waf.Field{Kind: waf.FieldSingleHeader, Name: "cookie", Whole: true})
	case ComponentBodySize:
		return larger(8192, waf.Field{Kind: waf.FieldBody})
	case ComponentPathSize:
		return larger(1024, waf.Field{Kind: waf.FieldUriPath})
	case ComponentHost:
		return waf.Words{Words: []string{"localhost"}, Fold: true, Inspection: header("host")}
	case ComponentMethod:
		return waf.ByteMatch{Search: "PROPFIND", Constraint: waf.ConstraintExactly, Inspection: waf.Inspection{Field: waf.Field{Kind: waf.FieldMethod}}}
	}
	return nothing
}

func larger(size int64, f waf.Field) waf.Statement {
	return waf.SizeConstraint{Operator: waf.ComparisonGT, Size: size, Inspection: waf.Inspection{Field: f}}
}

func header(name string) waf.Inspection {
	return waf.Inspection{Field: waf.Field{Kind: waf.FieldSingleHeader, Name: name}}
}

// decoded is how nearly all is transformed: escapes within escapes are resolved.
var decoded = transform.Chain{transform.URLDecodeUni, transform.URLDecodeUni}

// inspection returns what of a request a component is.
func (c Component) inspection() waf.Inspection {
	f := waf.Field{}
	switch c {
	case ComponentPath:
		f.Kind = waf.FieldUriPath
	case ComponentQueryString:
		f.Kind = waf.FieldQueryString
	case ComponentQueryArguments:
		f.Kind = waf.FieldAllQueryArguments
	case ComponentHeaders:
		f.Kind = waf.FieldHeaders
	case ComponentCookies:
		f.Kind, f.Scope = waf.FieldCookies, waf.ScopeValue
	case ComponentBody:
		f.Kind = waf.FieldBody
	case ComponentUserAgent:
		return header("user-agent")
	}
	return waf.Inspection{Field: f, Transformations: decoded}
}

// detection returns the statement of a rule that asks one of the detectors. Of a
// body it asks about the whole and about its parts (WF-LI-02).
func detection(r *Rule) waf.Statement {
	ask := func(i waf.Inspection) waf.Statement {
		switch r.Finds {
		case FamilyScript:
			return waf.XssMatch{Inspection: i}
		case FamilySQLExtended:
			return waf.SqliMatch{Sensitivity: waf.SensitivityPatterns, Inspection: i}
		}
		return waf.SqliMatch{Sensitivity: waf.SensitivityLow, Inspection: i}
	}
	var either waf.Or
	if r.Finds == FamilyScript {
		either = append(either, scan(r))
	}
	switch r.Inspects {
	case ComponentHeaders:
		return waf.And{mayBeSQL(r), ask(r.Inspects.inspection())}
	case ComponentBody:
	default:
		return append(either, ask(r.Inspects.inspection()))
	}
	return append(either,
		waf.And{waf.Not{Statement: isOther}, ask(r.Inspects.inspection())},
		ask(waf.Inspection{Field: waf.Field{Kind: waf.FieldForm}, Transformations: decoded}),
		ask(waf.Inspection{Field: waf.Field{Kind: waf.FieldJsonBody, Whole: true}}),
	)
}

// addressesIn returns a statement that matches addresses of a list.
func addressesIn(name string, prefixes []netip.Prefix) (waf.Statement, error) {
	var texts [2][]string
	for _, p := range prefixes {
		version := 0
		if p.Addr().Is6() {
			version = 1
		}
		texts[version] = append(texts[version], p.String())
	}
	var either waf.Or
	for version, list := range texts {
		for part := range slices.Chunk(list, ipset.MaxPrefixes) {
			set, err := ipset.Parse(part)
			if err != nil {
				return nil, err
			}
			either = append(either, waf.IPSetReference{Name: fmt.Sprintf("managed: %s %d.%d", name, 4+2*version, len(either)), Set: set})
		}
	}
	if len(either) == 0 {
		return nothing, nil
	}
	return either, nil
}

// verifiedBots returns a statement that matches bots which come from where they
// should, and labels them; nil if no addresses are known.
func verifiedBots(prefix string, lists map[string][]netip.Prefix) (waf.Statement, error) {
	var either waf.Or
	for _, organization := range Organizations() {
		if len(lists[organization]) == 0 {
			continue
		}
		from, err := addressesIn("verified "+organization, lists[organization])
		if err != nil {
			return nil, err
		}
		words := waf.Words{Fold: true, Inspection: header("user-agent")}
		for i := range knownBots {
			if b := &knownBots[i]; b.organization == organization {
				words.Words = append(words.Words, b.word)
				words.Labels = append(words.Labels, []string{prefix + "bot:verified"})
			}
		}
		either = append(either, waf.And{from, words})
	}
	if len(either) == 0 {
		return nil, nil
	}
	return either, nil
}

// bot returns the statement of a rule of Bot Control.
func (g *Group) bot(r *Rule, verified waf.Statement) waf.Statement {
	unverified := func(s waf.Statement) waf.Statement {
		if verified == nil {
			return s
		}
		return waf.And{s, waf.Not{Statement: verified}}
	}
	switch r.Name {
	case "SignalAutomatedBrowser":
		return unverified(waf.Words{Words: automatedBrowsers, Fold: true, Inspection: header("user-agent")})
	case "SignalNonBrowserUserAgent":
		var browsers waf.Or
		for _, begin := range [...]string{"Mozilla/", "Opera/", "SAMSUNG", "Dalvik/", "BlackBerry", "Nokia"} {
			browsers = append(browsers, waf.ByteMatch{Search: begin, Constraint: waf.ConstraintStartsWith, Inspection: header("user-agent")})
		}
		return unverified(waf.Not{Statement: browsers})
	case "TGT_TokenAbsent":
		return waf.TokenAbsent{}
	case "TGT_VolumetricIpTokenAbsent":
		return waf.RateBased{Limit: ratelimit.Rule{Limit: 10}, Key: waf.AggregateKeyIP, ScopeDown: waf.TokenAbsent{}}
	}
	category := r.Labels[0][len("bot:category:"):]
	words := waf.Words{Fold: true, Inspection: header("user-agent")}
	for i := range knownBots {
		b := &knownBots[i]
		if b.category != category {
			continue
		}
		var labels []string
		for _, l := range b.labels() {
			labels = append(labels, g.Prefix()+l)
		}
		words.Words, words.Labels = append(words.Words, b.word), append(words.Labels, labels)
	}
	switch category {
	case "ai":
		if verified == nil {
			return words
		}
		return waf.And{words, waf.Or{verified, waf.Not{Statement: verified}}} // either, but one labels
	case "miscellaneous": // what most bots have in their names, where none of these is known
		return waf.And{waf.Not{Statement: waf.Words{Words: others(category), Fold: true, Inspection: header("user-agent")}}, unverified(words)}
	}
	return unverified(words)
}

// others returns the words of bots of all other categories.
func others(category string) []string {
	var words []string
	for i := range knownBots {
		if knownBots[i].category != category {
			words = append(words, knownBots[i].word)
		}
	}
	return words
}
