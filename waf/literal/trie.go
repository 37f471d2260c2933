package literal

// A trie is what the automaton is made from: a node for each beginning of a
// pattern.
type trie struct {
	classes [256]uint16
	count   int // of classes
	nodes   []node
	ends    []end
}

type node struct {
	child, sibling uint32 // the first child, the next of the same parent; 0 is none
	class          uint16 // what leads here
	end            uint32
}

func newTrie(patterns []string, fold bool) *trie {
	t := &trie{nodes: make([]node, 1), ends: make([]end, 1), count: 1}
	for _, p := range patterns {
		for i := range len(p) {
			t.classify(p[i], fold)
		}
	}
	for i, p := range patterns {
		if p != "" {
			t.insert(uint32(i), p)
		}
	}
	return t
}

// classify gives b a class of its own, or one with its other case.
func (t *trie) classify(b byte, fold bool) {
	if t.classes[b] != otherClass {
		return
	}
	t.classes[b] = uint16(t.count)
	if fold {
		t.classes[otherCase(b)] = uint16(t.count)
	}
	t.count++
}

// otherCase returns b in the other case, which for most bytes is b.
func otherCase(b byte) byte {
	if lower := b | 0x20; 'a' <= lower && lower <= 'z' {
		return b ^ 0x20
	}
	return b
}

func (t *trie) insert(pattern uint32, text string) {
	at := uint32(root)
	for i := range len(text) {
		at = t.child(at, t.classes[text[i]])
	}
	e := t.nodes[at].end
	if e == noEnd {
		e = uint32(len(t.ends))
		t.ends = append(t.ends, end{length: len(text)})
		t.nodes[at].end = e
	}
	t.ends[e].patterns = append(t.ends[e].patterns, pattern)
}

// child returns the child of a node by class, and makes it if need be.
func (t *trie) child(of uint32, class uint16) uint32 {
	for c := t.nodes[of].child; c != 0; c = t.nodes[c].sibling {
		if t.nodes[c].class == class {
			return c
		}
	}
	c := uint32(len(t.nodes))
	t.nodes = append(t.nodes, node{class: class, sibling: t.nodes[of].child})
	t.nodes[of].child = c
	return c
}

// automaton visits the nodes by depth, so that what is shorter is ready.
func (t *trie) automaton() automaton {
	a := automaton{classes: t.classes, states: make([]state, len(t.nodes)), ends: t.ends}
	order := make([]uint32, 1, len(t.nodes)) // the node of each state: states are numbered by depth
	number := make([]uint32, len(t.nodes))   // and the reverse
	var nextToRoot int
	for i := 0; i < len(order); i++ {
		for c := t.nodes[order[i]].child; c != 0; c = t.nodes[c].sibling {
			number[c] = uint32(len(order))
			order = append(order, c)
		}
		if i == 0 {
			nextToRoot = len(order)
		}
	}
	for s := range order {
		n := &t.nodes[order[s]]
		a.endAt(uint32(s), n.end)
		a.successors(uint32(s), t, number, n.child, s < nextToRoot)
		for c := n.child; s != root && c != 0; c = t.nodes[c].sibling {
			a.states[number[c]].short = a.step(a.states[s].short, t.nodes[c].class)
		}
	}
	return a
}

// endAt sets where patterns end in state s, own being that of the whole
// beginning.
func (a *automaton) endAt(s, own uint32) {
	st := &a.states[s]
	shorter := a.states[st.short].end
	if own == noEnd {
		st.end = shorter
		return
	}
	st.end = own
	a.ends[own].shorter = shorter
}

// successors sets what follows state s: a row where patterns part, and at root
// and next to it in any case, for most text is passed there.
func (a *automaton) successors(s uint32, t *trie, number []uint32, first uint32, nextToRoot bool) {
	st := &a.states[s]
	switch {
	case nextToRoot || first != 0 && t.nodes[first].sibling != 0:
		begin := len(a.rows)
		a.rows = append(a.rows, make([]uint32, t.count)...)
		if s != root {
			a.fill(a.rows[begin:], st.short)
		}
		for c := first; c != 0; c = t.nodes[c].sibling {
			a.rows[begin+int(t.nodes[c].class)] = number[c]
		}
		st.class, st.next = classRow, uint32(begin)
	case first != 0:
		st.class, st.next = t.nodes[first].class, number[first]
	default:
		st.class = classNothing
	}
}

// fill sets row to what follows state s.
func (a *automaton) fill(row []uint32, s uint32) {
	st := &a.states[s]
	if st.class == classRow {
		copy(row, a.rows[st.next:])
		return
	}
	a.fill(row, st.short)
	if st.class != classNothing {
		row[st.class] = st.next
	}
}
