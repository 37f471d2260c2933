package config

// merge lays over on top of base and returns the result: mappings merge key by
// key, and everything else, lists included, is replaced. Keys keep the order
// of base; new ones follow. Every value keeps the position of the file it came
// from.
func merge(base, over *node) *node {
	if base == nil || base.kind != kindMap || over.kind != kindMap {
		return over
	}
	merged := &node{kind: kindMap, pos: base.pos, aws: base.aws}
	for _, e := range base.entries {
		if o := over.get(e.key); o != nil {
			e.pos, e.value = over.keyPosition(e.key), merge(e.value, o)
		}
		merged.entries = append(merged.entries, e)
	}
	for _, e := range over.entries {
		if base.get(e.key) == nil {
			merged.entries = append(merged.entries, e)
		}
	}
	return merged
}

func (n *node) keyPosition(key string) Position {
	for i := range n.entries {
		if n.entries[i].key == key {
			return n.entries[i].pos
		}
	}
	return n.pos
}
