package standin

import (
	"net/url"
	"time"
)

// manage is the connections API: POST sends a message, GET tells about a
// connection, DELETE ends it (AG-HOST-06). A connection that there is not is a
// 410.
func (s *Standin) manage(c *call, escaped string) *response {
	id, err := url.PathUnescape(escaped)
	k := s.sockets.find(id)
	switch {
	case err != nil || k == nil:
		resp := jsonResponse(410, map[string]any{"message": nil})
		resp.lines.Add("x-amzn-ErrorType", "GoneException")
		return resp
	case c.method == "POST":
		if len(c.content) > mostMessage {
			return s.failed(c, requestTooLarge)
		}
		k.write(opText, c.content)
		k.touch()
		return newResponse(200, "")
	case c.method == "GET":
		k.mu.Lock()
		defer k.mu.Unlock()
		return jsonResponse(200, map[string]any{
			"connectedAt": k.connected.UTC().Format(time.RFC3339), "lastActiveAt": k.active.UTC().Format(time.RFC3339),
			"identity": map[string]string{"userAgent": k.agent},
		})
	case c.method == "DELETE":
		k.end(closeNormal)
		return newResponse(204, "")
	}
	return s.failed(c, missingAuthenticationToken)
}
