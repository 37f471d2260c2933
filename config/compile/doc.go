// Package compile turns a configuration into the Snapshot that requests run
// on. It is the only package that knows both: config is plain data that may
// change with the grammar, proxy knows nothing of files.
//
// Everything that a request could find out is settled here once: policies are
// looked up, names become selections and patterns, defaults become values.
//
// It is a provider: it imports config.
package compile
