package lambda

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A Result is what a function returned, by the contract of its payload
// format. Status is always 200 to 599, and Fields can be sent as they are.
type Result struct {
	Status int
	Fields field.Lines
	Body   string
	Base64 bool // of Body
}

// ParseResultV1 reads the result of payload format 1.0: an object that is not empty
// and has only the five known members (AG-LAM-20).
func ParseResultV1(payload []byte) (*Result, error) {
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
	result.Fields = mergeLines(multi, result.Fields)
	return result, nil
}

// ParseResultV2 reads the result of format 2.0. JSON without a statusCode is
// the content itself (AG-LAM-23), unless it is the error object that the
// emulator sends without an error header (AG-INV-02).
func ParseResultV2(payload []byte) (*Result, error) {
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
		if err := addLine(&result.Fields, "set-cookie", cookie); err != nil {
			return nil, err
		}
	}
	return result, nil
}

func inferredResult(payload []byte) *Result {
	return &Result{
		Status: 200,
		Fields: field.Lines{{Name: "Content-Type", Value: "application/json"}},
		Body:   string(payload),
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
func commonMembers(members map[string]json.RawMessage) (*Result, error) {
	result := &Result{}
	var err error
	if result.Status, err = parseStatus(members["statusCode"]); err != nil {
		return nil, err
	}
	if result.Fields, err = singleLines(members["headers"]); err != nil {
		return nil, err
	}
	if err := optional(members["body"], &result.Body); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	if err := optional(members["isBase64Encoded"], &result.Base64); err != nil {
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
	if value = field.TrimSpace(value); !field.ValidName(name) || !field.ValidValue(value) {
		return fmt.Errorf("header %q: not a field line", name)
	}
	lines.Add(name, value)
	return nil
}

// optional decodes raw into v and leaves v alone if raw is absent or null.
func optional(raw json.RawMessage, v any) error {
	if raw == nil {
		return nil
	}
	return json.Unmarshal(raw, v)
}
