package compile

import (
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/directory"
	"github.com/groundfront/groundfront/origin/lambda"
)

// newAdapter compiles what answers for an origin instead of an HTTP server, nil
// for none.
func newAdapter(o *config.Origin) (origin.Adapter, error) {
	switch {
	case o.Directory != nil:
		return newDirectory(o.Directory)
	case o.Lambda != nil:
		return newFunction(o.Lambda), nil
	}
	return nil, nil
}

// newDirectory compiles a folder. One that is not there is more often a mistake
// than one to come.
func newDirectory(d *config.OriginDirectory) (origin.Adapter, error) {
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

func newFunction(l *config.OriginLambda) origin.Adapter {
	c := lambda.Config{
		Name: l.FunctionName, Endpoint: l.Endpoint.Address(), Scheme: l.Endpoint.Scheme,
		Concurrency: l.MaxConcurrency, Now: time.Now, NewID: rand.Text,
	}
	if c.Scheme == "" {
		c.Scheme = "http"
	}
	if l.PayloadFormatVersion == config.PayloadFormatVersion1 {
		c.Format = lambda.FormatV1
	}
	return lambda.New(c)
}
