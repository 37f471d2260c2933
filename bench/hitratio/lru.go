package main

import (
	"container/list"

	"github.com/groundfront/groundfront/cachekey"
)

// lru is the reference: what was asked for longest ago leaves.
type lru struct {
	max, bytes int64
	order      *list.List // of request, the latest first
	at         map[cachekey.Hash]*list.Element
}

func newLRU(maxBytes int64) *lru {
	return &lru{max: maxBytes, order: list.New(), at: make(map[cachekey.Hash]*list.Element)}
}

func (l *lru) hit(r request) bool {
	if e, ok := l.at[r.hash]; ok {
		l.order.MoveToFront(e)
		return true
	}
	if r.cost > l.max {
		return false
	}
	for l.bytes+r.cost > l.max {
		last := l.order.Remove(l.order.Back()).(request)
		delete(l.at, last.hash)
		l.bytes -= last.cost
	}
	l.at[r.hash] = l.order.PushFront(r)
	l.bytes += r.cost
	return false
}
