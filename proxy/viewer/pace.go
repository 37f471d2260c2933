package viewer

import "time"

// A Pace is how fast content of a request comes, while somebody waits for it.
type Pace struct {
	Least  int // bytes a second; 0 for no bound
	waited time.Duration
	came   int64
}

// paceGrace is how long content may be waited for in all before it is too slow.
const paceGrace = 10 * time.Second

// Wait counts a wait that has brought n bytes, and reports whether they come too
// slowly (reliability D2, H16).
func (p *Pace) Wait(d time.Duration, n int) (slow bool) {
	p.waited += d
	p.came += int64(n)
	return p.waited >= paceGrace && p.came < int64(p.waited.Seconds()*float64(p.Least))
}
