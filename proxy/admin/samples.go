package admin

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/groundfront/groundfront/waf/record"
)

// SampledRequests is the answer of GET /v1/web-acls/NAME/samples, AWS WAF's
// GetSampledRequests (WF-SMP-01).
type SampledRequests struct {
	SampledRequests []record.Sample
	TimeWindow      TimeWindow
}

// TimeWindow is AWS WAF's TimeWindow.
type TimeWindow struct{ StartTime, EndTime time.Time }

// SampledRules is the answer without a rule in the query.
type SampledRules struct {
	// Rules are those that have samples.
	Rules []string
}

const (
	defaultSamples = 100
	maxSamples     = 500
)

func (o *Options) routeSamples(r chi.Router) {
	if o.Samples != nil {
		r.Get("/v1/web-acls/{name}/samples", o.getSamples)
	}
}

// getSamples answers with the samples of ?rule=NAME, the latest first:
// ?max_items=N of them, from ?start=TIME on.
func (o *Options) getSamples(w http.ResponseWriter, r *http.Request) {
	samples, now, err := o.Samples(chi.URLParam(r, "name"))
	if err != nil {
		writeFailure(w, err)
		return
	}
	rule := r.URL.Query().Get("rule")
	if rule == "" {
		writeJSON(w, http.StatusOK, SampledRules{samples.Rules()})
		return
	}
	n, start, err := samplesQuery(r, now)
	if err != nil {
		writeFailure(w, err)
		return
	}
	writeJSON(w, http.StatusOK, SampledRequests{samples.Get(rule, start, now, n), TimeWindow{start, now}})
}

func samplesQuery(r *http.Request, now time.Time) (n int, start time.Time, err error) {
	n, start = defaultSamples, now.Add(-record.SamplesAge)
	q := r.URL.Query()
	if text := q.Get("max_items"); text != "" {
		if n, err = strconv.Atoi(text); err != nil || n < 1 || n > maxSamples {
			return 0, start, fmt.Errorf("%w: max_items is not from 1 to %d", ErrInvalid, maxSamples)
		}
	}
	if text := q.Get("start"); text != "" {
		if start, err = time.Parse(time.RFC3339, text); err != nil {
			return 0, start, fmt.Errorf("%w: start is not a time such as %s", ErrInvalid, now.UTC().Format(time.RFC3339))
		}
	}
	return n, start, nil
}
