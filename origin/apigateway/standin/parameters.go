package standin

import (
	"fmt"
	"net/url"
	"strconv"
)

// lastValue returns the last value of a query parameter, which is the one in
// an event's single-value map (AG-LAM-04).
func lastValue(query url.Values, name string) string {
	values := query[name]
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// intParameter reads a decimal parameter between least and most.
func intParameter(query url.Values, name string, def, least, most int) (int, error) {
	got := lastValue(query, name)
	if got == "" {
		return def, nil
	}
	n, err := strconv.Atoi(got)
	if err != nil || n < least || n > most {
		return 0, &parameterError{name, got, fmt.Sprintf("%d to %d", least, most)}
	}
	return n, nil
}
