package compile

import (
	"fmt"
	"os"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/directory"
)

// newDirectory compiles a folder that answers for an origin, nil for none. A
// folder that is not there is more often a mistake than one to come.
func newDirectory(d *config.OriginDirectory) (origin.RoundTripper, error) {
	if d == nil {
		return nil, nil
	}
	switch info, err := os.Stat(d.Path); {
	case err != nil:
		return nil, fmt.Errorf("directory: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("directory: %s is no folder", d.Path)
	}
	types := make(map[string]string, len(d.ContentTypes))
	for _, t := range d.ContentTypes {
		types[t.Ending] = t.Type
	}
	return directory.New(directory.Config{
		Path: d.Path, IndexDocument: d.IndexDocument, ErrorDocument: d.ErrorDocument, CacheControl: d.CacheControl,
		ContentTypes: types, Missing: d.MissingObject, HiddenFiles: d.HiddenFiles,
	}), nil
}
