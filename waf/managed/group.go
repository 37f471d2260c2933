package managed

import "github.com/groundfront/groundfront/waf"

// A Group is one of AWS's managed rule groups (WF-GRP-01).
type Group struct {
	// Name is what a ManagedRuleGroupStatement calls it, with the vendor AWS.
	Name string
	// WCU is the capacity that a reference costs (WF-GRP-09).
	WCU int
	// Namespace stands between "awswaf:managed:aws:" and the names of its labels.
	Namespace string
	// Versioned groups have static versions (WF-GRP-08). Here there is one, and
	// each name of a version means it.
	Versioned bool
	// Note says what holds for all of its rules, "" for nothing.
	Note string
	// Rules in the order of their priority.
	Rules []Rule
}

// Prefix is what the labels of g begin with.
func (g *Group) Prefix() string { return "awswaf:managed:aws:" + g.Namespace + ":" }

// A Rule is a rule of a managed rule group.
type Rule struct {
	Name string
	// Labels are those that it adds, without the group's prefix.
	Labels []string
	Action waf.Action
	// Inspects is the component that is inspected.
	Inspects Component
	// Finds are the families, one of which must occur in the component.
	Finds Family
	// Coverage says how near it comes to AWS's rule.
	Coverage Coverage
	// Note says in a sentence what it does here, or why it does nothing.
	Note string
}

// Coverage says how near a rule comes to the one that AWS has by its name.
type Coverage uint8

// The degrees.
const (
	// CoverageAbsent: the rule never matches.
	CoverageAbsent Coverage = iota
	// CoverageApproximated: AWS documents what it inspects, and by examples what
	// it looks for; the patterns are ours.
	CoverageApproximated
	// CoverageEnforced: all that AWS documents of it is done, and that leaves
	// nothing open.
	CoverageEnforced
)

// String returns the word that the table of rules has.
func (c Coverage) String() string {
	switch c {
	case CoverageAbsent:
		return "absent"
	case CoverageApproximated:
		return "approximated"
	case CoverageEnforced:
		return "enforced"
	}
	return "Coverage(?)"
}

// A Component is what a rule inspects. Body, header and cookie rules go on with
// the part that fits where one is oversize (WF-OVR-02: CONTINUE).
type Component uint8

// The components.
const (
	ComponentNone           Component = iota
	ComponentAddress                  // the peer's address, never a forwarded one (WF-MRG-02)
	ComponentMethod                   // the method
	ComponentPath                     // the path, with URL_DECODE_UNI twice
	ComponentQueryString              // the query string, with URL_DECODE_UNI twice
	ComponentQueryArguments           // the value of each query argument, with URL_DECODE_UNI twice
	ComponentHeaders                  // names and values of all header fields, with URL_DECODE_UNI twice
	ComponentUserAgent                // the User-Agent
	ComponentHost                     // the Host
	ComponentCookies                  // the value of each cookie, with URL_DECODE_UNI twice
	ComponentBody                     // the body, with URL_DECODE_UNI twice
	ComponentPathSize                 // the length of the path
	ComponentQuerySize                // the length of the query string
	ComponentCookieSize               // the length of Cookie, also what is beyond the inspected part (WF-MRG-03)
	ComponentBodySize                 // the length of the body, also what is beyond the inspected part
	ComponentToken                    // the state of the token, when the peer or the session sent many requests
)

// String returns the words that the table of rules has.
func (c Component) String() string {
	switch c {
	case ComponentNone:
		return "nothing"
	case ComponentAddress:
		return "address"
	case ComponentMethod:
		return "method"
	case ComponentPath:
		return "path"
	case ComponentQueryString:
		return "query string"
	case ComponentQueryArguments:
		return "query arguments"
	case ComponentHeaders:
		return "all headers"
	case ComponentUserAgent:
		return "`user-agent`"
	case ComponentHost:
		return "`host`"
	case ComponentCookies:
		return "cookies"
	case ComponentBody:
		return "body"
	case ComponentPathSize:
		return "size of the path"
	case ComponentQuerySize:
		return "size of the query string"
	case ComponentCookieSize:
		return "size of `cookie`"
	case ComponentBodySize:
		return "size of the body"
	case ComponentToken:
		return "token"
	}
	return "Component(?)"
}

// Groups returns all of AWS's managed rule groups. They are not to be changed.
func Groups() []Group { return groups }

var groups = func() []Group {
	var all []Group
	for _, some := range [][]Group{baseline, systems, addresses, bots, fraud} {
		all = append(all, some...)
	}
	return all
}()

// Lookup returns the group with a name, or nil. Names are case-sensitive.
func Lookup(name string) *Group {
	for i := range groups {
		if groups[i].Name == name {
			return &groups[i]
		}
	}
	return nil
}

// Emulated tells whether a rule of g can match. Those of which none can are
// accepted by their names, with a warning (WF-MRG-05).
func (g *Group) Emulated() bool {
	for i := range g.Rules {
		if g.Rules[i].Coverage != CoverageAbsent {
			return true
		}
	}
	return false
}
