package standin

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A lambdaResult is what a function returned, by the contract of its payload
// format (section 10.3). The status is always 200-599.
type lambdaResult struct {
	status   int
	lines    field.Lines
	body     string
	isBase64 bool
}

// lambdaAnswer turns a function's payload into a response. What breaks the
// contract is 502 from a REST API and 500 from an HTTP API (AG-LAM-20).
func (s *Standin) lambdaAnswer(c *call, payload []byte) (*response, error) {
	parse := parseResultV1
	if s.opts.Flavor == FlavorHTTP {
		parse = parseResultV2
	}
	result, err := parse(payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", malformedResponse, err)
	}
	resp := &response{status: result.status, lines: result.lines, content: []byte(result.body)}
	if result.isBase64 && s.decodes(c, result.lines) {
		if resp.content, err = base64.StdEncoding.DecodeString(result.body); err != nil {
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

// parseResultV1 reads the result of format 1.0: an object that is not empty
// and has only the five known members (AG-LAM-20).
func parseResultV1(payload []byte) (*lambdaResult, error) {
	members, err := objectMembers(payload)
	if err != nil {
		return nil, err
	}
	if len(members) == 0 {
		return nil, errors.New("empty object")
	}
	for name := range members {
		switch name {
		case "statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded":
		default:
			return nil, fmt.Errorf("unknown member %q", name)
		}
	}
	result, err := commonMembers(members)
	if err != nil {
		return nil, err
	}
	multi, err := multiLines(members["multiValueHeaders"])
	if err != nil {
		return nil, err
	}
	result.lines = mergeLines(multi, result.lines)
	return result, nil
}

// parseResultV2 reads the result of format 2.0. JSON without a statusCode is
// the content itself (AG-LAM-23), unless it is the error object that the
// emulator sends without an error header (AG-INV-02).
func parseResultV2(payload []byte) (*lambdaResult, error) {
	if !json.Valid(payload) {
		return nil, errors.New("not JSON")
	}
	members, err := objectMembers(payload)
	if _, hasStatus := members["statusCode"]; err != nil || !hasStatus {
		if members["errorType"] != nil && members["errorMessage"] != nil {
			return nil, errors.New("function error")
		}
		return inferredResult(payload), nil
	}
	result, err := commonMembers(members)
	if err != nil {
		return nil, err
	}
	var cookies []string
	if err := optional(members["cookies"], &cookies); err != nil {
		return nil, fmt.Errorf("cookies: %w", err)
	}
	for _, cookie := range cookies {
		if err := addLine(&result.lines, "set-cookie", cookie); err != nil {
			return nil, err
		}
	}
	return result, nil
}

func inferredResult(payload []byte) *lambdaResult {
	return &lambdaResult{
		status: 200,
		lines:  field.Lines{{Name: "Content-Type", Value: "application/json"}},
		body:   string(payload),
	}
}

func objectMembers(payload []byte) (map[string]json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(payload, &members); err != nil {
		return nil, err
	}
	if members == nil {
		return nil, errors.New("null")
	}
	return members, nil
}

// commonMembers reads what both formats share.
func commonMembers(members map[string]json.RawMessage) (*lambdaResult, error) {
	result := &lambdaResult{}
	var err error
	if result.status, err = parseStatus(members["statusCode"]); err != nil {
		return nil, err
	}
	if result.lines, err = singleLines(members["headers"]); err != nil {
		return nil, err
	}
	if err := optional(members["body"], &result.body); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	if err := optional(members["isBase64Encoded"], &result.isBase64); err != nil {
		return nil, fmt.Errorf("isBase64Encoded: %w", err)
	}
	return result, nil
}

// parseStatus reads 201 or "201"; absent is 200 (AG-LAM-20). Numbers that
// are no final status code are malformed.
func parseStatus(raw json.RawMessage) (int, error) {
	if raw == nil {
		return 200, nil
	}
	text := string(raw)
	if raw[0] == '"' && json.Unmarshal(raw, &text) != nil {
		return 0, errors.New("statusCode: not a string")
	}
	status, err := strconv.Atoi(text)
	if err != nil || status < 200 || status > 599 {
		return 0, fmt.Errorf("statusCode: got %s, want 200 to 599", raw)
	}
	return status, nil
}

// singleLines reads "headers" in the order of names.
func singleLines(raw json.RawMessage) (field.Lines, error) {
	var values map[string]json.RawMessage
	if err := optional(raw, &values); err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	var lines field.Lines
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := addScalar(&lines, name, values[name]); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// multiLines reads "multiValueHeaders": lists only.
func multiLines(raw json.RawMessage) (field.Lines, error) {
	var values map[string][]json.RawMessage
	if err := optional(raw, &values); err != nil {
		return nil, fmt.Errorf("multiValueHeaders: %w", err)
	}
	var lines field.Lines
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			if err := addScalar(&lines, name, value); err != nil {
				return nil, err
			}
		}
	}
	return lines, nil
}

// mergeLines puts the multi values first and the single ones after them, in
// the multi map's spelling of the name (AG-LAM-21).
func mergeLines(multi, single field.Lines) field.Lines {
	merged := multi
	for _, l := range single {
		for _, m := range multi {
			if field.EqualName(m.Name, l.Name) {
				l.Name = m.Name
			}
		}
		if !slices.Contains(multi, l) {
			merged = append(merged, l)
		}
	}
	return merged
}

// addScalar adds a string, number or boolean; null adds nothing.
func addScalar(lines *field.Lines, name string, raw json.RawMessage) error {
	value := string(bytes.TrimSpace(raw))
	switch {
	case value == "" || value == "null":
		return nil
	case value[0] == '{' || value[0] == '[':
		return fmt.Errorf("header %q: got %s, want a string", name, value)
	case value[0] == '"':
		if err := json.Unmarshal(raw, &value); err != nil {
			return err
		}
	}
	return addLine(lines, name, value)
}

// addLine refuses what cannot be sent as a field line: a function must not
// be able to write a second header line or response through a value.
func addLine(lines *field.Lines, name, value string) error {
	if !isToken(name) || strings.IndexFunc(value, isControl) >= 0 {
		return fmt.Errorf("header %q: not a field line", name)
	}
	lines.Add(name, strings.TrimSpace(value))
	return nil
}

// isToken reports whether s is a field name (RFC 9110 section 5.6.2).
func isToken(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"(),/:;<=>?@[\\]{}", r)
	}) < 0
}

// isControl finds what no field value may hold (RFC 9110 section 5.5).
func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// optional decodes raw into v and leaves v alone if raw is absent or null.
func optional(raw json.RawMessage, v any) error {
	if raw == nil {
		return nil
	}
	return json.Unmarshal(raw, v)
}
