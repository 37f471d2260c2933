package metrics

import "github.com/prometheus/client_golang/prometheus"

// A configuration that is compiled asks for the counters of what it has. Those
// that it shares with the one before go on; the others end with that: their
// series would only grow in number.

type (
	behaviorKey [2]string
	originKey   [2]string
)

// Mark begins a compilation.
func (s *Set) Mark() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.wanted = map[any]bool{}
}

// wantLocked notes that something is asked for. The caller holds mu.
func (s *Set) wantLocked(key any) {
	if s.mu.wanted != nil {
		s.mu.wanted[key] = true
	}
}

// Sweep forgets what was not asked for since Mark, when the configuration is in
// use. Requests that go on by the one before count where nobody looks.
func (s *Set) Sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := s.mu.wanted
	if wanted == nil {
		return
	}
	s.mu.wanted = nil
	for key := range s.mu.behaviors {
		if !wanted[behaviorKey(key)] {
			delete(s.mu.behaviors, key)
		}
	}
	for key := range s.mu.firewall {
		if !wanted[key] {
			delete(s.mu.firewall, key)
		}
	}
	for key := range s.mu.choices {
		if !wanted[key] {
			delete(s.mu.choices, key)
			s.originChoices.DeletePartialMatch(prometheus.Labels{"distribution": key[0], "group": key[1], "origin": key[2]})
		}
	}
	for key := range s.mu.handshakes {
		if !wanted[key] {
			delete(s.mu.handshakes, key)
			s.handshakes.DeletePartialMatch(prometheus.Labels{"distribution": string(key)})
		}
	}
	for key := range s.mu.origins {
		if wanted[originKey(key)] {
			continue
		}
		delete(s.mu.origins, key)
		labels := prometheus.Labels{"distribution": key[0], "origin": key[1]}
		s.originRequests.DeletePartialMatch(labels)
		s.originDuration.DeletePartialMatch(labels)
		s.injected.DeletePartialMatch(labels)
	}
}
