package standin

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
)

// A Secret is a header field by which the edge proves that a call came
// through it (AG-SEC-01). Several values are valid at once, so that the value
// can be rotated without an outage (AG-SEC-02). The zero value asks nothing.
type Secret struct {
	Name   string   // field name, by convention "X-Origin-Verify"
	Values []string // current and previous
}

func (s Secret) check() error {
	switch {
	case s.Name == "" && len(s.Values) == 0:
		return nil
	case s.Name == "":
		return errors.New("name is empty")
	case len(s.Values) == 0:
		return errors.New("no values")
	}
	for _, v := range s.Values {
		if v == "" {
			return errors.New("a value is empty")
		}
	}
	return nil
}

// carriedBy reports whether h has exactly one such field with a valid value.
// Every value is compared, by digest and in constant time, so that neither
// length nor position can be measured from outside.
func (s Secret) carriedBy(h http.Header) bool {
	if s.Name == "" {
		return true
	}
	got := h.Values(s.Name)
	if len(got) != 1 {
		return false
	}
	sum, matches := sha256.Sum256([]byte(got[0])), 0
	for _, v := range s.Values {
		want := sha256.Sum256([]byte(v))
		matches |= subtle.ConstantTimeCompare(sum[:], want[:])
	}
	return matches == 1
}
