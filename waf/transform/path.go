package transform

import (
	"bytes"
	"strings"
)

// pathChanges returns 0, for a path is read from its beginning, or -1 if src
// has neither an empty segment nor one that begins with a dot.
func pathChanges(src string) int {
	if strings.HasPrefix(src, ".") || strings.Contains(src, "//") || strings.Contains(src, "/.") {
		return 0
	}
	return -1
}

// windowsPathChanges is pathChanges for paths with either kind of slash.
func windowsPathChanges(src string) int {
	if strings.IndexByte(src, '\\') >= 0 {
		return 0
	}
	return pathChanges(src)
}

// normalizePath drops empty segments and ".", and resolves ".." but for those
// at the beginning of a relative path (WF-TT-19). There is nothing above the
// root. A path that ends in a slash still does, if a segment is left.
func normalizePath(dst []byte, src string) []byte { return resolve(dst, src, "/") }

// normalizePathWin is normalizePath with backslashes for slashes as well
// (WF-TT-20).
func normalizePathWin(dst []byte, src string) []byte { return resolve(dst, src, `/\`) }

func resolve(dst []byte, src, slashes string) []byte {
	path := dst[len(dst):]
	if src != "" && isSlash(src[0], slashes) {
		path = append(path, '/')
	}
	root := len(path) // 1, or 0 for a relative path
	fixed := root     // what ".." does not remove
	for rest := src; rest != ""; {
		var segment string
		segment, rest = cutSegment(rest, slashes)
		switch {
		case segment == "" || segment == ".":
		case segment == ".." && len(path) > fixed:
			path = path[:max(fixed, bytes.LastIndexByte(path, '/'))]
		case segment == ".." && root > 0:
		default:
			if len(path) > root {
				path = append(path, '/')
			}
			path = append(path, segment...)
			if segment == ".." {
				fixed = len(path)
			}
		}
	}
	if len(path) > root && isSlash(src[len(src)-1], slashes) {
		path = append(path, '/')
	}
	return append(dst, path...)
}

func isSlash(c byte, slashes string) bool { return strings.IndexByte(slashes, c) >= 0 }

// cutSegment returns what is before the first slash and what is behind it.
func cutSegment(s, slashes string) (segment, rest string) {
	i := strings.IndexAny(s, slashes)
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}
