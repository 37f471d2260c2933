// Package respheaders applies a response headers policy to the fields of a
// response on their way to the viewer (CF-RHP, CF-CORS). What is cached does
// not change (CF-RHP-01).
//
// Policy is plain data in CloudFront's words; New compiles it once to a
// Rewriter, whose Apply runs for every response, hit or miss, also for
// redirects and error pages once a behavior was selected (CF-VPP-08,
// CF-ERR-25).
//
// Like CloudFront it answers no preflight by itself: the OPTIONS request goes
// to the cache or the origin and its status is passed on (CF-CORS-05).
//
// It is a part of proxy.
package respheaders
