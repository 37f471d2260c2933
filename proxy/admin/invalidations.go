package admin

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// MaxPaths bounds the paths of one request (CF-INV-12).
const MaxPaths = 3000

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
		var request InvalidationRequest
		if !readJSON(w, r, &request) {
			return
		}
		if err := request.check(); err != nil {
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

// check reports, wrapping ErrInvalid, whether the number of paths is out of
// bounds.
func (r InvalidationRequest) check() error {
	switch {
	case len(r.Paths) == 0:
		return fmt.Errorf("%w: paths is empty", ErrInvalid)
	case len(r.Paths) > MaxPaths:
		return fmt.Errorf("%w: %d paths, at most %d", ErrInvalid, len(r.Paths), MaxPaths)
	}
	return nil
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
