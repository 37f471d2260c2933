package admin

import (
	"encoding/json"
	"errors"
	"net/http"
)

// The kinds of error that a function of Options may wrap. Any other error is
// answered with 500 and kind "internal".
var (
	ErrInvalid  = errors.New("invalid request")       // 400 invalid_request
	ErrRefused  = errors.New("refused")               // 403 refused: not in this mode
	ErrNotFound = errors.New("not found")             // 404 not_found
	ErrConflict = errors.New("conflict")              // 409 conflict: the caller reference was used for other paths
	ErrLimit    = errors.New("limit exceeded")        // 429 limit_exceeded: too many invalidations in progress
	ErrBusy     = errors.New("temporarily not ready") // 503 unavailable
)

// kinds maps them to answers.
var kinds = []struct {
	err  error
	code int
	kind string
}{
	{ErrInvalid, http.StatusBadRequest, "invalid_request"},
	{ErrRefused, http.StatusForbidden, "refused"},
	{ErrNotFound, http.StatusNotFound, "not_found"},
	{ErrConflict, http.StatusConflict, "conflict"},
	{ErrLimit, http.StatusTooManyRequests, "limit_exceeded"},
	{ErrBusy, http.StatusServiceUnavailable, "unavailable"},
}

// An ErrorBody is the JSON form of every error.
type ErrorBody struct {
	Error ErrorDetail `json:"error"`
}

// An ErrorDetail says what is wrong: a word for programs, and a sentence.
type ErrorDetail struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
}

// writeFailure answers with what an error of a function stands for.
func writeFailure(w http.ResponseWriter, err error) {
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			writeError(w, k.code, k.kind, err.Error())
			return
		}
	}
	writeError(w, http.StatusInternalServerError, "internal", err.Error())
}

func writeError(w http.ResponseWriter, code int, kind, message string) {
	var body ErrorBody
	body.Error.Kind, body.Error.Message = kind, message
	writeJSON(w, code, body)
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	// A failed write means that the asker is gone.
	_ = json.NewEncoder(w).Encode(v)
}
