//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package disk

import "io"

// lock does nothing: that a folder belongs to one edge is the operator's care
// here.
func lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }
