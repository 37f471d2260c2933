package endpoint

import (
	"fmt"
	"net"
	"strings"

	"github.com/groundfront/groundfront/origin/apigateway"
)

// A Service is what a domain name belongs to.
type Service uint8

// The services.
const (
	ServiceOther Service = iota
	// ServiceS3 is a bucket's REST endpoint, "{bucket}.s3.{region}.amazonaws.com"
	// and its older and dual-stack forms.
	ServiceS3
	// ServiceS3Website is a bucket's website endpoint, which speaks HTTP only
	// and is a custom origin (CF-REQ-31).
	ServiceS3Website
	// ServiceLambdaURL is a Lambda function URL,
	// "{id}.lambda-url.{region}.on.aws" (AG-INV-04).
	ServiceLambdaURL
	// ServiceMediaStore is a container, "{id}.data.mediastore.{region}.amazonaws.com".
	ServiceMediaStore
	// ServiceMediaPackageV2 is a channel group,
	// "{id}.egress.{suffix}.mediapackagev2.{region}.amazonaws.com".
	ServiceMediaPackageV2
	// ServiceLoadBalancer is an Elastic Load Balancer,
	// "{name}.{region}.elb.amazonaws.com" or "{name}.elb.{region}.amazonaws.com".
	ServiceLoadBalancer
)

// String returns the service in lower case.
func (s Service) String() string {
	switch s {
	case ServiceOther:
		return "other"
	case ServiceS3:
		return "s3"
	case ServiceS3Website:
		return "s3-website"
	case ServiceLambdaURL:
		return "lambda"
	case ServiceMediaStore:
		return "mediastore"
	case ServiceMediaPackageV2:
		return "mediapackagev2"
	case ServiceLoadBalancer:
		return "elasticloadbalancing"
	}
	return fmt.Sprintf("Service(%d)", uint8(s))
}

// A Name is what a domain name tells. Region is "" if it does not say.
type Name struct {
	Service Service
	Region  string
}

// ParseName reads a host name, with or without a port, in any case. What has
// no known form is ServiceOther, never an error.
func ParseName(host string) Name {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(host)
	if labels, isURL := cutSuffix(host, ".on.aws"); isURL {
		if n := len(labels); n == 3 && labels[1] == "lambda-url" && apigateway.ValidRegion(labels[2]) {
			return Name{ServiceLambdaURL, labels[2]}
		}
		return Name{}
	}
	labels, isAWS := cutSuffix(host, ".amazonaws.com")
	if !isAWS {
		if labels, isAWS = cutSuffix(host, ".amazonaws.com.cn"); !isAWS {
			return Name{}
		}
	}
	return parse(labels)
}

func cutSuffix(host, suffix string) ([]string, bool) {
	rest, found := strings.CutSuffix(host, suffix)
	return strings.Split(rest, "."), found
}

// parse reads the labels before "amazonaws.com".
func parse(labels []string) Name {
	n := len(labels)
	last := labels[n-1]
	if !apigateway.ValidRegion(last) {
		return parseOlder(labels)
	}
	before := labels[:n-1]
	switch {
	case len(before) >= 3 && before[len(before)-1] == "mediastore" && before[len(before)-2] == "data":
		return Name{ServiceMediaStore, last}
	case len(before) >= 3 && before[len(before)-1] == "mediapackagev2":
		return Name{ServiceMediaPackageV2, last}
	case endsWith(before, "s3"), endsWith(before, "s3", "dualstack"), endsWith(before, "s3-accesspoint"):
		return Name{ServiceS3, last}
	case endsWith(before, "s3-website"):
		return Name{ServiceS3Website, last}
	case endsWith(before, "elb"):
		return Name{ServiceLoadBalancer, last}
	}
	return parseOlder(labels) // "{bucket}.s3-us-west-2": it looks like a region
}

// parseOlder reads forms whose last label is not a region.
func parseOlder(labels []string) Name {
	last := labels[len(labels)-1]
	switch {
	case endsWith(labels, "elb") && len(labels) >= 3 && apigateway.ValidRegion(labels[len(labels)-2]):
		return Name{ServiceLoadBalancer, labels[len(labels)-2]}
	case len(labels) < 2:
		return Name{}
	case last == "s3": // the global name, which leads to us-east-1
		return Name{ServiceS3, "us-east-1"}
	}
	if region, isSite := strings.CutPrefix(last, "s3-website-"); isSite && apigateway.ValidRegion(region) {
		return Name{ServiceS3Website, region}
	}
	if region, isBucket := strings.CutPrefix(last, "s3-"); isBucket && apigateway.ValidRegion(region) {
		return Name{ServiceS3, region}
	}
	return Name{}
}

// endsWith reports whether labels are at least one more than ends, and end
// with these.
func endsWith(labels []string, ends ...string) bool {
	at := len(labels) - len(ends)
	if at < 1 {
		return false
	}
	for i, e := range ends {
		if labels[at+i] != e {
			return false
		}
	}
	return true
}
