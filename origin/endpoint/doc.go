// Package endpoint tells what a domain name says about the AWS service behind
// it: an S3 bucket, a Lambda function URL and so on, and the region. Those of
// API Gateway are in origin/apigateway.
//
// It is a part of origin: pure functions of strings, which the configuration
// uses too.
package endpoint
