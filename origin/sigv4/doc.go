// Package sigv4 signs requests to origins with AWS Signature Version 4: for
// origin access control (CF-OAC), and for APIs of API Gateway with IAM
// authorization, which is not at AWS (AG-SIG-06).
//
// Signing is the last thing that happens to a request. What is signed is what
// is sent: a query that could be spelt in several ways is sent in the one that
// both sides compute the signature from, and so is the path of an S3 object.
// Of the fields those are signed that the service wants signed, and no others,
// since what passes on the way may change the rest (AG-SIG-05).
//
//	signer.go       a Signer: what is signed, and by which keys
//	canonical.go    the spelling of paths and queries
//	content.go      the hash of the content, and the memory for that
//	viewer.go       requests that viewers have signed
//	credentials.go  keys, kept until they expire, renewed behind the requests
//	chain.go        where the keys come from
//
// The signature itself is the AWS SDK's. The SDK is imported here and nowhere
// else, and net/http with it, whose request is what it signs.
//
// It is a provider: it imports origin.
package sigv4
