package model

import (
	"slices"
	"time"
)

// script makes up to 60 occurrences in a minute: a few viewers and paths.
func (d dice) script() []occurrence {
	script := make([]occurrence, 10+d.IntN(50))
	for i := range script {
		script[i] = d.occurrence()
		script[i].at = time.Duration(d.IntN(240)) * second / 4
	}
	slices.SortStableFunc(script, func(a, b occurrence) int { return int(a.at - b.at) })
	return script
}

func (d dice) path() string {
	return pick(d, "/shared/1", "/shared/1", "/shared/2", "/vary/1", "/any/1", "/any/1", "/any/2")
}

func (d dice) occurrence() occurrence {
	switch {
	case d.oneIn(16):
		return occurrence{publish: d.path()}
	case d.oneIn(16):
		return occurrence{invalidate: pick(d, "/*", "/any/*", d.path())}
	case d.oneIn(8): // what invalidations are for
		path := d.path()
		return occurrence{publish: path, invalidate: path}
	}
	o := occurrence{viewer: 1 + d.IntN(4), request: d.crowdRequest()}
	if d.oneIn(10) {
		o.leaves = time.Duration(1+d.IntN(20)) * second / 4
	}
	return o
}

func (d dice) crowdRequest() request {
	r := request{
		method: pick(d, "GET", "GET", "GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "POST"), path: d.path(),
		fields: map[string]string{},
	}
	if d.oneIn(2) {
		r.fields["X-Kind"] = pick(d, "1", "2")
	}
	switch {
	case r.method != "GET":
	case d.oneIn(10):
		r.rng = pick(d, "bytes=0-31", "bytes=64-127", "bytes=320-383")
	case d.oneIn(12):
		r.fields["Cache-Control"] = pick(d, "no-cache", "max-age=2", "no-store", "max-stale")
	default:
		r.fields["X-Plain"] = "1"
	}
	return r
}

// crowdAnswers makes what the origin answers in turn.
func (d dice) crowdAnswers() []crowdAnswer {
	answers := make([]crowdAnswer, 20)
	for i := range answers {
		answers[i] = d.crowdAnswer()
	}
	return answers
}

func (d dice) crowdAnswer() crowdAnswer {
	a := crowdAnswer{
		status: 200, delay: time.Duration(d.IntN(16)) * second / 4, cut: d.oneIn(12), chunked: d.oneIn(3), publishes: d.oneIn(3),
	}
	if d.oneIn(3) {
		a.pause = time.Duration(1+d.IntN(4)) * second / 8
	}
	switch {
	case d.oneIn(8):
		a.fails = true
	case d.oneIn(8):
		a.status, a.control = pick(d, 404, 500, 503), pick(d, "", "max-age=5")
	case d.oneIn(3):
		a.private, a.control = true, pick(d, "private", "no-store", "private, max-age=60", "no-store, max-age=60")
	default:
		a.control = pick(d, "max-age=10", "max-age=3, stale-while-revalidate=10", "max-age=0", "no-cache", "s-maxage=5",
			"max-age=2, must-revalidate", "max-age=4, stale-if-error=20")
	}
	return a
}
