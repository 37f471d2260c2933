package memory

import "sync/atomic"

// A number names an element of pages.
type number uint32

const none number = 0

const pageSize = 1024

// pages hold elements by number. They never move, so that one can be read
// while there come more.
type pages[E any] struct {
	list atomic.Pointer[[]*[pageSize]E]
	used number // as many numbers were given out, from the first one on
}

// at returns the element with this number, which is not none.
func (p *pages[E]) at(i number) *E {
	i--
	return &(*p.list.Load())[i/pageSize][i%pageSize]
}

// next returns a number that was never given out, or none if there is none.
// One goroutine at a time may call it.
func (p *pages[E]) next() number {
	if p.used == ^none {
		return none
	}
	if p.used%pageSize == 0 {
		var list []*[pageSize]E
		if old := p.list.Load(); old != nil {
			list = *old
		}
		list = append(list, new([pageSize]E)) // behind what readers of the old one see
		p.list.Store(&list)
	}
	p.used++
	return p.used
}
