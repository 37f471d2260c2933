package h1

import (
	"errors"
	"time"
)

// A pace is how fast content comes, while somebody waits for it.
type pace struct {
	least  int // bytes a second; 0 for no bound
	waited time.Duration
	came   int64
}

// paceGrace is how long content may be waited for in all before it is too slow.
const paceGrace = 10 * time.Second

var errSlowContent = errors.New("request content: it comes too slowly")

// wait counts a wait that has brought n bytes, and reports whether they come too
// slowly (reliability D2, H16).
func (p *pace) wait(d time.Duration, n int) bool {
	p.waited += d
	p.came += int64(n)
	return p.waited >= paceGrace && p.came < int64(p.waited.Seconds()*float64(p.least))
}
