package config

import "slices"

// What others say of a configuration has a place in it, as what this package
// finds has.

// KeyPath returns the path of a key in the mapping at path, in the form that
// Config.Position takes. The mapping of the whole document is at "".
func KeyPath(at, key string) string { return string(path(at).key(key)) }

// IndexPath returns the path of an element of the list at path.
func IndexPath(at string, i int) string { return string(path(at).index(i)) }

// Annotate returns the diagnostics of loading c together with more of them,
// of which each needs no more than code, message and path: it gets the
// position of the value at its path, or of what is around it if that was not
// written, and the lines there. All are sorted by position and bounded.
func (c *Config) Annotate(loaded, more Diagnostics) Diagnostics {
	report := collector{found: slices.Clone(loaded), sources: c.sources, files: c.files}
	for _, d := range more {
		pos := nearest(c.positions, path(d.Path), Position{File: c.files[0], Line: 1, Column: 1})
		d.File, d.Line, d.Column = pos.File, pos.Line, pos.Column
		report.found = append(report.found, d)
	}
	return report.finish()
}

// nearest returns the position of the nearest written value at or around p.
func nearest(positions map[string]Position, p path, otherwise Position) Position {
	for ; p != ""; p = parent(p) {
		if pos, written := positions[string(p)]; written {
			return pos
		}
	}
	return otherwise
}
