package config

import (
	"path/filepath"
	"strings"
)

// OriginDirectory is a local folder that stands in for an S3 bucket: its files
// are the objects, by their paths. Not at AWS.
type OriginDirectory struct {
	// Path is the folder. It may be a symbolic link that is pointed to another
	// release while the edge runs.
	Path string `config:"path,required"`

	// IndexDocument, such as index.html, makes the answers those of an S3
	// website endpoint: it stands for a folder, and errors are HTML. Default
	// none: those of the REST endpoint, whose errors are XML.
	IndexDocument string `config:"index_document"`

	// ErrorDocument is the file that a website endpoint sends with an error.
	// Default none: S3's page.
	ErrorDocument string `config:"error_document"`

	// MissingObject is the status for a file that is not there: 403, as for an
	// edge that may read a bucket and not list it, or 404. Default 403; 404 with
	// IndexDocument.
	MissingObject int `config:"missing_object" range:"403..404"`

	// CacheControl is the Cache-Control of every file. Default none.
	CacheControl string `config:"cache_control"`

	// ContentTypes are content types by ending, as in {".glb": model/gltf-binary},
	// for those that are not known or shall be others.
	ContentTypes []ContentType `config:"content_types"`

	// HiddenFiles also serves names that begin with a dot. Default false; those
	// in /.well-known are served in any case.
	HiddenFiles bool `config:"hidden_files"`
}

// ContentType is the content type of an ending.
type ContentType struct {
	Ending string `config:"ending,key"`
	Type   string `config:"type,scalar"` // the whole map entry
}

func (r *reader) resolveDirectory(d *OriginDirectory, at path) {
	switch {
	case d == nil || r.written(at.key("missing_object")):
	case d.IndexDocument != "":
		d.MissingObject = 404
	default:
		d.MissingObject = 403
	}
}

func (k *checker) originDirectory(o *Origin, at path) {
	d := o.Directory
	if d == nil {
		return
	}
	if !o.ConnectTo.IsZero() {
		k.fail(at, badDirectory, "origin %q has both directory and connect_to", o.Name)
	}
	k.objectName(at.key("index_document"), d.IndexDocument)
	if strings.Contains(d.IndexDocument, "/") {
		k.fail(at.key("index_document"), badDirectory, "index_document %q has a slash: it is a name within each folder", d.IndexDocument)
	}
	k.objectName(at.key("error_document"), d.ErrorDocument)
	if d.ErrorDocument != "" && d.IndexDocument == "" {
		k.fail(at.key("error_document"), badDirectory, "error_document without index_document: only a website endpoint has one").
			Suggestion = "add index_document, or use custom_error_responses of the distribution"
	}
	k.headerValue(at.key("cache_control"), d.CacheControl)
	for _, t := range d.ContentTypes {
		here := at.key("content_types").key(t.Ending)
		if !strings.HasPrefix(t.Ending, ".") || t.Ending != strings.ToLower(t.Ending) {
			k.fail(here, badDirectory, "%q is no ending: want one in lower case that begins with a dot, such as .glb", t.Ending)
		}
		k.headerValue(here, t.Type)
	}
}

// objectName checks a file name of OriginDirectory, which goes into no URL.
func (k *checker) objectName(at path, name string) {
	if name != "" && !filepath.IsLocal(filepath.FromSlash(name)) {
		k.fail(at, badDirectory, "%q is no path within the folder", name).
			Suggestion = "write it without a slash before it, such as error/404.html"
	}
}
