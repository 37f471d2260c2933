package scenario

import (
	"fmt"

	"github.com/groundfront/groundfront/bench/edgetest"
)

// interimChecks are the interim responses that a viewer must have got, all of
// them and in order. nil checks nothing.
type interimChecks struct{ want []interimCheck }

type interimCheck struct {
	status int
	fields []fieldCheck
}

// interimChecks takes what follows "interim": none, or one more response.
func (w *words) interimChecks(before *interimChecks) (*interimChecks, error) {
	if w.skip("none") {
		if before != nil {
			return nil, fmt.Errorf("got none, want no more than the interim responses before it")
		}
		return &interimChecks{}, nil
	}
	var c interimCheck
	var err error
	if c.status, err = w.number("none or a status"); err != nil {
		return nil, err
	}
	c.fields, err = w.fieldChecks()
	if before == nil {
		before = &interimChecks{}
	}
	before.want = append(before.want, c)
	return before, err
}

func (c *interimChecks) check(got []edgetest.Interim) error {
	if c == nil {
		return nil
	}
	if len(got) != len(c.want) {
		return fmt.Errorf("interim responses: got %v, want %d", got, len(c.want))
	}
	for i, want := range c.want {
		if got[i].Status != want.status {
			return fmt.Errorf("interim response %d: got status %d, want %d", i+1, got[i].Status, want.status)
		}
		if err := checkFields(want.fields, got[i].Fields); err != nil {
			return fmt.Errorf("interim response %d: %w", i+1, err)
		}
	}
	return nil
}
