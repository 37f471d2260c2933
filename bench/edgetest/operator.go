package edgetest

import (
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Metric returns what the metrics page says about a metric: the sum of those
// of its series that have all these labels, 0 if there is none.
func (e *Edge) Metric(name string, labels map[string]string) (float64, error) {
	w := httptest.NewRecorder()
	e.metrics.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if !strings.Contains(w.Body.String(), "# TYPE "+name+" ") {
		return 0, fmt.Errorf("no metric %s", name)
	}
	sum := 0.0
	for line := range strings.Lines(w.Body.String()) {
		series, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		if series, has := strings.CutPrefix(series, name); !has || !hasLabels(series, labels) {
			continue
		}
		if value == "" { // a series without labels
			_, value, _ = strings.Cut(strings.TrimSpace(line), " ")
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, fmt.Errorf("metric %s: %w", name, err)
		}
		sum += n
	}
	return sum, nil
}

// hasLabels reports whether a series, from behind its name on, is one of the
// metric itself and has the labels.
func hasLabels(series string, labels map[string]string) bool {
	if series[:1] != "{" && series[:1] != " " {
		return false
	}
	for name, value := range labels {
		pair := name + "=" + strconv.Quote(value)
		if !strings.Contains(series+",", "{"+pair+",") && !strings.Contains(series+",", ","+pair+",") {
			return false
		}
	}
	return true
}

// Damage changes the last byte of each response that the disk tier holds.
func (e *Edge) Damage() error {
	if e.folder == "" {
		return fmt.Errorf("there is no disk tier")
	}
	return filepath.WalkDir(e.folder, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() || d.Name() == "invalidations":
			return nil
		}
		content, err := os.ReadFile(name)
		if err != nil || len(content) == 0 {
			return err
		}
		content[len(content)-1] ^= 1
		return os.WriteFile(name, content, 0o600)
	})
}
