package invalidation

// An item is what one member of a batch's Paths names: a path, or a tag when
// it begins with "#" (CF-TAG-04).
type item struct {
	path  Path
	tag   uint64 // hash
	isTag bool
}

// compileItem checks one member.
func compileItem(s string, acceptsTags bool) (item, error) {
	if s == "" || s[0] != '#' {
		p, err := CompilePath(s)
		return item{path: p}, err
	}
	switch tag := s[1:]; {
	case !acceptsTags:
		return item{}, &Error{Kind: KindTag, Path: s}
	case !isTag(tag):
		return item{}, &Error{Kind: KindTagMalformed, Path: s}
	default:
		return item{tag: hashTag(tag), isTag: true}, nil
	}
}

// addTo makes m remember the item.
func (i item) addTo(m *memory, epoch uint64) {
	switch {
	case i.isTag:
		m.tags.add(i.tag, epoch)
	case i.path.all():
		*m = memory{floor: epoch}
	case i.path.wildcard:
		m.addWildcard(i.path, epoch)
	case i.path.escapes == EscapesKept:
		m.kept = true
		m.paths.add(hashKept(i.path.raw), epoch)
	default:
		m.paths.add(hashOf(i.path.plain), epoch)
	}
}
