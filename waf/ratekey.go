package waf

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/groundfront/groundfront/waf/ratelimit"
)

// A RateKey is a part of a request that a rate-based statement counts by
// (WF-RATE-04).
type RateKey struct {
	Kind RateKeyKind
	// Inspection, of RateKeyField, is a header, the value of a cookie, a query
	// argument, the query string, the path, the method or a fingerprint.
	Inspection Inspection
	// Namespace, of RateKeyLabels, ends with a colon.
	Namespace string
}

// RateKeyKind is the kind of a RateKey.
type RateKeyKind uint8

// The kinds.
const (
	RateKeyField RateKeyKind = iota
	RateKeyIP
	RateKeyForwardedIP
	RateKeyASN    // an unknown one is 0
	RateKeyLabels // each that earlier rules have added makes an instance of its own (WF-RATE-06)
)

// String returns the word that log records have; of fields they have more.
func (k RateKeyKind) String() string {
	switch k {
	case RateKeyField:
		return "FIELD"
	case RateKeyIP:
		return "IP"
	case RateKeyForwardedIP:
		return "FORWARDED_IP"
	case RateKeyASN:
		return "ASN"
	case RateKeyLabels:
		return "LABEL_NAMESPACE"
	}
	return "RateKeyKind(?)"
}

// String identifies the part.
func (k RateKey) String() string {
	return fmt.Sprintf("%v %v %q", k.Kind, &k.Inspection, k.Namespace)
}

// rateFields are the fields that a request may be counted by, and what log
// records call them.
var rateFields = map[FieldKind]string{
	FieldSingleHeader: "HEADER", FieldCookies: "COOKIE", FieldSingleQueryArgument: "QUERY_ARGUMENT", FieldQueryString: "QUERY_STRING",
	FieldUriPath: "URI_PATH", FieldMethod: "HTTP_METHOD", FieldJA3Fingerprint: "JA3_FINGERPRINT", FieldJA4Fingerprint: "JA4_FINGERPRINT",
}

// A rateKey is a compiled RateKey.
type rateKey struct {
	RateKey
	slot   int         // of RateKeyField
	labels *labelMatch // of RateKeyLabels
	places [2]struct{ country, region bool }
}

// maxRateKeys is how many parts there may be (WF-RATE-03).
const maxRateKeys = 5

func (r *rate) compileKeys(k *compiler, s *RateBased) error {
	if (s.Key == AggregateKeyCustom) != (len(s.Keys) > 0) || len(s.Keys) > maxRateKeys {
		return ErrRateKeys
	}
	for _, key := range s.Keys {
		out := rateKey{RateKey: key}
		switch key.Kind {
		case RateKeyField:
			if rateFields[key.Inspection.Field.Kind] == "" {
				return ErrRateKeys
			}
			out.slot = k.slot(&key.Inspection)
			k.notePrint(key.Inspection.Field.Kind)
		case RateKeyForwardedIP:
			if s.Forwarded == nil {
				return ErrRateKeys
			}
		case RateKeyASN:
			k.acl.locates = true
		case RateKeyLabels:
			if key.Namespace == "" {
				return ErrRateKeys
			}
			out.labels = &labelMatch{LabelMatch: LabelMatch{LabelScopeNamespace, key.Namespace}, prefix: k.prefix}
			k.labelMatches = append(k.labelMatches, out.labels)
			for i, prefix := range placePrefixes {
				out.labels.places[i] = newPlaceMatch(out.labels.LabelMatch, prefix)
				whole := strings.HasPrefix(key.Namespace, "awswaf:")
				out.places[i].country = whole && strings.HasPrefix(prefix+"country:", key.Namespace)
				out.places[i].region = whole && strings.HasPrefix(prefix+"region:", key.Namespace)
			}
		}
		r.keys = append(r.keys, out)
	}
	return nil
}

// A rateHit is one request at a rate-based statement with custom keys.
type rateHit struct {
	*rate
	address addresses // the first is of RateKeyForwardedIP
	labels  [maxRateKeys]string
	left    int // instances that it may still be counted in
	noted   bool
}

// maxRateInstances bounds the instances that one request is counted in: as many
// as there are labels that count (WF-LBL-08).
const maxRateInstances = 100

// matchKeys counts the request in the instance of its parts, or in several if
// there are several labels, and says whether one of these is over the limit. A
// request that lacks a part is not counted (WF-RATE-05).
func (r *rate) matchKeys(e *evaluation) match {
	h := rateHit{rate: r, left: maxRateInstances}
	switch h.presence(e) {
	case presenceLacking:
		return matchNo
	case presenceFallback:
		if e.record != nil {
			h.note(e)
		}
		return matchYes
	}
	t := r.counter.Tuple()
	return h.count(e, 0, &t)
}

// A presence says whether a request has all parts.
type presence uint8

const (
	presenceAll presence = iota
	presenceLacking
	presenceFallback // one that it has not makes it one that matches
)

