// Package standin is an emulated Amazon API Gateway with a small demo API
// behind it: the origin of the demo, of the compose file and of tests that
// need an origin with the gateway's manners. It reproduces what an edge can
// see of a regional API, REST or HTTP: stage paths, Host check, request ids,
// error bodies, throttling, limits and the integration timeout.
//
// It is a provider of origin/apigateway: it imports its parent, and nothing
// on the edge's data path imports it.
//
// # Resources
//
// Paths are below the stage. GET resources take HEAD as well. Every resource
// but /fn takes fault=drop, which cuts the connection without an answer, and
// fault=short, which sends less content than it promises. A parameter out of
// range is a 400 that names it. Of repeated parameters the last counts. With
// Weather all resources are slow, or fail.
//
//	GET    /products                 the catalogue; ETag, Last-Modified; public, max-age=30
//	GET    /products/{id}            one product, p01 to p12; ETag, Last-Modified; public, max-age=300, s-maxage=60
//	GET    /search                   ?q= &category=kitchen|office|outdoor &sort=id|name|price|-price &page= &page_size=; max-age=60
//	GET    /me                       needs "Authorization: Bearer {user}", or a token for JWT; private, no-store; mallory is denied
//	POST   /orders                   201; takes {"id":…,"items":…} and sends it back
//	PUT    /cart/{id}                sends the cart back; PATCH does the same
//	DELETE /cart/{id}                204
//	GET    /version                  {"version":7,…}, one more with each call; max-age=60
//	GET    /cookies                  sets a session and a theme cookie; max-age=60
//	ANY    /echo                     the request as the API received it; no-store
//	ANY    /echo/{proxy+}            the same at any depth
//	GET    /slow                     ?ms=1000: answers late; max-age=5
//	GET    /fail                     ?status=500: an error of the integration; ?response=THROTTLED: one of the gateway
//	GET    /flaky                    every second call is a 503; ?seq=N: even numbers are; max-age=0
//	GET    /stale                    max-age=5, stale-while-revalidate=30, stale-if-error=300
//	PUT    /stale                    ?failing=true: GET /stale answers 503 from now on; false: works again
//	GET    /large                    ?bytes=65536, at most 10485760, with Content-Length; max-age=60
//	GET    /stream                   ?chunks=5 &ms=0: chunked, ms between chunks; max-age=60
//	ANY    /fn/{name}                a Lambda function, if an invoke endpoint is configured
//	ANY    /fn/{name}/{proxy+}       the same at any depth
//
// # Signatures
//
// With Callers every request must carry a good AWS Signature Version 4, as
// with IAM authorization. SignatureCheck verifies those of other services too,
// for tests of what signs.
//
// # Who may call
//
// With JWT tokens are signed by an issuer whose keys are given. With UsagePlans
// every method asks for an API key, whose plan has a throttle and a quota;
// Policy is a resource policy that looks at the address of whoever asks; Secret
// is what an edge proves by that a request came through it.
//
// # WebSocket
//
// An API of FlavorWebSocket is connected to at its stage; "?token=mallory" is
// refused. The member "action" of a message selects its route: whoami answers
// with the connection's id, broadcast sends the message to all connections,
// leave ends the connection, fail answers with an error, and echo and all else
// ($default) send the message back. Below /@connections/ is the API that sends
// to a connection, tells about it and ends it.
//
// # Addresses
//
// The API is reached by its execute-api name, as a private API through a VPC
// endpoint, and by custom domain names with base paths. With a Shape its
// addresses and answers are those of "sam local start-api" or of LocalStack.
//
// # Browsers of other sites
//
// With CORS the API answers preflights and says who may read its answers, each
// flavor in its way. GatewayResponses change the errors of a REST API, which
// say nothing about that otherwise.
//
// # Canary
//
// With a Canary a share of the requests is answered by a second deployment,
// drawn anew for each: GET /version says which, and with which stage variables.
// Functions see the variables in their events.
//
// # Unlike API Gateway
//
// Throttles and quotas are exact. Header names towards functions have net/http's
// canonical spelling. Responses are not compressed, and there are no
// stage caches. The content
// of /stream is not buffered in an HTTP API either. A WebSocket API takes binary
// messages for text.
package standin
