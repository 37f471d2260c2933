package lambda

import (
	"encoding/base64"
	"io"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// A failure is why a request is not answered by the function.
type failure uint8

const (
	failureNone      failure = iota
	failureFunction          // it failed, or returned what is no result
	failureThrottled         // too many invocations at once
	failureTooLarge          // the request
	failureMissing           // there is no such function
	failureCount
)

// failures are the answers of a function URL (AG-INV-04).
var failures = [failureCount]struct {
	status     int
	kind, text string
}{
	failureNone:      {200, "", ""},
	failureFunction:  {502, "InternalServerErrorException", "Internal Server Error"},
	failureThrottled: {429, "TooManyRequestsException", `{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`},
	failureTooLarge:  {413, "RequestTooLargeException", `{"Message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}`},
	failureMissing:   {404, "ResourceNotFoundException", `{"Message":null}`},
}

// String returns AWS's name of the error.
func (f failure) String() string {
	if f < failureCount && f != failureNone {
		return failures[f].kind
	}
	return "none"
}

// failureOf reads what the invoke API says about the function (AG-INV-01,
// AG-INV-02, AG-LAM-24, AG-LAM-25).
func failureOf(response *origin.Response, size int) failure {
	switch {
	case response.Fields.Has("X-Amz-Function-Error"), size > maxPayload:
		return failureFunction
	case response.Status == 200:
		return failureNone
	case response.Status == 400, response.Status == 429: // 400: the emulator is busy
		return failureThrottled
	case response.Status == 404:
		return failureMissing
	}
	return failureFunction
}

// refuse answers with a failure.
func (f *Function) refuse(r *origin.Request, why failure) *origin.Response {
	known := failures[why]
	contentType := "application/json"
	if !strings.HasPrefix(known.text, "{") {
		contentType = "text/plain;charset=utf-8"
	}
	return respond(r, known.status, field.Lines{
		{Name: "Content-Type", Value: contentType}, {Name: "X-Amzn-ErrorType", Value: known.kind},
	}, known.text)
}

// answer makes the response of what the function returned.
func (f *Function) answer(r *origin.Request, payload []byte) *origin.Response {
	parse := ParseResultV2
	if f.config.Format == FormatV1 {
		parse = ParseResultV1
	}
	result, err := parse(payload)
	if err != nil {
		return f.refuse(r, failureFunction)
	}
	content := result.Body
	if result.Base64 {
		plain, err := base64.StdEncoding.DecodeString(content)
		if err != nil {
			return f.refuse(r, failureFunction)
		}
		content = string(plain)
	}
	result.Fields.DeleteFunc(func(l field.Line) bool { return ownFraming(l.Name) })
	if !result.Fields.Has("Content-Type") {
		result.Fields.Add("Content-Type", "application/json")
	}
	return respond(r, result.Status, result.Fields, content)
}

// ownFraming reports whether a field says how content is sent, which is not
// the function's business: its result has the content as a whole.
func ownFraming(name string) bool {
	return field.HopByHop(name) || field.EqualName(name, "Content-Length")
}

func respond(r *origin.Request, status int, fields field.Lines, content string) *origin.Response {
	if status == 204 || status == 304 {
		content = ""
	}
	response := &origin.Response{Status: status, Fields: fields, ContentLength: int64(len(content))}
	if r.Method == "HEAD" {
		content = ""
	}
	response.Body = io.NopCloser(strings.NewReader(content))
	return response
}
