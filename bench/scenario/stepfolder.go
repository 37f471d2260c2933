package scenario

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// folderMark is the beginning of the names of files that a folder on disk has,
// and folderName what stands for that folder in a configuration.
const (
	folderMark = "folder/"
	folderName = "{folder}"
)

// makeFolder writes the files of the archive that belong to a folder. Their
// time is that of the beginning of the bubble.
func (r *runner) makeFolder() error {
	r.folder = r.t.TempDir()
	for name, text := range r.file.Files {
		rest, ok := strings.CutPrefix(name, folderMark)
		if !ok {
			continue
		}
		if certificate, ok := strings.CutSuffix(rest, certificateMark); ok {
			if err := r.writeCertificate(certificate, strings.Fields(text)); err != nil {
				return err
			}
			continue
		}
		if name, ok := strings.CutSuffix(rest, authorityMark); ok {
			if err := r.writeAuthority(name, strings.Fields(text)); err != nil {
				return err
			}
			continue
		}
		if err := r.writeFile(rest, strings.TrimSuffix(text, "\n")); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes a file of the folder; it was modified now.
func (r *runner) writeFile(name, text string) error {
	path := filepath.Join(r.folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Chtimes(path, time.Time{}, time.Now())
}

// inFolder replaces the name of the folder in a configuration.
func (r *runner) inFolder(config string) string {
	return strings.ReplaceAll(config, folderName, filepath.ToSlash(r.folder))
}

// writeStep writes a file of the folder.
type writeStep struct {
	name string
	content
}

func parseWrite(w *words) (action, error) {
	name, err := w.word("a file name")
	if err != nil {
		return nil, err
	}
	c, err := w.content()
	return writeStep{name, c}, err
}

func (s writeStep) run(r *runner) error {
	text, err := s.bytes(r.file)
	if err != nil {
		return err
	}
	return r.writeFile(s.name, text)
}

// removeStep removes a file of the folder.
type removeStep struct{ name string }

func parseRemove(w *words) (action, error) {
	name, err := w.word("a file name")
	return removeStep{name}, err
}

func (s removeStep) run(r *runner) error {
	return os.Remove(filepath.Join(r.folder, filepath.FromSlash(s.name)))
}
