package ordinary

import "testing"

// TestRequests: there are hundreds of them, each with a name of its own or a
// number, and none is larger than what AWS allows content to be.
func TestRequests(t *testing.T) {
	all, err := Requests()
	if err != nil {
		t.Fatal(err)
	}
	bodies := 0
	for _, r := range all {
		if r.Body != "" {
			bodies++
		}
		if len(r.Body) > 8192 || !r.Fields.Has("User-Agent") || !r.Fields.Has("Host") {
			t.Errorf("%s, %s: %d bytes of content, with fields %v", r.Kind, r.About, len(r.Body), r.Fields)
		}
	}
	if len(all) < 400 || bodies < 200 {
		t.Errorf("got %d requests, %d with content, want at least 400 and 200", len(all), bodies)
	}
}
