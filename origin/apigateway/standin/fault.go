package standin

import "fmt"

// A fault damages an answer on its way out (AG-EMU-05).
type fault uint8

const (
	faultNone  fault = iota
	faultDrop        // the connection is cut before the status line
	faultShort       // Content-Length promises more than is sent, then the connection is cut
	faultCount
)

// shortBy is how many bytes faultShort promises too many.
const shortBy = 64

// String returns the value of the query parameter "fault".
func (f fault) String() string {
	switch f {
	case faultNone:
		return "none"
	case faultDrop:
		return "drop"
	case faultShort:
		return "short"
	}
	return fmt.Sprintf("fault(%d)", uint8(f))
}

func parseFault(name string) (fault, error) {
	if name == "" {
		return faultNone, nil
	}
	for f := range faultCount {
		if f.String() == name {
			return f, nil
		}
	}
	return faultNone, &parameterError{"fault", name, "drop or short"}
}
