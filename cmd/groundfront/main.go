// Command groundfront is a caching reverse proxy that behaves like Amazon
// CloudFront in front of Amazon API Gateway and other origins.
//
// There is one file for each verb. Those that run an edge meet in edge.go,
// which assembles it from a configuration and owns its lifetime.
package main

import "os"

func main() {
	os.Exit(int(execute(os.Args[1:], systemConsole())))
}
