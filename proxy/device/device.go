// Package device says of what kind a viewer's device is, by its User-Agent, for the
// six CloudFront-Is-*-Viewer fields (CF-CFH-01 to CF-CFH-06).
//
// It approximates: which devices CloudFront knows is not published. What is: that
// several fields can be true, as for some tablets that are mobile as well
// (CF-CFH-04). Here whatever is not a phone, a tablet or a television is a desktop,
// be it a crawler, a command or nothing at all, and nothing else is.
//
//   - device.go: the kinds, and one pass over the words of a User-Agent.
//   - devices.go: the words, and the rules, as tables.
//
// It is a part of proxy.
package device

import (
	"slices"
	"strings"
)

// A Class is what is true of a device.
type Class uint8

// What may be true.
const (
	Android Class = 1 << iota // CF-CFH-01
	Desktop                   // CF-CFH-02
	IOS                       // CF-CFH-03
	Mobile                    // CF-CFH-04
	SmartTV                   // CF-CFH-05
	Tablet                    // CF-CFH-06
)

var classNames = []string{"android", "desktop", "ios", "mobile", "smarttv", "tablet"}

// String returns what is true, as in "android, mobile".
func (c Class) String() string {
	var names []string
	for i, name := range classNames {
		if c>>i&1 == 1 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// Is reports whether one thing is true.
func (c Class) Is(one Class) bool { return c&one != 0 }

// maxAgent bounds how much of a User-Agent is looked at, in bytes. Those of
// browsers have less than 400.
const maxAgent = 1024

// maxWord is longer than any word of the tables.
const maxWord = 20

// Of returns the class of a device by its User-Agent, "" if it sends none. The case
// of letters does not matter.
//
// Hot path: no allocation, one pass.
func Of(userAgent string) Class {
	agent := userAgent[:min(len(userAgent), maxAgent)]
	var seen signs
	var word [maxWord]byte // in lower case, its beginning if it is longer
	n := 0
	for i := range len(agent) {
		if c := lower(agent[i]); isWordByte(c) {
			if n < maxWord {
				word[n] = c
			}
			n++
			continue
		}
		if n > 0 {
			seen |= signsOf(word[:min(n, maxWord)])
			n = 0
		}
	}
	if n > 0 {
		seen |= signsOf(word[:min(n, maxWord)])
	}
	for i := range rules {
		if r := &rules[i]; seen&r.all == r.all {
			return r.is
		}
	}
	return Desktop // not reached: the last rule needs nothing
}

// signsOf returns what a word is a sign of.
func signsOf(word []byte) signs {
	if candidates[word[0]]>>len(word)&1 == 1 {
		if s, known := words[string(word)]; known {
			return s
		}
	}
	for _, b := range beginnings[word[0]] {
		if len(word) > len(b.text) && string(word[:len(b.text)]) == b.text {
			return b.of
		}
	}
	return 0
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// candidates has for each first byte a bit for each length that words of the table
// have. Most words of a User-Agent are not there, and cost no more than that.
var candidates = func() (lengths [128]uint32) {
	for word := range words {
		lengths[word[0]] |= 1 << len(word)
	}
	return lengths
}()

// A beginning is that of words which differ in what follows: models by number.
type beginning struct {
	text string
	of   signs
}

// beginnings are those of the table by their first byte, the longest first.
var beginnings = func() (table [128][]beginning) {
	for text, of := range wordBeginnings {
		table[text[0]] = append(table[text[0]], beginning{text, of})
	}
	for _, list := range table {
		slices.SortFunc(list, func(a, b beginning) int { return len(b.text) - len(a.text) })
	}
	return table
}()
