package standin

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin/lambda"
)

// lambdaAnswer turns a function's payload into a response. What breaks the
// contract is 502 from a REST API and 500 from an HTTP API (AG-LAM-20).
func (s *Standin) lambdaAnswer(c *call, payload []byte) (*response, error) {
	parse := lambda.ParseResultV1
	if s.opts.Flavor == FlavorHTTP {
		parse = lambda.ParseResultV2
	}
	result, err := parse(payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", malformedResponse, err)
	}
	resp := &response{status: result.Status, lines: result.Fields, content: []byte(result.Body)}
	if result.Base64 && s.decodes(c, result.Fields) {
		if resp.content, err = base64.StdEncoding.DecodeString(result.Body); err != nil {
			return nil, fmt.Errorf("%w: %w", malformedResponse, err)
		}
	}
	return resp, nil
}

// decodes reports whether base64 content is decoded: in a REST API only if
// the first Accept type or the response's type is binary (AG-LAM-22,
// AG-HDR-07).
func (s *Standin) decodes(c *call, lines field.Lines) bool {
	if s.opts.Flavor == FlavorHTTP {
		return true
	}
	accept, _, _ := strings.Cut(c.r.Header.Get("Accept"), ",")
	return matchesAny(s.opts.BinaryMediaTypes, accept) ||
		matchesAny(s.opts.BinaryMediaTypes, lines.Get("Content-Type"))
}
