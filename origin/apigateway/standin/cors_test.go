package standin

import (
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// TestCORS: what browsers of other sites are told (AG-COR-01, AG-COR-02).
func TestCORS(t *testing.T) {
	o := CORS{
		AllowOrigins: []string{"https://app.test", "https://admin.test"}, AllowMethods: []string{"GET", "POST"},
		AllowHeaders: []string{"Authorization"}, MaxAge: time.Minute, AllowCredentials: true,
	}
	rest, http := Options{CORS: o}, Options{CORS: o, Flavor: FlavorHTTP}
	const app, ask = "Origin: https://app.test", "Access-Control-Request-Method: POST"
	for _, tt := range []struct {
		name    string
		opts    Options
		in      string
		lines   []string
		status  int
		origin  string
		methods string
	}{
		{"AG-COR-01 preflight", rest, "OPTIONS /prod/products", []string{app, ask}, 200, "https://app.test", "GET,POST"},
		{"AG-COR-01 a mock looks at nothing", rest, "OPTIONS /prod/products", []string{"Origin: https://evil.test"}, 200, "https://app.test", "GET,POST"},
		{"AG-COR-01 a resource only", rest, "OPTIONS /prod/nothing", []string{app, ask}, 403, "", ""},
		{"AG-COR-01 request", rest, "GET /prod/products", []string{app}, 200, "https://app.test", ""},
		{"AG-ERR-26", rest, "GET /prod/nothing", []string{app}, 403, "", ""},
		{"AG-ERR-26 throttled", rest, "GET /prod/fail?response=THROTTLED", []string{app}, 429, "", ""},
		{"AG-COR-02 preflight", http, "OPTIONS /prod/nothing", []string{app, ask}, 204, "https://app.test", "GET,POST"},
		{"AG-COR-02 another site", http, "OPTIONS /prod/products", []string{"Origin: https://evil.test", ask}, 204, "", ""},
		{"AG-COR-02 no preflight", http, "OPTIONS /prod/products", []string{app}, 404, "", ""},
		{"AG-COR-02 request", http, "GET /prod/products", []string{"Origin: https://admin.test"}, 200, "https://admin.test", ""},
		{"AG-COR-02 request of another site", http, "GET /prod/products", []string{"Origin: https://evil.test"}, 200, "", ""},
		{"no CORS", Options{}, "OPTIONS /prod/products", []string{app, ask}, 403, "", ""},
	} {
		w := send(newTest(t, tt.opts), tt.in, tt.lines...)
		origin, methods := raw(w, "Access-Control-Allow-Origin"), raw(w, "Access-Control-Allow-Methods")
		if w.Code != tt.status || origin != tt.origin || methods != tt.methods {
			t.Errorf("%s: %s %v: got %d, origin %q, methods %q, want %d, %q, %q", tt.name, tt.in, tt.lines, w.Code, origin, methods, tt.status, tt.origin, tt.methods)
		}
	}
}

// TestGatewayResponses: a type's own response comes before that of its class
// (AG-ERR-24).
func TestGatewayResponses(t *testing.T) {
	s := newTest(t, Options{GatewayResponses: map[string]GatewayResponse{
		Default4XX:  {Lines: field.Lines{{Name: "Access-Control-Allow-Origin", Value: "*"}}},
		"THROTTLED": {Status: 503, Template: `{"error":$context.error.messageString}`},
	}})
	w := send(s, "GET /prod/nothing")
	wantAnswer(t, "DEFAULT_4XX", w, 403, `{"message":"Missing Authentication Token"}`)
	if got := raw(w, "Access-Control-Allow-Origin"); got != "*" {
		t.Errorf("DEFAULT_4XX: got Access-Control-Allow-Origin %q, want *", got)
	}
	w = send(s, "GET /prod/fail?response=THROTTLED")
	wantAnswer(t, "THROTTLED", w, 503, `{"error":"Too Many Requests"}`)
	if got := raw(w, "Access-Control-Allow-Origin"); got != "" {
		t.Errorf("THROTTLED: got Access-Control-Allow-Origin %q, want that of its own response: none", got)
	}
	w = send(s, "GET /prod/fail?response=INTEGRATION_TIMEOUT")
	wantAnswer(t, "no response of its own", w, 504, `{"message":"Endpoint request timed out"}`)
	for name, o := range map[string]Options{
		"unknown type":     {GatewayResponses: map[string]GatewayResponse{"TEAPOT": {}}},
		"status":           {GatewayResponses: map[string]GatewayResponse{"THROTTLED": {Status: 99}}},
		"AG-ERR-22":        {Flavor: FlavorHTTP, GatewayResponses: map[string]GatewayResponse{Default4XX: {}}},
		"CORS for nobody":  {CORS: CORS{AllowMethods: []string{"GET"}}},
		"CORS credentials": {CORS: CORS{AllowOrigins: []string{"*"}, AllowCredentials: true}},
	} {
		if s, err := New(o); err == nil {
			s.Close()
			t.Errorf("%s: got no error, want one", name)
		}
	}
}
