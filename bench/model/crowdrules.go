package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The rules that hold whatever happens at the same time. They are those of
// ARCHITECTURE.md that are easy to get wrong.

// judgeTrip: of what may be shared one request is at the origin at a time,
// but for those from before an invalidation, an unsafe request or a HEAD that
// contradicted what is stored. The caller holds c.mu.
func (c *crowd) judgeTrip(t *trip) {
	if !t.plain || t.method != "GET" || !strings.HasPrefix(t.path, "/shared/") {
		return
	}
	since := c.lastInvalidated(t.path, t.asked)
	for _, other := range c.trips {
		if c.policy.strict && other.method == "HEAD" && other.path == t.path && other.received.After(since) { // RFC 9111 section 4.3.5
			since = other.received
		}
	}
	for _, other := range c.trips {
		if other.ended.IsZero() && other.plain && other.method == t.method && other.path == t.path && other.asked.After(since) {
			c.violations = append(c.violations, fmt.Sprintf("trip %d for %s while trip %d is under way", t.number, t.path, other.number))
		}
	}
}

// lastInvalidated returns when a path was last invalidated before a moment, or
// changed by an unsafe request in a strict cache (RFC 9111 section 4.4).
func (c *crowd) lastInvalidated(path string, before time.Time) (last time.Time) {
	for _, i := range c.invalidations {
		if matches(i.path, path) && i.at.Before(before) && i.at.After(last) {
			last = i.at
		}
	}
	for _, t := range c.trips {
		changed := c.policy.strict && t.method == "POST" && t.path == path && t.status/100 == 2
		if changed && t.received.Before(before) && t.received.After(last) {
			last = t.received
		}
	}
	return last
}

// judge applies the rules to all visits.
func (c *crowd) judge() {
	slices.SortFunc(c.visits, func(a, b *visit) int { return a.began.Compare(b.began) })
	for _, v := range c.visits {
		if v.request.method == "POST" || v.response.heads == 0 {
			continue
		}
		if err := c.judgeVisit(v); err != nil {
			c.violation("%v\n    got %d, %v, cut %t, %d bytes: %v", v.occurrence, v.response.status,
				v.response.fields, v.response.cut, v.response.content.Len(), err)
		}
	}
}

func (c *crowd) judgeVisit(v *visit) error {
	if v.response.fields.Get("Server") == "CloudFront" { // a page of the edge's own
		return nil
	}
	number, err := strconv.Atoi(v.response.fields.Get("X-Trip"))
	if err != nil {
		return fmt.Errorf("no trip: %w", err)
	}
	t := c.trips[number]
	if err := c.judgeTimes(v, t); err != nil {
		return err
	}
	if v.response.content.Len() == 0 {
		return nil
	}
	generation, err := v.generation(c.policy.strict)
	switch {
	case err != nil:
		return err
	case t.answer.private && generation != 0 && t.answer.status != 200:
		return nil
	case v.response.cut && !t.answer.cut && !v.left:
		return fmt.Errorf("cut off, but trip %d was not", t.number)
	}
	v.seen = generation
	if t.answer.private {
		return nil
	}
	return c.judgeGeneration(v, generation)
}

// generation reads the content: all of it is of one generation, one path, one
// viewer and one kind, and in its place.
func (v *visit) generation(strict bool) (generation int, err error) {
	content, from := v.response.content.String(), 0
	if v.response.status == 206 {
		var to, size int
		if _, err := fmt.Sscanf(v.response.fields.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &size); err != nil {
			return 0, fmt.Errorf("Content-Range: %w", err)
		}
		if want, _ := blockRange(v.request.rng); from != want*blockSize || !v.response.cut && !v.left && to+1-from != len(content) {
			return 0, fmt.Errorf("parts %d to %d of %s, %d bytes", from, to, v.request.rng, len(content))
		}
	} else if !v.response.cut && !v.left && len(content) != blocks*blockSize {
		return 0, fmt.Errorf("got %d bytes, want %d", len(content), blocks*blockSize)
	}
	var path, viewer, kind string
	if _, err := fmt.Sscanf(content, "%s %d %s %s", &path, &generation, &viewer, &kind); err != nil && !v.left {
		return 0, fmt.Errorf("content %q: %w", content, err)
	}
	switch {
	case path != v.request.path:
		return 0, fmt.Errorf("content of %s", path)
	case viewer != "-" && viewer != strconv.Itoa(v.viewer):
		return 0, fmt.Errorf("content of viewer %s", viewer)
	case strict && kind != "-" && kind != v.request.fields["X-Kind"]+".":
		return 0, fmt.Errorf("content of kind %s", kind)
	}
	var want strings.Builder
	for i := from / blockSize; i < blocks; i++ {
		want.WriteString(block(path, generation, viewer, kind, i))
	}
	if !strings.HasPrefix(want.String(), content) {
		return 0, fmt.Errorf("content is mixed:\n%s", content)
	}
	return generation, nil
}

// judgeGeneration: nobody gets what was invalidated before he asked, and
// nobody who has seen something new gets something older.
func (c *crowd) judgeGeneration(v *visit, generation int) error {
	invalidated := c.lastInvalidated(v.request.path, v.began)
	least := 0
	for i, at := range c.publications[v.request.path] {
		if !at.After(invalidated) {
			least = i + 1
		}
	}
	if generation < least {
		return fmt.Errorf("generation %d, but %d was there when %s was invalidated", generation, least, v.request.path)
	}
	for _, earlier := range c.visits {
		if earlier.viewer == v.viewer && earlier.keeps() && earlier.ended.Before(v.began) &&
			earlier.request.path == v.request.path && earlier.request.fields["X-Kind"] == v.request.fields["X-Kind"] &&
			generation < earlier.seen {
			return fmt.Errorf("generation %d after this viewer has seen %d", generation, earlier.seen)
		}
	}
	return nil
}

// keeps reports whether what a visit saw was stored, so that nothing older is
// there any more.
func (v *visit) keeps() bool {
	return v.response.status == 200 && !v.response.cut && !v.left && strings.HasPrefix(v.request.path, "/shared/") &&
		v.request.rng == "" && !v.request.demands("no-store")
}

// judgeTimes: Date is that of the answer, Age counts from its coming, and
// what is stale is served only where that is allowed.
func (c *crowd) judgeTimes(v *visit, t *trip) error {
	if got, want := v.response.fields.Get("Date"), t.received.UTC().Format(httpDate); got != want {
		return fmt.Errorf("got Date %q, want %q as of trip %d", got, want, t.number)
	}
	text := v.response.fields.Get("Age")
	if text == "" {
		return nil
	}
	age, err := strconv.Atoi(text)
	least, most := v.began.Sub(t.received), v.ended.Sub(t.received)
	if c.policy.strict { // RFC 9111 section 4.2.3; Date has whole seconds
		least, most = least+t.received.Sub(t.asked), most+t.received.Sub(t.asked)+second
	}
	if err != nil || age < int(least/second) || age > max(0, int(most/second)) {
		return fmt.Errorf("got Age %q, want %v to %v as of trip %d", text, least, most, t.number)
	}
	return nil
}
