package proxy

import (
	"io"
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
			x.upload = &upload{content: strings.NewReader(content)}
			if _, err := io.CopyN(io.Discard, x.upload, tt.taken); err != nil {
				t.Fatal(err)
			}
		}
		if got := x.bytesIn(); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}
