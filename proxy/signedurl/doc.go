// Package signedurl decides whether a request carries a valid signature: of a
// signed URL, in its parameters, or of signed cookies (CF-SIG).
//
// What is signed is a policy: a JSON text that names a resource, which may have
// wildcards, and the conditions of access. A custom policy travels with the
// request, and the signature covers its bytes as they were sent (CF-SIG-10). A
// canned one does not: it is made again from the URL and the time in Expires
// (CF-SIG-07). So a request is allowed by these steps, each with its file:
//
//	parameters.go   find the parameters, and what of the query is the viewer's own
//	encoding.go     the base64 of CF-SIG-05
//	policy.go       read the policy strictly: what is not understood is refused
//	key.go          verify the signature by a key that the behavior trusts
//	conditions.go   time, address and resource (resource.go, glob.go)
//
// Verifier runs them. To verify a signature takes 30 µs and more, so it keeps
// what it has verified (verified.go): the text, the signature and the key, all
// compared byte by byte, never a hash of them alone. Conditions are checked each
// time. What is invalid is not kept: a flood of bad signatures costs a
// verification each, and pushes nothing out.
//
// There are two views of a path: the one that was sent, and the normalised one
// that has chosen the cache behavior (CF-BEH-15). Who could have one view signed
// and another looked at would leave the resource that a policy is for, so both
// must be covered (Paths).
//
// Signer makes signatures, and Explain says of each step how it ended.
//
// It is a part of proxy.
package signedurl
