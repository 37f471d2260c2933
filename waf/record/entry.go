package record

import (
	"net/netip"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/waf"
)

// An Entry is one evaluated request. It is not kept, and may be made of memory
// that is used again.
type Entry struct {
	Time     time.Time
	Request  *waf.Request
	Record   *waf.Record
	Verdict  waf.Verdict
	Viewer   netip.Addr
	Country  string // "" if not known
	ID       string // of the request, as in the access log (WF-LOGS-06)
	Scheme   string
	SourceID string // of the distribution
	Shard    uint8
}

// terminating returns the step that ended the evaluation, and the rule of the
// web ACL that it belongs to.
func (e *Entry) terminating() (step *waf.Step, rule string) {
	for i := range e.Record.Steps {
		s := &e.Record.Steps[i]
		if !s.Terminating || s.Group != "" && e.counted(s.Group) {
			continue
		}
		if s.Group != "" {
			return s, s.Group
		}
		return s, s.Rule
	}
	return nil, waf.DefaultRule
}

// counted reports whether what a group came to was only counted (WF-GRP-06).
func (e *Entry) counted(reference string) bool {
	for i := range e.Record.Steps {
		if s := &e.Record.Steps[i]; s.Rule == reference && s.Group == "" && s.Matched {
			return true
		}
	}
	return false
}

// headers returns the field lines, Host among them.
func (e *Entry) headers() field.Lines {
	r := e.Request
	all := make(field.Lines, 0, len(r.Fields)+1)
	for i := range r.Fields {
		if i == r.HostAt && r.Host != "" {
			all.Add("Host", r.Host)
		}
		all = append(all, r.Fields[i])
	}
	if r.HostAt >= len(r.Fields) && r.Host != "" {
		all.Add("Host", r.Host)
	}
	return all
}
