// Package smuggling holds raw byte streams against the whole edge: requests
// that two recipients could understand differently, over HTTP/1.1 and HTTP/2,
// and responses of an origin that could be taken for two. For each it states
// what the viewer gets and which requests the origin receives, byte for byte.
//
//   - request_test.go: heads of requests over HTTP/1.1.
//   - content_test.go: their content.
//   - h2_test.go: requests over HTTP/2, which become HTTP/1.1.
//   - response_test.go: responses of the origin.
//   - fuzz_test.go: any bytes.
//   - harness_test.go, split_test.go: the edge, the viewer, and an origin that
//     understands nothing that is not exactly as RFC 9112 has it.
//
// It has tests only.
package smuggling
