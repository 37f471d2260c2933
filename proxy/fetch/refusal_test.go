package fetch

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/apigateway"
)

const refused403 = "API Gateway refused a request"

// TestRefusalIsExplained: whichever way a refusal takes to the viewer, it
// arrives as it is, and the log has one line without anything of the viewer's
// (CF-TRAP-01).
func TestRefusalIsExplained(t *testing.T) {
	body := `{"message":"Forbidden"}`
	answer := respond(403, body, "x-amzn-ErrorType: ForbiddenException", "x-amzn-RequestId: 7f1c0f5e")
	pieces := slowly(time.Second, []string{body[:5], body[5:]}, answer)
	ask := map[string]func(*edge, *Request) (Answer, error){
		"get":   func(e *edge, r *Request) (Answer, error) { return e.Get(e.t.Context(), e.rules, r, nil) },
		"alone": func(e *edge, r *Request) (Answer, error) { return e.Alone(e.t.Context(), e.rules, r, nil) },
		"lone":  func(e *edge, r *Request) (Answer, error) { return e.Lone(e.t.Context(), e.rules, r) },
		"direct": func(e *edge, r *Request) (Answer, error) {
			r.Method = "POST"
			return e.Direct(e.t.Context(), e.rules, r), nil
		},
	}
	for way, get := range ask {
		for name, answer := range map[string]func() *origin.Response{"at once": answer, "in pieces": pieces} {
			run(t, Options{}, func(t *testing.T, e *edge) {
				e.answer(answer)
				for range 2 {
					a, err := get(e, e.request("GET", "/secret", "Cookie: secret", "Authorization: Bearer secret"))
					if err != nil {
						t.Fatal(err)
					}
					e.want(read(t.Context(), a), KindResponse, 403, body)
				}
				log := e.log.String()
				if strings.Count(log, refused403) != 1 || !strings.Contains(log, "shape=forbidden") ||
					!strings.Contains(log, "api_request_id=7f1c0f5e") || strings.Contains(log, "secret") {
					t.Errorf("%s, %s: log: got %q, want one line that explains it and has no secret", way, name, log)
				}
			})
		}
	}
}

// TestRefusalNobodyReads: an answer that its viewer leaves is explained by
// what has come, and closed.
func TestRefusalNobodyReads(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(403, `{"message":"Forbidden"}`, "x-amzn-ErrorType: ForbiddenException"))
		a, err := e.Lone(t.Context(), e.rules, e.request("GET", "/"))
		if err != nil {
			t.Fatal(err)
		}
		a.Close()
		if got := strings.Count(e.log.String(), refused403); got != 1 {
			t.Errorf("lines: got %d, want 1", got)
		}
	})
}

// recycled is content that tells whether it was recycled.
type recycled struct {
	*content
	count int
}

func (r *recycled) Recycle() { r.count++ }

// TestRefusalIsRecycled: what a refusal took of memory goes to the next
// response, as that of other responses does.
func TestRefusalIsRecycled(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		var bodies []*recycled
		e.answer(func() *origin.Response {
			response := respond(403, `{"message":"Forbidden"}`, "x-amzn-ErrorType: ForbiddenException")()
			bodies = append(bodies, &recycled{content: response.Body.(*content)})
			response.Body = bodies[len(bodies)-1]
			return response
		})
		for range 3 {
			a := e.Direct(t.Context(), e.rules, e.request("GET", "/"))
			e.want(read(t.Context(), a), KindResponse, 403, `{"message":"Forbidden"}`)
			a.Recycle()
		}
		for i, b := range bodies {
			if b.count != 1 || !b.closed {
				t.Errorf("response %d: recycled %d times, closed %v, want once, after it was closed", i, b.count, b.closed)
			}
		}
		if got := strings.Count(e.log.String(), refused403); got != 1 {
			t.Errorf("lines: got %d, want 1", got)
		}
	})
}

// TestRefusalsAreBounded: whoever makes up origins cannot make up lines
// without end.
func TestRefusalsAreBounded(t *testing.T) {
	var r refusals
	lines := 0
	for i := range 2 * maxRefusals {
		if r.first(refusalKey{distribution, fmt.Sprint("origin", i), apigateway.ShapeForbidden}) {
			lines++
		}
	}
	if lines != maxRefusals || len(r.seen) != maxRefusals {
		t.Errorf("got %d lines and %d remembered, want %d of both", lines, len(r.seen), maxRefusals)
	}
}
