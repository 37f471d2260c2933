package admin

import (
	"fmt"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
)

// MaxPaths bounds the paths of one request (CF-INV-12).
const MaxPaths = 3000

// An InvalidationRequest is the body of POST /v1/invalidations.
type InvalidationRequest struct {
	Distribution    string   `json:"distribution"`
	Paths           []string `json:"paths"`                      // and tags with # before them (CF-TAG-04)
	CallerReference string   `json:"caller_reference,omitempty"` // empty: a new one each time
	DryRun          bool     `json:"dry_run,omitempty"`          // only count what would be invalidated
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

// A Matching is the answer to a dry run.
type Matching struct {
	// Matching is the number of responses in memory that would be invalidated.
	Matching int `json:"matching"`
}

// routeInvalidations mounts what o offers of the API.
func (o *Options) routeInvalidations(r chi.Router) {
	if o.Invalidate != nil {
		r.Post("/v1/invalidations", o.createInvalidation)
	}
	if o.Invalidations != nil {
		r.Get("/v1/invalidations", o.listInvalidations)
	}
	if o.Invalidation != nil {
		r.Get("/v1/invalidations/{id}", o.getInvalidation)
	}
}

func (o *Options) createInvalidation(w http.ResponseWriter, r *http.Request) {
	var request InvalidationRequest
	if !readJSON(w, r, &request) {
		return
	}
	if err := request.check(); err != nil {
		writeFailure(w, err)
		return
	}
	if request.DryRun {
		o.countMatching(w, r, request)
		return
	}
	created, err := o.Invalidate(r.Context(), request)
	if err != nil {
		writeFailure(w, err)
		return
	}
	writeJSON(w, http.StatusCreated, created)
}

func (o *Options) countMatching(w http.ResponseWriter, r *http.Request, request InvalidationRequest) {
	if o.CountMatching == nil {
		writeFailure(w, fmt.Errorf("%w: there is no dry run here", ErrInvalid))
		return
	}
	n, err := o.CountMatching(r.Context(), request)
	if err != nil {
		writeFailure(w, err)
		return
	}
	writeJSON(w, http.StatusOK, Matching{n})
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

func (o *Options) listInvalidations(w http.ResponseWriter, r *http.Request) {
	items, err := o.Invalidations(r.URL.Query().Get("distribution"))
	if err != nil {
		writeFailure(w, err)
		return
	}
	if items == nil {
		items = []Invalidation{}
	}
	writeJSON(w, http.StatusOK, InvalidationList{Items: items})
}

func (o *Options) getInvalidation(w http.ResponseWriter, r *http.Request) {
	item, err := o.Invalidation(chi.URLParam(r, "id"))
	if err != nil {
		writeFailure(w, err)
		return
	}
	writeJSON(w, http.StatusOK, item)
}
