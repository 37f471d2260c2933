package admin

import (
	"net/http"
	"strings"
)

// A Status is the JSON form of a health answer.
type Status struct {
	Status string `json:"status"` // ok or unavailable
	Detail string `json:"detail,omitempty"`
}

// health returns the handler of one check: 200, or 503 with the error's
// text.
func health(check func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		code, answer := http.StatusOK, Status{Status: "ok"}
		if check != nil {
			if err := check(); err != nil {
				code, answer = http.StatusServiceUnavailable, Status{Status: "unavailable", Detail: err.Error()}
			}
		}
		if wantsJSON(r) {
			writeJSON(w, code, answer)
			return
		}
		writeText(w, code, answer)
	}
}

func writeText(w http.ResponseWriter, code int, s Status) {
	text := s.Status
	if s.Detail != "" {
		text += ": " + s.Detail
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	// A failed write means that the asker is gone.
	_, _ = w.Write([]byte(text + "\n"))
}

// wantsJSON reports whether Accept names JSON. The checks that send no
// Accept, or a wildcard, get text.
func wantsJSON(r *http.Request) bool {
	return strings.Contains(strings.ToLower(r.Header.Get("Accept")), "application/json")
}
