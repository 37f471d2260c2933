package standin

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A GatewayResponse changes an answer that a REST API makes itself (AG-ERR-23,
// AG-ERR-24).
type GatewayResponse struct {
	Status int         // 0: that of the failure
	Lines  field.Lines // added
	// Template is the content, in which $context.error.messageString stands for
	// the message with its quotes. Empty: as it would be.
	Template string
}

// The types that stand for all failures of a class without a response of
// their own.
const (
	Default4XX = "DEFAULT_4XX"
	Default5XX = "DEFAULT_5XX"
)

func checkGatewayResponses(responses map[string]GatewayResponse, flavor Flavor) error {
	if len(responses) > 0 && flavor != FlavorREST {
		return fmt.Errorf("an HTTP API has no gateway responses (AG-ERR-22)")
	}
	for name, r := range responses {
		if _, known := parseFailure(name); !known && name != Default4XX && name != Default5XX {
			return fmt.Errorf("unknown gateway response type %q (AG-ERR-23)", name)
		}
		if r.Status != 0 && (r.Status < 200 || r.Status > 599) {
			return fmt.Errorf("%s: status %d: want 200 to 599", name, r.Status)
		}
	}
	return nil
}

// customise applies the gateway response of a failure, or of its class.
func (s *Standin) customise(f failure, resp *response) {
	custom, found := s.opts.GatewayResponses[f.String()]
	switch {
	case found:
	case resp.status < 500:
		custom, found = s.opts.GatewayResponses[Default4XX]
	default:
		custom, found = s.opts.GatewayResponses[Default5XX]
	}
	if !found {
		return
	}
	if custom.Status != 0 {
		resp.status = custom.Status
	}
	resp.lines = append(resp.lines, custom.Lines...)
	if custom.Template != "" {
		message, _ := json.Marshal(failureForms[f].message) // a string
		resp.content = bytes.ReplaceAll([]byte(custom.Template), []byte("$context.error.messageString"), message)
	}
}
