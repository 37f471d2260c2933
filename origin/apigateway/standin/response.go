package standin

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A response is what an integration, or the gateway in its place, answers.
type response struct {
	status  int
	lines   field.Lines
	content []byte
	// stream, if set, writes the content instead. It ends when the viewer
	// leaves: writing fails then.
	stream func(w io.Writer) error
	// length is the Content-Length of a stream; negative: chunked.
	length int64
	fault  fault
}

func newResponse(status int, cacheControl string) *response {
	resp := &response{status: status}
	if cacheControl != "" {
		resp.lines.Add("Cache-Control", cacheControl)
	}
	return resp
}

func jsonResponse(status int, v any) *response {
	resp := newResponse(status, "")
	resp.setJSON(v)
	return resp
}

// setJSON makes v the content, without HTML escapes and without the newline
// that json.Encoder adds. v is always of our own making; if it cannot be
// encoded the content is left empty.
func (r *response) setJSON(v any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) == nil {
		r.content = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	}
	r.lines.Set("Content-Type", "application/json")
}

// mapLines applies the gateway's table of response headers (4.2): what it
// keeps, renames (AG-RSP-10) and drops (AG-RSP-11). An HTTP API drops what
// REST renames; nobody has recorded another name there.
func mapLines(lines field.Lines, flavor Flavor) field.Lines {
	out := make(field.Lines, 0, len(lines)+6)
	for _, l := range lines {
		switch strings.ToLower(l.Name) {
		case "transfer-encoding", "trailer":
		case "connection", "content-length", "date", "server", "x-amzn-requestid":
			if flavor == FlavorREST {
				out.Add("x-amzn-Remapped-"+l.Name, l.Value)
			}
		case "content-type": // the one name that net/http looks up itself
			out.Add("Content-Type", l.Value)
		default:
			out = append(out, l)
		}
	}
	return out
}

// addGatewayLines adds what every response carries (AG-RSP-01 to AG-RSP-08).
// Date is net/http's.
func (s *Standin) addGatewayLines(lines *field.Lines, c *call, status int) {
	if !lines.Has("Content-Type") && status != http.StatusNotModified {
		lines.Add("Content-Type", "application/json")
	}
	if s.opts.Shape == ShapeSAM {
		*lines = plain(*lines)
		return
	}
	lines.Add("Connection", "keep-alive")
	if s.opts.Flavor == FlavorHTTP {
		lines.Add("apigw-requestid", c.ids.extended)
		return
	}
	lines.Add("x-amzn-RequestId", c.ids.request)
	lines.Add("x-amz-apigw-id", c.ids.extended)
}

// deliver writes resp. Names go out in the spelling the service uses, which
// is why they are put into the map directly and not by Header.Set.
func (s *Standin) deliver(w http.ResponseWriter, c *call, resp *response) {
	if resp.fault == faultDrop {
		panic(http.ErrAbortHandler) // net/http's way to cut the connection, in any protocol version
	}
	lines := mapLines(resp.lines, s.opts.Flavor)
	s.addGatewayLines(&lines, c, resp.status)
	h := w.Header()
	for _, l := range lines {
		h[l.Name] = append(h[l.Name], l.Value)
	}
	hasContent := resp.status != http.StatusNotModified && resp.status != http.StatusNoContent
	if n := resp.contentLength(); hasContent && n >= 0 {
		h.Set("Content-Length", strconv.FormatInt(n, 10))
	}
	w.WriteHeader(resp.status)
	if !hasContent || c.r.Method == http.MethodHead {
		return
	}
	err := resp.write(w)
	if resp.fault == faultShort {
		err = errors.Join(http.NewResponseController(w).Flush(), http.ErrAbortHandler)
	}
	if err != nil {
		panic(http.ErrAbortHandler) // the message is not complete, and the connection must show it
	}
}

func (r *response) contentLength() int64 {
	n := int64(len(r.content))
	if r.stream != nil {
		n = r.length
	}
	if r.fault == faultShort && n >= 0 {
		n += shortBy
	}
	return n
}

func (r *response) write(w io.Writer) error {
	if r.stream != nil {
		return r.stream(w)
	}
	_, err := w.Write(r.content)
	return err
}
