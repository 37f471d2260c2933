package scenario

import (
	"fmt"

	"github.com/groundfront/groundfront/proxy/overload"
)

// overloadStep makes memory or processors short.
type overloadStep struct{ level overload.Level }

func parseOverload(w *words) (action, error) {
	word, err := w.word("a level of overload")
	if err != nil {
		return nil, err
	}
	for l := range overload.NumLevels {
		if l.String() == word {
			return overloadStep{l}, nil
		}
	}
	return nil, fmt.Errorf("%q is no level of overload", word)
}

func (s overloadStep) run(r *runner) error {
	r.settle()
	r.edge.SetOverload(s.level)
	return nil
}
