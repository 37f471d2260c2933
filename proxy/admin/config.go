package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
)

// A ReloadResult is how an attempt to load the configuration ended. After all
// but ReloadOK the one before is still in use, as a whole.
type ReloadResult string

// The results.
const (
	ReloadOK      ReloadResult = "ok"      // in use
	ReloadInvalid ReloadResult = "invalid" // has errors, or what only another process can change
	ReloadFailed  ReloadResult = "failed"  // something that it needs is not to be had
)

// status is what POST /v1/reload answers with.
func (r ReloadResult) status() int {
	switch r {
	case ReloadOK:
		return http.StatusOK
	case ReloadInvalid:
		return http.StatusUnprocessableEntity
	default:
		return http.StatusInternalServerError
	}
}

// A Reload is the answer of POST /v1/reload.
type Reload struct {
	Result ReloadResult `json:"result"`
	// ConfigHash is that of the configuration in use, and Changed whether it was
	// another one before. Files that it names are read again in any case.
	ConfigHash string `json:"config_hash"`
	Changed    bool   `json:"changed"`
	// Diagnostics are those of "groundfront validate --output json".
	Diagnostics json.RawMessage `json:"diagnostics"`
	Error       *ErrorDetail    `json:"error,omitempty"` // nil after ReloadOK
}

// A ConfigStatus is the answer of GET /v1/config: which configuration is in use,
// not what it says.
type ConfigStatus struct {
	ConfigHash string      `json:"config_hash"`
	Loaded     time.Time   `json:"loaded"`
	Files      []string    `json:"files"`                 // that it was read from; none if it came from flags
	LastReload *LastReload `json:"last_reload,omitempty"` // nil if there was none
}

// A LastReload is the last attempt to load a configuration into the running
// process.
type LastReload struct {
	Time   time.Time    `json:"time"`
	Result ReloadResult `json:"result"`
	Error  string       `json:"error,omitempty"`
}

// routeConfig mounts what o offers.
func (o *Options) routeConfig(r chi.Router) {
	if o.Config != nil {
		r.Get("/v1/config", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, o.Config()) })
	}
	if o.Reload != nil {
		r.Post("/v1/reload", reload(o.Reload))
	}
}

func reload(reload func(context.Context) (Reload, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !readJSON(w, r, &struct{}{}) {
			return
		}
		done, err := reload(r.Context())
		if err != nil {
			writeFailure(w, err)
			return
		}
		writeJSON(w, done.Result.status(), done)
	}
}
