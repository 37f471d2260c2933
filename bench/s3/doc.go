// Package s3 tests an edge in front of a real implementation of S3, which
// verifies the signatures of origin access control by code of its own: that of
// VersityGW, with its buckets in a temporary folder. The edge is the program
// as it is built, with credentials from its environment.
//
// There is nothing here but tests. They are a module of their own, for what
// VersityGW needs is many times what Groundfront needs:
//
//	cd bench/s3 && go test ./...
//
//	storage_test.go  the storage: buckets, policies, objects, who may sign
//	edge_test.go     the program in front of it, and its viewers
//	oac_test.go      signed requests: names, queries, fields, writes
//	public_test.go   unsigned ones: public buckets, website endpoints
//	signer_test.go   signatures of viewers
package s3
