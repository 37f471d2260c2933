package record

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/groundfront/groundfront/waf"
)

// Bounds of what is kept of a web ACL: 40 MiB, if every request is as long as it
// may be.
const (
	samplesPerRule = 100 // WF-SMP-01
	sampledRules   = 100
	sampledBytes   = 4 << 10 // of the texts of a request
)

// SamplesAge is how long a sample is kept (WF-SMP-01).
const SamplesAge = 3 * time.Hour

// Samples are the requests of the last three hours that rules acted on, some of
// each rule. It may be used from any goroutine.
type Samples struct {
	mu    sync.Mutex
	rules map[string]*ring // by rule; guarded by mu
}

// A ring has the latest samples of one rule.
type ring struct {
	samples []Sample
	next    int
}

// A Sample is AWS WAF's SampledHTTPRequest.
type Sample struct {
	Request                 SampledRequest
	Weight                  int64 // 1: how many more were like it is not counted
	Timestamp               time.Time
	Action                  string
	RuleNameWithinRuleGroup string        `json:",omitempty"`
	RequestHeadersInserted  []SampledPair `json:",omitempty"`
	ResponseCodeSent        int           `json:",omitempty"`
	Labels                  []SampledName `json:",omitempty"`
	CaptchaResponse         *Solution     `json:",omitempty"`
	ChallengeResponse       *Solution     `json:",omitempty"`
	OverriddenAction        string        `json:",omitempty"`
}

// A SampledRequest is AWS WAF's HTTPRequest.
type SampledRequest struct {
	ClientIP, Country, URI, Method, HTTPVersion string
	Headers                                     []SampledPair
}

// A SampledPair is a header.
type SampledPair struct{ Name, Value string }

// A SampledName is a label.
type SampledName struct{ Name string }

// A Solution is AWS WAF's CaptchaResponse or ChallengeResponse.
type Solution struct {
	ResponseCode   int
	SolveTimestamp int64
	FailureReason  string `json:",omitempty"`
}

// NewSamples returns Samples without any.
func NewSamples() *Samples { return &Samples{rules: map[string]*ring{}} }

// add keeps a sample of a rule. Where there are too many rules, which may be
// after many reloads, it forgets those that are not sampled any more.
func (s *Samples) add(rule string, sample Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rules[rule]
	if r == nil {
		if len(s.rules) >= sampledRules {
			s.forget(sample.Timestamp)
		}
		if len(s.rules) >= sampledRules {
			return
		}
		r = &ring{}
		s.rules[rule] = r
	}
	if len(r.samples) < samplesPerRule {
		r.samples = append(r.samples, sample)
		return
	}
	r.samples[r.next] = sample
	r.next = (r.next + 1) % samplesPerRule
}

// forget drops the rules whose samples are too old. The caller holds mu.
func (s *Samples) forget(now time.Time) {
	for name, r := range s.rules {
		last := r.samples[(r.next+len(r.samples)-1)%len(r.samples)]
		if now.Sub(last.Timestamp) > SamplesAge {
			delete(s.rules, name)
		}
	}
}

// Get returns at most n samples of a rule from some time on, the latest first.
// It is AWS WAF's GetSampledRequests (WF-SMP-01).
func (s *Samples) Get(rule string, from, now time.Time, n int) []Sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Sample{}
	r := s.rules[rule]
	if r == nil {
		return out
	}
	if oldest := now.Add(-SamplesAge); from.Before(oldest) {
		from = oldest
	}
	for i := len(r.samples) - 1; i >= 0 && len(out) < n; i-- {
		if sample := r.samples[(r.next+i)%len(r.samples)]; !sample.Timestamp.Before(from) {
			out = append(out, sample)
		}
	}
	return out
}

// Rules returns the names of the rules that have samples.
func (s *Samples) Rules() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.rules))
}

// sample makes the samples of an entry: one of each rule that acted on it.
func (r *Recorder) sample(e *Entry) {
	base := Sample{Request: r.o.sampled(e), Weight: 1, Timestamp: e.Time}
	for _, l := range e.Record.Labels[:min(len(e.Record.Labels), maxLabels)] {
		base.Labels = append(base.Labels, SampledName{l})
	}
	for i := range e.Record.Steps {
		step := &e.Record.Steps[i]
		if !step.Matched {
			continue
		}
		s, name := base, step.Rule
		s.Action = word(step.Action)
		if step.Group != "" {
			name, s.RuleNameWithinRuleGroup = step.Group, step.GroupID+"#"+step.Rule
		}
		if step.Overridden != nil {
			s.OverriddenAction = word(*step.Overridden)
		}
		captcha, challenge := solutions(step)
		s.CaptchaResponse, s.ChallengeResponse = (*Solution)(captcha), (*Solution)(challenge)
		if step.Terminating {
			s.inserted(&e.Verdict)
		}
		if !r.o.NoSamples[name] {
			r.o.Samples.add(name, s)
		}
	}
}

func (s *Sample) inserted(v *waf.Verdict) {
	for _, f := range v.Insert {
		s.RequestHeadersInserted = append(s.RequestHeadersInserted, SampledPair(f))
	}
	if v.Block != nil && v.Block.Response != nil {
		s.ResponseCodeSent = v.Block.Response.Status
	}
}

// sampled copies what a sample has of a request: its texts may be views of
// memory that is used again. What is longer than a sample may be is cut.
func (o *Options) sampled(e *Entry) SampledRequest {
	q := o.request(e)
	if e.Request.HasQuery {
		q.URI += "?" + q.Args
	}
	left := sampledBytes
	cut := func(text string) string {
		text = strings.Clone(text[:min(len(text), left)])
		left -= len(text)
		return text
	}
	out := SampledRequest{ClientIP: q.ClientIP, Country: q.Country, Method: cut(q.HTTPMethod), URI: cut(q.URI), HTTPVersion: q.HTTPVersion}
	for _, h := range q.Headers {
		if left == 0 {
			break
		}
		out.Headers = append(out.Headers, SampledPair{cut(h.Name), cut(h.Value)})
	}
	return out
}
