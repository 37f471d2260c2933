package metrics

// Handshake counts one in which a viewer of a distribution was asked for a
// certificate; reason is the code of the connection log (CF-CLOG-02) for which it
// failed, "" for a connection.
func (s *Set) Handshake(distribution, reason string) {
	if reason == "" {
		reason = "Success"
	}
	s.handshakes.WithLabelValues(distribution, reason).Inc()
}
