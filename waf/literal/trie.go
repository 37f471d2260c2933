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
	end            uint32 // of the pattern that is all of it, or noEnd
	state, short   uint32 // in the automaton
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
	var at uint32
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
	a := automaton{classes: t.classes, count: t.count, ends: t.ends}
	t.place(&a, &t.nodes[0], true)
	queue := make([]uint32, 1, len(t.nodes))
	for i := 0; i < len(queue); i++ {
		n := &t.nodes[queue[i]]
		for c := n.child; c != 0; c = t.nodes[c].sibling {
			child := &t.nodes[c]
			child.short = root
			if i > 0 {
				child.short = a.step(n.short, child.class)
			}
			t.place(&a, child, i == 0)
			queue = append(queue, c)
		}
		t.connect(&a, n)
	}
	return a
}

// step returns the state after one more byte, of class c.
func (a *automaton) step(s uint32, c uint16) uint32 {
	for s&isSingle != 0 {
		x := &a.singles[s&indexOf]
		if x.class == c {
			return x.next
		}
		s = x.short
	}
	return a.rows[s&indexOf+uint32(c)]
}

// place gives a node its state. Root and those next to it have rows in any
// case, for most text is passed there.
func (t *trie) place(a *automaton, n *node, nearRoot bool) {
	e := n.end
	if e == noEnd {
		e = a.end(n.short)
	} else {
		a.ends[e].shorter = a.end(n.short)
	}
	if nearRoot || n.child != 0 && t.nodes[n.child].sibling != 0 {
		n.state = uint32(len(a.rows))
		a.rows = append(a.rows, make([]uint32, a.count+1)...)
		a.rows[len(a.rows)-1] = e
	} else {
		n.state = isSingle | uint32(len(a.singles))
		a.singles = append(a.singles, single{short: n.short &^ hasEnd, end: e, class: nothing})
	}
	if e != noEnd {
		n.state |= hasEnd
	}
}

// connect sets what follows a node's state; its children have theirs.
func (t *trie) connect(a *automaton, n *node) {
	if n.state&isSingle != 0 {
		if n.child != 0 {
			x := &a.singles[n.state&indexOf]
			x.class, x.next = t.nodes[n.child].class, t.nodes[n.child].state
		}
		return
	}
	row := a.rows[n.state&indexOf:][:a.count]
	if n.state != root { // of which the row is what it is as it was made
		a.fill(row, n.short)
	}
	for c := n.child; c != 0; c = t.nodes[c].sibling {
		row[t.nodes[c].class] = t.nodes[c].state
	}
}

// fill sets row to what follows state s.
func (a *automaton) fill(row []uint32, s uint32) {
	if s&isSingle == 0 {
		copy(row, a.rows[s&indexOf:])
		return
	}
	x := &a.singles[s&indexOf]
	a.fill(row, x.short)
	if x.class != nothing {
		row[x.class] = x.next
	}
}
