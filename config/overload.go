package config

// Overload says what the edge gives up when memory or processors are short, so that
// hits go on longest: first it stores nothing new, then it sheds idle connections
// and streams, then it answers with 503 what is not stored, then it accepts nobody.
// A level begins at once, and ends when there is 3 % less for a second.
type Overload struct {
	// Memory is what the process may have.
	Memory OverloadMemory `config:"memory"`

	// CPU is how long work may wait for a processor.
	CPU OverloadCPU `config:"cpu"`
}

// OverloadMemory has levels in percent of the limit. What the collector could free
// does not count, and is collected below the limit.
type OverloadMemory struct {
	// Limit is what the process may have, 0 to 64TiB, a good deal more than
	// cache.memory.max_size. Default 0: what GOMEMLIMIT says, or nine tenths of the
	// limit of the container or of the memory of the machine.
	Limit Size `config:"limit" default:"0" range:"0..64TiB"`

	// StopFilling is where responses are no longer stored, 1 to 100. Default 85.
	StopFilling int `config:"stop_filling" default:"85" range:"1..100"`

	// Shed is where idle connections end, others of HTTP/1.1 end with their
	// response, and HTTP/2 connections have at most 8 streams that are no hits: more
	// are refused, for the viewer to try again. 1 to 100. Default 90.
	Shed int `config:"shed" default:"90" range:"1..100"`

	// OnlyHits is where requests that are no hits get a 503 with Retry-After,
	// unless there is a stale response that may be used when the origin fails. 1
	// to 100. Default 95.
	OnlyHits int `config:"only_hits" default:"95" range:"1..100"`

	// StopAccepting is where no connection is accepted, 1 to 100. Default 98.
	StopAccepting int `config:"stop_accepting" default:"98" range:"1..100"`
}

// OverloadCPU has levels in milliseconds that the slowest tenth of the work has
// waited for a processor, within a second.
type OverloadCPU struct {
	// Shed is as under memory, 1 to 60000. Default 100.
	Shed int `config:"shed" default:"100" range:"1..60000"`

	// OnlyHits is as under memory, 1 to 60000. Default 250.
	OnlyHits int `config:"only_hits" default:"250" range:"1..60000"`
}

// overload checks that what is given up later begins later.
func (k *checker) overload(o *Overload) {
	type level struct {
		name  string
		value int
	}
	ascend := func(at path, levels ...level) {
		before := level{}
		for _, l := range levels {
			if l.value < before.value {
				k.fail(at.key(l.name), badValue, "%s begins at %d, before %s at %d", l.name, l.value, before.name, before.value)
			}
			before = l
		}
	}
	m, c := o.Memory, o.CPU
	ascend("server.overload.memory", level{"stop_filling", m.StopFilling}, level{"shed", m.Shed}, level{"only_hits", m.OnlyHits}, level{"stop_accepting", m.StopAccepting})
	ascend("server.overload.cpu", level{"shed", c.Shed}, level{"only_hits", c.OnlyHits})
}
