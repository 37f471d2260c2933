package directory

import (
	"context"
	"os"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// A Config says what a folder is as an origin.
type Config struct {
	// Path is the folder. It may be a symbolic link that is changed to another
	// release while requests run: each sees one of them as a whole.
	Path string
	// IndexDocument is the object that stands for a folder, and makes the answers
	// those of a website endpoint. "" answers as the REST endpoint.
	IndexDocument string
	// ErrorDocument is the object that a website endpoint sends with errors;
	// "" means S3's own page.
	ErrorDocument string
	// CacheControl is the Cache-Control of every object, "" for none.
	CacheControl string
	// ContentTypes are content types by ending (".wasm"), before the known ones.
	ContentTypes map[string]string
	// Missing is the status for an object that is not there: 403 as for whom may
	// not list a bucket, or 404 as for whom may.
	Missing int
	// HiddenFiles also serves names that begin with a dot. What is in
	// /.well-known always is.
	HiddenFiles bool
}

// A Directory answers from one folder. It is an origin.Adapter, and may be
// used from any goroutine.
type Directory struct {
	config Config
	tags   tags
}

// New returns a Directory. The folder need not be there: while it is not, there
// is no bucket.
func New(c Config) *Directory { return &Directory{config: c} }

// RoundTrip answers r. What a folder cannot give is an error answer, as at S3,
// so that the only error is that ctx has ended.
func (d *Directory) RoundTrip(ctx context.Context, _ origin.RoundTripper, _ *origin.Origin, r *origin.Request) (*origin.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, &origin.Error{Kind: origin.ErrorCanceled, Op: "read directory", Err: err}
	}
	if f := methodFailure(r.Method); f != failureNone {
		return d.refuse(r, "", f), nil
	}
	key, ok := keyOf(r.Target)
	if !ok {
		return d.refuse(r, "", failureInvalidURI), nil
	}
	root, err := os.OpenRoot(d.config.Path)
	if err != nil {
		return d.refuse(r, key, failureNoBucket), nil
	}
	defer root.Close() // open files outlive it
	o, f := d.find(root, key)
	switch f {
	case failureNone:
		return d.answer(ctx, r, o), nil
	case failureNoSlash:
		return d.redirect(r, key), nil
	}
	if page := d.errorDocument(ctx, root, r, f); page != nil {
		return page, nil
	}
	return d.refuse(r, key, f), nil
}

// answer sends the object, or what the request's conditions leave of it.
func (d *Directory) answer(ctx context.Context, r *origin.Request, o *object) *origin.Response {
	part, outcome := evaluate(r.Fields, o)
	switch outcome {
	case outcomeFailed:
		o.file.Close()
		return d.refuse(r, o.key, failurePrecondition)
	case outcomeUnsatisfiable:
		o.file.Close()
		return d.refuse(r, o.key, failureRange, field.Line{Name: "Content-Range", Value: unsatisfied(o.size)})
	}
	fields := d.objectFields(o)
	switch outcome {
	case outcomeUnchanged:
		o.file.Close()
		return respond(304, fields)
	case outcomePart:
		fields.Add("Content-Range", part.contentRange(o.size))
		return d.send(ctx, r, 206, fields, o, part)
	}
	return d.send(ctx, r, 200, fields, o, span{0, o.size})
}

// objectFields are the fields that every answer about an object has.
func (d *Directory) objectFields(o *object) field.Lines {
	fields := make(field.Lines, 0, 8)
	fields.Add("Last-Modified", httpDate(o.modified))
	fields.Add("ETag", o.tag)
	if d.config.CacheControl != "" {
		fields.Add("Cache-Control", d.config.CacheControl)
	}
	fields.Add("Accept-Ranges", "bytes")
	fields.Add("Content-Type", d.contentType(o.key))
	return fields
}

// send makes an answer with the content between the bounds of part.
func (d *Directory) send(ctx context.Context, r *origin.Request, status int, fields field.Lines, o *object, part span) *origin.Response {
	response := respond(status, fields)
	response.ContentLength = part.to - part.from
	if r.Method == "HEAD" {
		o.file.Close()
		return response
	}
	response.Body = newContent(ctx, o.file, part)
	return response
}

// server is the Server of S3, which viewers of CloudFront see.
const server = "AmazonS3"

// respond makes an answer without content.
func respond(status int, fields field.Lines) *origin.Response {
	fields.Add("Server", server)
	return &origin.Response{Status: status, Fields: fields, Body: noContent{}}
}