func (p presence) String() string {
	switch p {
	case presenceAll:
		return "all"
	case presenceLacking:
		return "lacking"
	case presenceFallback:
		return "fallback"
	}
	return "presence(?)"
}

func (h *rateHit) presence(e *evaluation) (p presence) {
	for i := range h.keys {
		switch of := h.presenceOf(e, &h.keys[i]); of {
		case presenceLacking:
			return of
		case presenceFallback:
			p = of
		}
	}
	return p
}

func (h *rateHit) presenceOf(e *evaluation, k *rateKey) presence {
	here := true
	fallback := FallbackNoMatch
	switch k.Kind {
	case RateKeyField:
		here = !e.slot(k.slot).absent
		switch f := &k.Inspection.Field; f.Kind {
		case FieldJA3Fingerprint, FieldJA4Fingerprint:
			fallback = f.Fallback
		}
	case RateKeyForwardedIP:
		switch h.forwarded.find(e.request.Fields, &h.address) {
		case forwardedAbsent:
			here = false // WF-IP-02
		case forwardedMalformed:
			here, fallback = false, h.forwarded.Fallback
		}
	case RateKeyLabels:
		here = k.labels.match(e) == matchYes
	}
	switch {
	case here:
		return presenceAll
	case fallback == FallbackMatch:
		return presenceFallback
	}
	return presenceLacking
}

// count takes the parts from the i-th on into t, and counts. The request has all
// of them.
func (h *rateHit) count(e *evaluation, i int, t *ratelimit.Tuple) match {
	if i == len(h.keys) {
		return h.hit(e, t.Key())
	}
	switch k := &h.keys[i]; k.Kind {
	case RateKeyField:
		t.Add(e.valuesOf(e.slot(k.slot))...)
	case RateKeyIP:
		t.AddKey(h.keyOf(e.peer.addr))
	case RateKeyForwardedIP:
		t.AddKey(h.keyOf(h.address.list[0]))
	case RateKeyASN:
		e.asn[placeViewer] = asn{e.peer.place.ASN, true}
		t.AddNumber(uint64(e.peer.place.ASN))
	case RateKeyLabels:
		return h.countLabels(e, i, t)
	}
	return h.count(e, i+1, t)
}

// countLabels counts once for each label in the namespace that is the i-th part.
func (h *rateHit) countLabels(e *evaluation, i int, t *ratelimit.Tuple) (over match) {
	k := &h.keys[i]
	for n, label := range e.acl.labels {
		if e.labels[n/64]&k.labels.bits[n/64]>>(n%64)&1 == 1 {
			over = max(over, h.countLabel(e, i, t, label))
		}
	}
	for kind := range e.places {
		p := &e.places[kind]
		if p.visible && k.places[kind].country {
			over = max(over, h.countLabel(e, i, t, placePrefixes[kind], "country:", p.country()))
		}
		if p.visible && k.places[kind].region {
			over = max(over, h.countLabel(e, i, t, placePrefixes[kind], "region:", p.country(), "-", p.region()))
		}
	}
	return over
}

// countLabel counts with a label, whose text may be in pieces.
func (h *rateHit) countLabel(e *evaluation, i int, t *ratelimit.Tuple, pieces ...string) match {
	if h.left == 0 {
		return matchNo
	}
	if e.record != nil {
		h.labels[i] = strings.Join(pieces, "")
	}
	with := *t
	with.Add(pieces...)
	return h.count(e, i+1, &with)
}

func (h *rateHit) hit(e *evaluation, key ratelimit.Key) match {
	h.left--
	if h.counter.Hit(key, e.request.Now) == ratelimit.RateUnder {
		return matchNo
	}
	if e.record != nil && !h.noted {
		h.noted = true
		h.note(e)
	}
	return matchYes
}

// note records the parts of the request.
func (h *rateHit) note(e *evaluation) {
	s := RateStep{Key: "CUSTOMKEYS"}
	for i := range h.keys {
		s.Custom = append(s.Custom, h.value(e, i))
	}
	h.rate.note(e, s)
}

func (h *rateHit) value(e *evaluation, i int) RateValue {
	k := &h.keys[i]
	v := RateValue{Key: k.Kind.String(), Name: k.Namespace}
	switch k.Kind {
	case RateKeyField:
		f := &k.Inspection.Field
		v.Key, v.Name, v.Value = rateFields[f.Kind], f.Name, strings.Join(e.valuesOf(e.slot(k.slot)), ", ")
		if f.Kind == FieldCookies {
			v.Name = strings.Join(f.Names, ", ")
		}
		v.Value = strings.Clone(v.Value[:min(len(v.Value), maxTraced)])
	case RateKeyIP:
		v.Value = e.peer.addr.String()
	case RateKeyForwardedIP:
		if v.Value = "INVALID"; h.address.n > 0 {
			v.Value = h.address.list[0].String()
		}
	case RateKeyASN:
		v.Value = strconv.FormatUint(uint64(e.peer.place.ASN), 10)
	case RateKeyLabels:
		v.Value = h.labels[i]
	}
	return v
}
