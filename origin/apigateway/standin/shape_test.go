package standin

import "testing"

// TestAddresses: what leads to the API, and to which path of it.
func TestAddresses(t *testing.T) {
	const (
		missing   = `{"message":"Missing Authentication Token"}`
		forbidden = `{"message":"Forbidden"}`
		noSuchAPI = `{"message":"no such API"}`
		endpoint  = "Host: vpce-0f1e2d-abcdefgh.execute-api.us-east-1.vpce.amazonaws.com"
	)
	custom := Options{Mappings: []Mapping{
		{"api.example.com", "orders"}, {"api.example.com", "orders/v2"}, {"shop.example.com", ""},
	}}
	private := Options{VPCEndpoint: "vpce-0f1e2d"}
	localstack := Options{Shape: ShapeLocalStack, Stage: "dev"}
	for _, tt := range []struct {
		name    string
		opts    Options
		in      string
		lines   []string
		status  int
		content string // "": not compared
	}{
		{"AG-HOST-09 base path", custom, "GET /orders/products", []string{"Host: api.example.com"}, 200, ""},
		{"AG-HOST-09 the longest", custom, "GET /orders/v2/products", []string{"Host: API.example.com:443"}, 200, ""},
		{"AG-HOST-09 whole segments", custom, "GET /orders/v21/products", []string{"Host: api.example.com"}, 403, missing},
		{"AG-HOST-09 no match", custom, "GET /products", []string{"Host: api.example.com"}, 403, forbidden},
		{"AG-HOST-09 catch-all", custom, "GET /products", []string{"Host: shop.example.com"}, 200, ""},
		{"AG-HOST-09 no stage", custom, "GET /prod/products", []string{"Host: shop.example.com"}, 403, missing},
		{"AG-HOST-09 the own name stays", custom, "GET /prod/products", nil, 200, ""},
		{"AG-HOST-07", custom, "GET /ping", []string{"Host: shop.example.com"}, 200, ""},
		{"AG-HOST-07 at the own name", custom, "GET /prod/ping", nil, 403, missing},

		{"AG-HOST-04 a", private, "GET /prod/products", nil, 200, ""},
		{"AG-HOST-04 b", private, "GET /prod/products", []string{endpoint, "X-Apigw-Api-Id: a1b2c3d4e5"}, 200, ""},
		{"AG-HOST-05 no field", private, "GET /prod/products", []string{endpoint}, 403, forbidden},
		{"AG-HOST-05 another", private, "GET /prod/products", []string{endpoint, "X-Apigw-Api-Id: z1b2c3d4e5"}, 403, forbidden},
		{"AG-HOST-04 c", private, "GET /prod/products", []string{"Host: a1b2c3d4e5-vpce-0f1e2d.execute-api.us-east-1.amazonaws.com"}, 200, ""},
		{"another endpoint", private, "GET /prod/products", []string{"Host: a1b2c3d4e5-vpce-999999.execute-api.us-east-1.amazonaws.com"}, 403, forbidden},
		{"no endpoint", Options{}, "GET /prod/products", []string{endpoint, "X-Apigw-Api-Id: a1b2c3d4e5"}, 403, forbidden},

		{"AG-SAM-01", Options{Shape: ShapeSAM}, "GET /products", []string{"Host: 127.0.0.1:3000"}, 200, ""},
		{"AG-SAM-02 route", Options{Shape: ShapeSAM}, "GET /prod/products", []string{"Host: shop.test"}, 403, missing},
		{"AG-SAM-02 no token", Options{Shape: ShapeSAM}, "GET /me", nil, 401, `{"message":"Unauthorized"}`},
		{"AG-SAM-02 denied", Options{Shape: ShapeSAM}, "GET /me", []string{"Authorization: Bearer mallory"}, 403, `{"message":"User is not authorized to access this resource"}`},
		{"AG-SAM-02 function", Options{Shape: ShapeSAM}, "GET /fail?response=MALFORMED_RESPONSE", nil, 502, `{"message":"Internal server error"}`},

		{"AG-LS-01 host", localstack, "GET /dev/products", []string{"Host: a1b2c3d4e5.execute-api.localhost.localstack.cloud:4566"}, 200, ""},
		{"AG-LS-01 path", localstack, "GET /_aws/execute-api/a1b2c3d4e5/dev/products", []string{"Host: localhost:4566"}, 200, ""},
		{"AG-LS-01 older path", localstack, "GET /restapis/a1b2c3d4e5/dev/_user_request_/products", []string{"Host: localhost:4566"}, 200, ""},
		{"AG-LS-01 another stage", localstack, "GET /_aws/execute-api/a1b2c3d4e5/prod/products", nil, 403, missing},
		{"AG-LS-03 another API", localstack, "GET /_aws/execute-api/zzzzzzzzzz/dev/products", []string{"Host: localhost:4566"}, 404, noSuchAPI},
		{"AG-LS-03 no API", localstack, "GET /dev/products", []string{"Host: localhost:4566"}, 404, noSuchAPI},
	} {
		w := send(newTest(t, tt.opts), tt.in, tt.lines...)
		if w.Code != tt.status || tt.content != "" && w.Body.String() != tt.content {
			t.Errorf("%s: %s %v: got %d %s, want %d %s", tt.name, tt.in, tt.lines, w.Code, w.Body, tt.status, tt.content)
		}
	}
}

// TestSAMHasNoFieldsOfTheService: AG-SAM-02.
func TestSAMHasNoFieldsOfTheService(t *testing.T) {
	s := newTest(t, Options{Shape: ShapeSAM})
	for _, in := range []string{"GET /products", "GET /nothing"} {
		for _, name := range []string{"x-amzn-RequestId", "x-amz-apigw-id", "x-amzn-ErrorType", "X-Amzn-Trace-Id"} {
			if got := raw(send(s, in), name); got != "" {
				t.Errorf("AG-SAM-02: %s: got %s: %s, want no such field", in, name, got)
			}
		}
	}
}

func TestMappingsAreChecked(t *testing.T) {
	for _, m := range []Mapping{{}, {"a1b2c3d4e5.execute-api.us-east-1.amazonaws.com", ""}, {"api.example.com", "/orders"}, {"api.example.com", "a//b"}, {"api.example.com:443", ""}} {
		if s, err := New(Options{Mappings: []Mapping{m}}); err == nil {
			s.Close()
			t.Errorf("New with mapping %+v: got no error, want one", m)
		}
	}
}
