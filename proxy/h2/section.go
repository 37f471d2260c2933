package h2

import "github.com/groundfront/groundfront/proxy/viewer"

// A Section is a field section of a request on its way to a viewer.Request, for
// an engine that codes it in another way: HTTP/3 has the same rules for what
// fields are (RFC 9114 sections 4.2 and 4.3), and so the same code. Its memory
// is used again after Reset.
type Section struct{ h head }

// Reset begins a section of at most limit bytes, counted as RFC 9114 section
// 4.2.2 does: 32 more than name and value have for each field; and of at most so
// many fields, without pseudo-fields.
func (s *Section) Reset(limit, fields int) { s.h.reset(limit, fields) }

// Add takes the next field, whose strings the Section keeps. It reports whether
// another one may follow; if not, the section is TooLarge.
func (s *Section) Add(name, value string) bool {
	c := classify(name)
	c.bad = !c.kind.allows(value)
	s.h.add(name, value, c)
	return !s.h.tooLarge
}

// TooLarge reports whether the section is over its limits: the answer is 494
// (CF-ERR-14). It is known in part only then.
func (s *Section) TooLarge() bool { return s.h.tooLarge }

// CheckRequest returns what is wrong with the head of a request, "" if nothing
// is: it is malformed, and gets no answer (RFC 9114 section 4.1.2). Whether
// there is as much content as it says is for the engine to find out.
func (s *Section) CheckRequest() string {
	s.h.checkRequest(false, false)
	return s.h.problem
}

// CheckTrailers is CheckRequest for fields behind the content.
func (s *Section) CheckTrailers() string {
	s.h.checkTrailers()
	if s.h.tooLarge {
		s.h.malformed("fields behind the content are too large")
	}
	return s.h.problem
}

// Refuse returns why a well-formed request gets 400, "" for most.
func (s *Section) Refuse() string { return s.h.refuse() }

// Method is the request's, "" if it had none.
func (s *Section) Method() string { return s.h.method }

// ContentLength is what the field says, -1 without it.
func (s *Section) ContentLength() int64 { return s.h.length }

// Expects reports whether the viewer waits to be asked for the content (RFC
// 9110 section 10.1.1).
func (s *Section) Expects() bool { return s.h.expects }

// Fill makes a request of the section, without content. What is the connection's
// is in r already. Its Fields are the Section's memory, unless that is given away
// by Detach.
func (s *Section) Fill(r *viewer.Request) { s.h.fill(r) }

// Detach leaves its memory to the request that it has made.
func (s *Section) Detach() { s.h = head{} }

// Release gives up what it refers to.
func (s *Section) Release() { s.h.trim() }

// IsFraming reports whether a field is the engine's own business, and so not
// sent as the proxy has it: what belongs to a connection, and Content-Length.
func IsFraming(name string) bool { return framing(name) }
