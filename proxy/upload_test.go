package proxy

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/proxy/viewer"
)

func TestBytesIn(t *testing.T) {
	const content = "hello"
	for _, tt := range []struct {
		name   string
		length int64
		taken  int64 // -1: the content went nowhere
		want   int64
	}{
		{"no content", 0, -1, 100},
		{"refused with a length", 5, -1, 105},
		{"refused without a length", -1, -1, 100},
		{"with a length", 5, 5, 105},
		{"CF-LF 18: chunked", -1, 5, 105},
		{"cut off", 5, 3, 103},
	} {
		x := &Exchange{r: &viewer.Request{HeadBytes: 100, ContentLength: tt.length}}
		if tt.taken >= 0 {
			x.upload = &upload{content: strings.NewReader(content), max: 5}
			if _, err := io.CopyN(io.Discard, x.upload, tt.taken); err != nil {
				t.Fatal(err)
			}
		}
		if got := x.bytesIn(); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}

// TestUploadBound: of content with more than it may have nothing comes of the
// part with which that shows, and it never seems to end (CF-SIZE-05).
func TestUploadBound(t *testing.T) {
	for _, tt := range []struct {
		max, configured int64
		want            string // "" for an error
	}{
		{5, 5, "hello"}, {math.MaxInt64, 0, "hello"}, {4, 4, ""}, {1, 1, ""},
	} {
		x := &Exchange{snapshot: &Snapshot{MaxContent: tt.configured}, r: &viewer.Request{Body: strings.NewReader("hello"), ContentLength: -1}}
		u := x.beginUpload()
		got, err := io.ReadAll(u)
		if u.max != tt.max || string(got) != tt.want || (err == nil) != (tt.want != "") || u.tooLarge() != (err != nil) {
			t.Errorf("at most %d: got %q, %v, bound %d, too large %v", tt.configured, got, err, u.max, u.tooLarge())
		}
		if _, err := u.Read(make([]byte, 1)); tt.want == "" && !errors.Is(err, errTooLarge) {
			t.Errorf("at most %d: read again: got %v", tt.configured, err)
		}
	}
	if (*upload)(nil).tooLarge() {
		t.Error("no content is too large")
	}
}
