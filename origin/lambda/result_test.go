package lambda

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A result is accepted if and only if it satisfies the contract as an
// obvious reading of it has it, and what is accepted can be sent.
func FuzzParseResultV1(f *testing.F) {
	for _, payload := range []string{
		`{"statusCode":200,"headers":{"X-A":"1"},"multiValueHeaders":{"X-A":["2",3,true,null]},"body":"b","isBase64Encoded":false}`,
		`{}`, `null`, `[]`, `"x"`, `{"statusCode":"404"}`, `{"statusCode":1e2}`, `{"statusCode":99}`, `{"headers":{"":""}}`,
		`{"body":1}`, `{"isBase64Encoded":"true"}`, `{"headers":{"A":["x"]}}`, `{"statusCode":null}`,
	} {
		f.Add([]byte(payload))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		result, err := ParseResultV1(payload)
		if accepted, want := err == nil, satisfiesV1(payload); accepted != want {
			t.Fatalf("ParseResultV1(%q) = got %v, want accepted %v", payload, err, want)
		}
		if err != nil {
			return
		}
		if result.Status < 200 || result.Status > 599 {
			t.Errorf("ParseResultV1(%q): got status %d", payload, result.Status)
		}
		for _, l := range result.Fields {
			if !field.ValidName(l.Name) || !field.ValidValue(l.Value) {
				t.Errorf("ParseResultV1(%q): got the field %q", payload, l)
			}
		}
	})
}

// satisfiesV1 is AG-LAM-20 on decoded JSON.
func satisfiesV1(payload []byte) bool {
	var v any
	dec := json.NewDecoder(strings.NewReader(string(payload)))
	dec.UseNumber()
	if dec.Decode(&v) != nil || dec.More() || !json.Valid(payload) {
		return false
	}
	object, _ := v.(map[string]any)
	for name, value := range object {
		ok := value == nil
		switch name {
		case "statusCode":
			var status int
			_, err := fmt.Sscanf(fmt.Sprint(value), "%d", &status)
			_, isBool := value.(bool)
			text := strings.TrimLeft(strings.TrimPrefix(fmt.Sprint(value), "+"), "0")
			ok = err == nil && !isBool && text == fmt.Sprint(status) && status >= 200 && status <= 599
		case "headers":
			values, isMap := value.(map[string]any)
			ok = ok || isMap && all(values, isLine)
		case "multiValueHeaders":
			values, isMap := value.(map[string]any)
			ok = ok || isMap && all(values, isLines)
		case "body":
			_, isString := value.(string)
			ok = ok || isString
		case "isBase64Encoded":
			_, isBool := value.(bool)
			ok = ok || isBool
		default:
			ok = false
		}
		if !ok {
			return false
		}
	}
	return len(object) > 0
}

func all(values map[string]any, ok func(string, any) bool) bool {
	for name, value := range values {
		if !ok(name, value) {
			return false
		}
	}
	return true
}

func isLine(name string, value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case map[string]any, []any:
		return false
	case string:
		for _, b := range []byte(v) {
			if b < ' ' && b != '\t' || b == 0x7f {
				return false
			}
		}
	}
	for _, b := range []byte(name) {
		if !strings.ContainsRune("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", rune(b)) {
			return false
		}
	}
	return name != ""
}

func isLines(name string, value any) bool {
	if value == nil {
		return true
	}
	list, isList := value.([]any)
	for _, v := range list {
		if !isLine(name, v) {
			return false
		}
	}
	return isList
}
