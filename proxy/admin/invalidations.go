package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"
)

// Bounds of POST /v1/invalidations.
const (
	MaxBody  = 1 << 20 // bytes of the JSON document: room for MaxPaths paths of 300 characters
	MaxPaths = 3000    // paths of one request (CF-INV-12)
)

// An InvalidationRequest is the body of POST /v1/invalidations.
type InvalidationRequest struct {
	Distribution    string   `json:"distribution"`
	Paths           []string `json:"paths"`
	CallerReference string   `json:"caller_reference,omitempty"` // empty: a new one each time
}

// An Invalidation is one accepted invalidation.
type Invalidation struct {
	ID              string    `json:"id"`
	Distribution    string    `json:"distribution"`
	Status          string    `json:"status"` // InProgress or Completed
	CreateTime      time.Time `json:"create_time"`
	Paths           []string  `json:"paths"`
	CallerReference string    `json:"caller_reference"`
}

// An InvalidationList is the answer of GET /v1/invalidations.
type InvalidationList struct {
	Items []Invalidation `json:"items"`
}

func createInvalidation(invalidate func(context.Context, InvalidationRequest) (Invalidation, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
			writeError(w, http.StatusUnsupportedMediaType, "unsupported_media_type", "Content-Type must be application/json")
			return
		}
		request, err := decodeRequest(http.MaxBytesReader(w, r.Body, MaxBody))
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			writeError(w, http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("the body may have %d bytes", MaxBody))
			return
		}
		if err != nil {
			writeFailure(w, err)
			return
		}
		created, err := invalidate(r.Context(), request)
		if err != nil {
			writeFailure(w, err)
			return
		}
		writeJSON(w, http.StatusCreated, created)
	}
}

// decodeRequest reads exactly one JSON object with known keys. Its errors
// wrap ErrInvalid, or are the body's.
func decodeRequest(body io.Reader) (InvalidationRequest, error) {
	var r InvalidationRequest
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return r, fmt.Errorf("%w: something follows the JSON object", ErrInvalid)
	}
	switch {
	case len(r.Paths) == 0:
		return r, fmt.Errorf("%w: paths is empty", ErrInvalid)
	case len(r.Paths) > MaxPaths:
		return r, fmt.Errorf("%w: %d paths, at most %d", ErrInvalid, len(r.Paths), MaxPaths)
	}
	return r, nil
}

func listInvalidations(list func() []Invalidation) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		items := list()
		if items == nil {
			items = []Invalidation{}
		}
		writeJSON(w, http.StatusOK, InvalidationList{Items: items})
	}
}
