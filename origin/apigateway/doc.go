// Package apigateway holds what is special about Amazon API Gateway as an
// origin: the names its endpoints answer to, as pure functions of strings.
// Everything else about reaching it is an ordinary HTTPS origin (AG-PRX-01).
//
// It is a part of origin. Its sub-package standin is an emulated API Gateway
// for the demo, the compose file and the tests; nothing on the edge's data
// path imports it.
package apigateway
