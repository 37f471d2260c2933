package model

import (
	"maps"
	"testing"
)

// Whose model notices that an edge is deaf.
type noticedBy uint8

const (
	byBoth   noticedBy = iota
	byStrict           // CloudFront does not heed it
)

// TestDeaf proves that a model notices an edge that is deaf to one thing, for
// the edge of the test is not told it: and that the model of CloudFront does
// not expect that it heeds what CloudFront ignores.
func TestDeaf(t *testing.T) {
	snapshot := newSnapshot(t)
	for _, test := range []struct {
		name string
		mute func(*step)
		by   noticedBy
	}{
		{"invalidations", deafToInvalidations, byBoth},
		{"the passing of time", func(s *step) { s.wait = min(s.wait, 20*second) }, byBoth},
		{"max-age", func(s *step) { s.answer.control.maxAge = absent }, byBoth},
		{"malformed numbers", func(s *step) { s.answer.control.maxAge = max(absent, s.answer.control.maxAge) }, byStrict},
		{"s-maxage", func(s *step) { s.answer.control.sMaxAge = absent }, byBoth},
		{"Expires", func(s *step) { s.answer.expires = noExpires }, byBoth},
		{"no-store", func(s *step) { s.answer.control.noStore = false }, byBoth},
		{"no-cache", func(s *step) { s.answer.control.noCache = false }, byBoth},
		{"private", func(s *step) { s.answer.control.private = false }, byBoth},
		{"named fields", func(s *step) { s.answer.control.noCacheField, s.answer.control.privateOne = false, false }, byBoth},
		{"stale-while-revalidate", func(s *step) { s.answer.control.swr = absent }, byBoth},
		{"stale-if-error", func(s *step) { s.answer.control.sie = absent }, byBoth},
		{"must-revalidate", func(s *step) { replace(&s.answer.control, &s.answer.control.mustRevalidate) }, byStrict},
		{"proxy-revalidate", func(s *step) { replace(&s.answer.control, &s.answer.control.proxyRevalidate) }, byStrict},
		{"public", func(s *step) { replace(&s.answer.control, &s.answer.control.public) }, byStrict},
		{"must-understand", func(s *step) { replace(&s.answer.control, &s.answer.control.mustUnderstand) }, byStrict},
		{"CDN-Cache-Control", func(s *step) { s.answer.targeted = nil }, byStrict},
		{"errors in CDN-Cache-Control", func(s *step) {
			if s.answer.targeted != nil {
				whole := *s.answer.targeted
				whole.broken = false
				s.answer.targeted = &whole
			}
		}, byStrict},
		{"Vary", func(s *step) { s.answer.vary = "" }, byBoth},
		{"Location", func(s *step) { s.answer.location = "" }, byStrict},
		{"Content-Location", func(s *step) { s.answer.place = "" }, byStrict},
		{"what is slow", func(s *step) { s.answer.delay = min(s.answer.delay, second) }, byBoth},
		{"conditions of viewers", func(s *step) { s.request.condition, s.request.value = "", "" }, byBoth},
		{"If-Range", func(s *step) { s.request.ifRange = "" }, byBoth},
		{"directives of viewers", without("Cache-Control"), byStrict},
		{"Pragma", without("Pragma"), byStrict},
		{"Authorization", without("Authorization"), byStrict},
		{"a nominated field", without("X-Kind"), byStrict},
		{"an empty field", func(s *step) {
			if s.request.fields["X-Kind"] == "" {
				without("X-Kind")(s)
			}
		}, byStrict},
	} {
		trial := trial{snapshot: snapshot, mute: test.mute}
		if !trial.notices(t, strictPolicies, 2000) {
			t.Errorf("deaf to %s: the model of RFC 9111 noticed nothing", test.name)
		}
		runs := uint64(2000)
		if test.by == byStrict {
			runs = 50
		}
		if got, want := trial.notices(t, policies, runs), test.by == byBoth; got != want {
			t.Errorf("deaf to %s: noticed by the model of CloudFront: got %t, want %t", test.name, got, want)
		}
	}
}

// replace puts no-transform in the place of a directive: CloudFront heeds that
// there is a Cache-Control (CF-TTL-26).
func replace(c *control, directive *bool) {
	if *directive {
		*directive, c.noTransform = false, true
	}
}

func deafToInvalidations(s *step) {
	if s.invalidate != "" {
		s.invalidate = "/nothing"
	}
}

// notices reports whether one of so many sequences shows a difference.
func (t trial) notices(tb testing.TB, policies []policy, runs uint64) bool {
	tb.Helper()
	for run := range runs {
		d := newDice(1, run)
		t.policy = &policies[d.IntN(len(policies))]
		difference, err := t.compare(d.steps())
		if err != nil {
			tb.Fatal(err)
		}
		if difference != nil {
			return true
		}
	}
	return false
}

func without(name string) func(*step) {
	return func(s *step) {
		s.request.fields = maps.Clone(s.request.fields)
		delete(s.request.fields, name)
	}
}
