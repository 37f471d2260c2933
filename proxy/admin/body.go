package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// MaxBody bounds the JSON document of a request, in bytes: room for MaxPaths
// paths of 300 characters.
const MaxBody = 1 << 20

// readJSON reads the request's body into into, or answers with what is wrong
// with it.
func readJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		writeError(w, http.StatusUnsupportedMediaType, "unsupported_media_type", "Content-Type must be application/json")
		return false
	}
	err := decodeJSON(http.MaxBytesReader(w, r.Body, MaxBody), into)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		writeError(w, http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("the body may have %d bytes", MaxBody))
		return false
	}
	if err != nil {
		writeFailure(w, err)
		return false
	}
	return true
}

// decodeJSON reads exactly one JSON object with known keys. Its errors wrap
// ErrInvalid and, when reading failed, the body's.
func decodeJSON(body io.Reader, into any) error {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("%w: something follows the JSON object", ErrInvalid)
	}
	return nil
}
