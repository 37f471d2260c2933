package overload

import (
	"sync/atomic"
	"time"
)

// A Gauge is one resource that may become short.
type Gauge struct {
	Name string
	// Read returns how much of it is used, in the unit of Marks. It is called by
	// one goroutine.
	Read  func() float64
	Marks Marks
	// Renew, if set, has Read tell what is so now, where it tells what was so when
	// it was last found out, and that may be long ago if little happens. It is
	// called once in a while when the level is LevelOnlyHits or above, so that
	// nobody is refused because of what is over.
	Renew func()
}

// A Change is told when the level changes.
type Change struct {
	From, To Level
	Gauge    string  // the one that is behind To
	Value    float64 // what it read
}

// Options configure a Manager.
type Options struct {
	Gauges []Gauge
	// Every is how often they are read; 0 means every 250 ms.
	Every time.Duration
	// OnChange, if set, is told about each change, by the Manager's goroutine.
	OnChange func(Change)
}

const (
	// slack is how much lower than its mark a gauge must be for a level to end: a
	// part of the mark.
	slack = 0.03
	// calm is how many times in a row gauges must say so. Then one level ends.
	calm = 4
)

// A Manager publishes the Level. A nil Manager is one whose level is always
// LevelNormal.
type Manager struct {
	options Options
	level   atomic.Uint32
	shed    [NumSheds]atomic.Uint64
	stop    chan struct{}
	ended   chan struct{}
	started bool

	calm  int // readings in a row that were of a lower level
	tight int // readings in a row at LevelOnlyHits or above
}

// New returns a Manager of LevelNormal. Start has it read its gauges.
func New(o Options) *Manager {
	if o.Every == 0 {
		o.Every = 250 * time.Millisecond
	}
	return &Manager{options: o, stop: make(chan struct{}), ended: make(chan struct{})}
}

// Start begins to read the gauges, until Close.
func (m *Manager) Start() {
	m.started = true
	go m.run()
}

// Close ends reading, if that was started. The level stays. Who calls it has called
// Start.
func (m *Manager) Close() {
	if m != nil && m.started {
		close(m.stop)
		<-m.ended
	}
}

// Level returns the current level.
//
// Hot path: one atomic load.
func (m *Manager) Level() Level {
	if m == nil {
		return LevelNormal
	}
	return Level(m.level.Load())
}

// Count counts something that was given up.
func (m *Manager) Count(s Shed) {
	if m != nil {
		m.shed[s].Add(1)
	}
}

// Counted returns how often Count was called for s.
func (m *Manager) Counted(s Shed) uint64 {
	if m == nil {
		return 0
	}
	return m.shed[s].Load()
}

func (m *Manager) run() {
	defer close(m.ended)
	ticker := time.NewTicker(m.options.Every)
	defer ticker.Stop()
	for {
		select {
		case <-m.stop:
			return
		case <-ticker.C:
			m.Read()
		}
	}
}

// Read reads the gauges and sets the level. That rises at once, and falls step by
// step when they have been lower for a while. Only one goroutine calls it.
func (m *Manager) Read() {
	held := m.Level()
	m.renew(held)
	c := Change{From: held}
	for i := range m.options.Gauges {
		g := &m.options.Gauges[i]
		value := g.Read()
		if l := g.Marks.level(value, held, slack); i == 0 || l > c.To {
			c.To, c.Gauge, c.Value = l, g.Name, value
		}
	}
	switch {
	case c.To == held:
		m.calm = 0
		return
	case c.To < held:
		if m.calm++; m.calm < calm {
			return
		}
		c.To = held - 1
	}
	m.calm = 0
	m.level.Store(uint32(c.To))
	if m.options.OnChange != nil {
		m.options.OnChange(c)
	}
}

// renew renews the gauges where it is time.
func (m *Manager) renew(held Level) {
	if held < LevelOnlyHits {
		m.tight = 0
		return
	}
	if m.tight++; m.tight%calm != 0 {
		return
	}
	for i := range m.options.Gauges {
		if renew := m.options.Gauges[i].Renew; renew != nil {
			renew()
		}
	}
}
