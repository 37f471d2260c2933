package metrics

// handshakeKey is a distribution that asks viewers for certificates.
type handshakeKey string

// Handshakes returns what counts the handshakes in which viewers of a distribution
// were asked for a certificate: by the code of the connection log (CF-CLOG-02) for
// which one failed, "" for a connection.
func (s *Set) Handshakes(distribution string) (count func(reason string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wantLocked(handshakeKey(distribution))
	s.mu.handshakes[handshakeKey(distribution)] = true
	return func(reason string) {
		if reason == "" {
			reason = "Success"
		}
		s.handshakes.WithLabelValues(distribution, reason).Inc()
	}
}
