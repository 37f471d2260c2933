package viewer

import "unsafe"

// View returns the id as text without copying it: it is valid until the id
// changes.
func (id *RequestID) View() string { return unsafe.String(&id[0], len(id)) }
